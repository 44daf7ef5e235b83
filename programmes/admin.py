"""Admin for repairs only. Programmes are created and edited on their own pages."""

from django.contrib import admin

from accounts.admin import NoAddMixin
from programmes.models import Programme, WorkshopPlan


@admin.register(Programme)
class ProgrammeAdmin(admin.ModelAdmin[Programme]):
    list_display = ("name", "retired_at")
    search_fields = ("name",)
    readonly_fields = ("public_id", "retired_at", "retired_by")


@admin.register(WorkshopPlan)
class WorkshopPlanAdmin(NoAddMixin, admin.ModelAdmin[WorkshopPlan]):
    """Admin of workshop plans. Only the programme's page can give a new plan its position."""

    list_display = ("title", "programme", "position", "length_minutes")
    list_filter = ("programme",)
    list_select_related = ("programme",)
    search_fields = ("title",)
    readonly_fields = ("public_id", "programme", "position")
