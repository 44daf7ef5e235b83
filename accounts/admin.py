import allauth.account.admin  # noqa: F401 (it registers addresses, which are then taken away)
import django.contrib.auth.admin  # noqa: F401 (it registers groups, likewise)
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.models import User
from accounts.notices import tell_old_address


class Kept:
    """Not to be deleted: what people did and wrote hangs on it, and would go unseen."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class Made:
    """Not to be added here: the pages make it with all that belongs to it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


for relation in (Group, EmailAddress):
    admin.site.unregister(relation)


@admin.register(User)
class UserAdmin(Kept, admin.ModelAdmin[User]):
    """Repair only: people are brought in on a cohort's pages."""

    fields = ("email", "name", "is_administrator", "is_active")
    list_display = ("name", "email", "is_administrator", "is_active")
    list_filter = ("is_administrator", "is_active")
    search_fields = ("name", "email")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Empty shells of people who have gone are nobody's to repair."""
        return super().get_queryset(request).filter(erased_at=None)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            obj.close_doors()
            tell_old_address(obj, form.initial["email"])
