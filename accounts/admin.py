"""Mixins for the admin site, and the removal of models that other packages register."""

import allauth.account.admin  # noqa: F401 (registers e-mail addresses, unregistered below)
import django.contrib.auth.admin  # noqa: F401 (registers groups, unregistered below)
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest


class NoDeleteMixin:
    """A mixin that forbids deletion, because it would cascade to what people did and wrote."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class NoAddMixin:
    """A mixin that forbids adding objects.

    The site's own pages add them together with related objects, which the admin wouldn't create.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


for model in (Group, EmailAddress):
    admin.site.unregister(model)
