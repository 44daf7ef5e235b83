"""Admin classes for workshops, for corrections that the pages don't offer."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin import NoAddMixin, NoDeleteMixin
from accounts.models import User
from workshops.models import Attendance, Change, ClosedDays, Workshop


@admin.register(Workshop)
class WorkshopAdmin(NoAddMixin, NoDeleteMixin, admin.ModelAdmin[Workshop]):
    list_display = ("__str__", "cohort", "starts_at", "venue", "cancelled_at")
    list_select_related = ("cohort",)
    list_filter = ("cohort",)
    search_fields = ("title", "cohort__name")
    # Read-only here, because the site's own pages also increase `version` and `sequence` when they
    # change these fields, which updates messages and calendars.
    readonly_fields = (
        "cohort",
        "starts_at",
        "ends_at",
        "scheduled_at",
        "version",
        "sequence",
        "override_reason",
        "venue",
        "joining_link",
        "cancelled_at",
        "cancelled_by",
    )


@admin.register(Change)
class ChangeAdmin(NoAddMixin, NoDeleteMixin, admin.ModelAdmin[Change]):
    """The history of changes to workshops, which is read-only."""

    list_display = ("workshop", "kind", "at", "by", "reason", "sequence")
    list_select_related = ("workshop", "by")
    list_filter = ("kind", "workshop__cohort")
    search_fields = ("workshop__title", "by__name")

    def has_change_permission(self, request: HttpRequest, obj: Change | None = None) -> bool:
        return False


@admin.register(Attendance)
class AttendanceAdmin(NoAddMixin, admin.ModelAdmin[Attendance]):
    list_display = ("membership", "workshop", "answer", "mark", "minutes", "marked_at")
    list_select_related = ("membership__user", "membership__cohort", "workshop")
    search_fields = ("membership__user__name", "workshop__title")
    # Only members may change their RSVP, and only facilitators may read its `note`.
    readonly_fields = ("workshop", "membership", "answer", "answered_at", "marked_at", "marked_by")
    exclude = ("note",)

    def save_model(
        self, request: HttpRequest, obj: Attendance, form: forms.ModelForm[Attendance], change: bool
    ) -> None:
        if "mark" in form.changed_data:
            obj.marked_at, obj.marked_by = timezone.now(), cast(User, request.user)
        super().save_model(request, obj, form, change)


@admin.register(ClosedDays)
class ClosedDaysAdmin(admin.ModelAdmin[ClosedDays]):
    list_display = ("name", "kind", "first", "last", "cohort")
    list_select_related = ("cohort",)
    list_filter = ("kind", "cohort")
    search_fields = ("name", "cohort__name")
