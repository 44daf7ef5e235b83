import django.contrib.auth.admin  # noqa: F401 (it registers groups, which are then taken away)
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.models import User

admin.site.unregister(Group)


class Kept:
    """Not to be deleted: what people did and wrote hangs on it, and would go unseen."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(Kept, admin.ModelAdmin[User]):
    """Repair only: people are brought in on a cohort's pages."""

    fields = ("email", "name", "is_administrator", "is_active")
    list_display = ("name", "email", "is_administrator", "is_active")
    list_filter = ("is_administrator", "is_active")
    search_fields = ("name", "email")
