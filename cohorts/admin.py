"""The back office: for repair, by administrators. Everyday work has pages of its own."""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin import NoAddMixin, NoDeleteMixin
from accounts.models import User
from cohorts.enrolment import correct_address
from cohorts.models import Cohort, Membership, Organisation


@admin.register(User)
class UserAdmin(NoDeleteMixin, admin.ModelAdmin[User]):
    """Repair only: people are brought in on a cohort's pages."""

    fields = ("email", "name", "is_administrator", "is_active")
    list_display = ("name", "email", "is_administrator", "is_active")
    list_filter = ("is_administrator", "is_active")
    search_fields = ("name", "email")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Empty shells of people who have gone are nobody's to repair."""
        return super().get_queryset(request).filter(erased_at=None)

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool
    ) -> None:
        """Another address is given as on a person's page, with all that goes with it."""
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
    list_display = ("name", "programme", "place", "country", "made_at")
    list_select_related = ("programme",)
    search_fields = ("name", "place")


@admin.register(Membership)
class MembershipAdmin(NoAddMixin, NoDeleteMixin, admin.ModelAdmin[Membership]):
    list_display = ("user", "cohort", "role", "organisation", "joined_at", "left_at")
    list_filter = ("role", "cohort")
    list_select_related = ("user", "cohort", "organisation")
    search_fields = ("user__name", "user__email", "organisation__name")
    raw_id_fields = ("organisation",)
    # Who was in which circle, and when, says who may read what was shared: nobody writes that here, themselves least.
    # What somebody needs is told by themselves, for the venue; with their name it is shown only where they agreed.
    exclude = ("needs",)
    readonly_fields = ("user", "cohort", "role", "joined_at", "added_by", "left_at", "left_by")
