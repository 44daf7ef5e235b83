"""Admin of programmes and workshop plans, for repairs. Everyday work has its own pages."""

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
    """Admin of existing workshop plans. `Programme.add` creates plans and sets their positions."""

    list_display = ("title", "programme", "position", "length_minutes")
    list_filter = ("programme",)
    list_select_related = ("programme",)
    search_fields = ("title",)
    readonly_fields = ("public_id", "programme", "position")
