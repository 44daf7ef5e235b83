"""What the back office has in common, and what it does not show."""

import allauth.account.admin  # noqa: F401 (it registers addresses, which are then taken away)
import django.contrib.auth.admin  # noqa: F401 (it registers groups, likewise)
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest


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
