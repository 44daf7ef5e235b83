"""What every page's frame shows: the way around, and in a demo its door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from cohorts.models import Membership
from home.roles import DEMO_ROLES


@dataclass(frozen=True)
class Place:
    """One link of the main navigation; it is current on the pages whose address begins as one of `roots` does."""

    label: str
    url: str
    path: str
    roots: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        return self.path == self.url or any(self.path.startswith(root) for root in self.roots)


def layout(request: HttpRequest) -> dict[str, Any]:
    """One query, and only on a page that draws the navigation."""
    context: dict[str, Any] = {"demo_roles": DEMO_ROLES if settings.DEMO else ()}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        context["navigation"] = SimpleLazyObject(lambda: navigation(user, request.path))
    return context


def navigation(user: User, path: str) -> list[Place]:
    """Where this person's work is: a participant's own pages, a convener's, or both."""
    roles = set(Membership.objects.active().filter(user=user).values_list("role", flat=True))
    takes_part = Membership.Role.PARTICIPANT in roles
    convenes = user.is_administrator or Membership.Role.FACILITATOR in roles
    places: list[tuple[str, str, tuple[str, ...]]] = []
    if not convenes:
        places += [("Today", "home:today", ())]
    if takes_part:
        places += [("Reflections", "reflections:reflection_list", ("/reflections/",))]
    places += [("Cohorts", "home:cohort_list", ("/cohorts/", "/workshops/", "/members/", "/messages/"))]
    if convenes:
        places += [
            ("Programmes", "programmes:programme_list", ("/programmes/", "/plans/")),
            ("People", "cohorts:person_list", ("/people/", "/organisations/", "/people-files/")),
            ("Reports", "reports:report_list", ("/reports/",)),
        ]
    return [Place(label, reverse(name), path, roots) for label, name, roots in places]
