"""Admin classes for users, organisations, cohorts and memberships, for corrections.

Facilitators and administrators do their everyday work on the site's other pages.
"""

from typing import cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin import NoAddMixin, NoDeleteMixin
from accounts.models import User
from cohorts.enrolment import ADDRESS_REQUIRED, correct_address
from cohorts.models import Cohort, Membership, Organisation


class UserForm(ModelForm[User]):
    """The admin's form for a user. Only somebody who never had an address can be without one."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not email and (self.initial.get("email") or not self.instance.pk):
            raise ValidationError(ADDRESS_REQUIRED)
        return email


@admin.register(User)
class UserAdmin(NoDeleteMixin, admin.ModelAdmin[User]):
    """The admin of users. Facilitators usually add people on a cohort's pages."""

    form = UserForm
    fields = ("email", "name", "is_administrator", "is_active")
    list_display = ("name", "email", "is_administrator", "is_active")
    list_filter = ("is_administrator", "is_active")
    search_fields = ("name", "email")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return the users who are not anonymised."""
        return super().get_queryset(request).filter(erased_at=None)

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool
    ) -> None:
        """Save a user. If the e-mail address has changed, save it with `correct_address`.

        That function requeues failed messages, and notifies the old and the new address.
        """
        if change and "email" in form.changed_data:
            email, obj.email = obj.email, form.initial["email"]
            correct_address(user=obj, email=email, by=cast(User, request.user), at=timezone.now())
        super().save_model(request, obj, form, change)


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin[Organisation]):
    list_display = ("name", "sector")
    list_filter = ("sector",)
    search_fields = ("name",)


@admin.register(Cohort)
class CohortAdmin(NoAddMixin, NoDeleteMixin, admin.ModelAdmin[Cohort]):
    list_display = ("name", "programme", "place", "country", "made_at", "archived_at")
    list_filter = (("archived_at", admin.EmptyFieldListFilter),)
    list_select_related = ("programme",)
    search_fields = ("name", "place")
    # The form on the cohort's own page also creates what a feature needs.
    readonly_fields = (
        *("archived_at", "archived_by", "survey_kind", "survey_days", "surveys_every"),
        "uses_before_after",
    )


@admin.register(Membership)
class MembershipAdmin(NoAddMixin, NoDeleteMixin, admin.ModelAdmin[Membership]):
    list_display = ("user", "cohort", "role", "organisation", "joined_at", "left_at")
    list_filter = ("role", "cohort")
    list_select_related = ("user", "cohort", "organisation")
    search_fields = ("user__name", "user__email", "organisation__name")
    raw_id_fields = ("organisation",)
    # Needs are excluded, because they may be shown beside a name only if the person agreed. Roles
    # and dates are read-only, because they decide who can read shared reflections.
    exclude = ("needs",)
    readonly_fields = (
        *("user", "cohort", "role", "joined_at", "added_by"),
        *("left_at", "left_by", "left_silently"),
    )
