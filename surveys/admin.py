"""The back office sees that a survey is there. Receipts and responses have no page: nobody needs to see them."""

from django.contrib import admin

from surveys.models import Survey


@admin.register(Survey)
class SurveyAdmin(admin.ModelAdmin[Survey]):
    """To read only: a survey that closed must not open again, and is closed where the cohort can see it."""

    list_display = ("workshop", "closing_at", "closed_by")
    list_select_related = ("workshop", "closed_by")
    search_fields = ("workshop__title", "workshop__cohort__name")
    readonly_fields = ("workshop", "closing_at", "closed_by")

    def has_add_permission(self, *_request: object) -> bool:
        return False

    def has_delete_permission(self, *_request: object) -> bool:
        return False
