"""Surveys in the admin. Receipts and responses are not registered, to protect anonymity."""

from django.contrib import admin

from surveys.models import Survey


@admin.register(Survey)
class SurveyAdmin(admin.ModelAdmin[Survey]):
    """Surveys, which are read-only, because a closed survey must not open again."""

    list_display = ("workshop", "closing_at", "closed_by")
    list_select_related = ("workshop", "closed_by")
    search_fields = ("workshop__title", "workshop__cohort__name")
    readonly_fields = ("workshop", "closing_at", "closed_by")

    def has_add_permission(self, *_request: object) -> bool:
        return False

    def has_delete_permission(self, *_request: object) -> bool:
        return False
