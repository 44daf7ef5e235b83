"""The back office: for repair, by administrators. Everyday work has pages of its own."""

from django.contrib import admin

from accounts.admin import Kept, Made
from cohorts.models import Cohort, Membership, Organisation


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin[Organisation]):
    list_display = ("name", "sector")
    list_filter = ("sector",)
    search_fields = ("name",)


@admin.register(Cohort)
class CohortAdmin(Made, Kept, admin.ModelAdmin[Cohort]):
    list_display = ("name", "programme", "place", "country", "made_at")
    list_select_related = ("programme",)
    search_fields = ("name", "place")


@admin.register(Membership)
class MembershipAdmin(Made, Kept, admin.ModelAdmin[Membership]):
    list_display = ("user", "cohort", "role", "organisation", "joined_at", "left_at")
    list_filter = ("role", "cohort")
    list_select_related = ("user", "cohort", "organisation")
    search_fields = ("user__name", "user__email", "organisation__name")
    raw_id_fields = ("organisation",)
    # Who was in which circle, and when, says who may read what was shared: nobody writes that here, themselves least.
    # What somebody needs is told by themselves, for the venue; with their name it is shown only where they agreed.
    exclude = ("needs",)
    readonly_fields = ("user", "cohort", "role", "joined_at", "added_by", "left_at", "left_by")
