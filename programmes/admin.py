"""For repair only: programmes are made and changed on their own pages."""

from django.contrib import admin

from programmes.models import Programme, WorkshopPlan


@admin.register(Programme)
class ProgrammeAdmin(admin.ModelAdmin[Programme]):
    list_display = ("name", "retired_at")
    search_fields = ("name",)
    readonly_fields = ("public_id", "retired_at", "retired_by")


@admin.register(WorkshopPlan)
class WorkshopPlanAdmin(admin.ModelAdmin[WorkshopPlan]):
    list_display = ("title", "programme", "position", "length_minutes")
    list_filter = ("programme",)
    list_select_related = ("programme",)
    search_fields = ("title",)
    readonly_fields = ("public_id", "programme", "position")

    def has_add_permission(self, request: object) -> bool:
        """A new plan needs a place, which its programme's page gives it."""
        return False
