"""The navigation of every page, and the roles on the sign-in page of a demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy

from accounts.models import User
from cohorts.models import Membership
from home.demo.roles import DEMO_ROLES


@dataclass(frozen=True)
class Place:
    """A link of the main navigation."""

    label: str
    url: str
    is_current: bool


LABELS = {
    "Today": gettext_lazy("Today"),
    "Reflections": gettext_lazy("Reflections"),
    "Cohorts": gettext_lazy("Cohorts"),
    "Programmes": gettext_lazy("Programmes"),
    "People": gettext_lazy("People"),
    "Reports": gettext_lazy("Reports"),
    "Sending": gettext_lazy("Sending"),
}
# The prefixes of the view names that belong to each place.
PAGES = {
    "Today": ("home:today",),
    "Reflections": ("reflections:", "reports:extract_offer", "reports:extract_withdraw"),
    "Cohorts": (
        *("home:cohort", "home:message", "workshops:", "surveys:", "cohorts:"),
        *("reflections:cohort_experiments", "reports:extract_ask", "privacy:retention"),
        "reflections:",  # for users without reflections of their own
    ),
    "Programmes": ("programmes:",),
    "People": ("cohorts:person", "cohorts:organisation", "privacy:person", "privacy:erasure"),
    "Reports": ("reports:",),
    "Sending": ("home:sending",),
}


def layout(request: HttpRequest) -> dict[str, Any]:
    """Add the navigation to the context. One query, if the page renders it."""
    context: dict[str, Any] = {"demo_roles": DEMO_ROLES if settings.DEMO else ()}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        view = request.resolver_match.view_name if request.resolver_match else ""
        context["navigation"] = SimpleLazyObject(lambda: navigation(user, view))
    return context


def navigation(user: User, view: str) -> list[Place]:
    """Return the places of a participant, a convener, or both."""
    roles = set(Membership.objects.active().filter(user=user).values_list("role", flat=True))
    convenes = user.is_administrator or Membership.Role.FACILITATOR in roles
    places = [("Cohorts", "home:cohort_list")]
    if Membership.Role.PARTICIPANT in roles or not convenes:
        places = [("Reflections", "reflections:reflection_list"), *places]
    if roles or not convenes:
        places = [("Today", "home:today"), *places]
    if convenes:
        places += [
            ("Programmes", "programmes:programme_list"),
            ("People", "cohorts:person_list"),
            ("Reports", "reports:report_list"),
        ]
    if user.is_administrator:
        places.append(("Sending", "home:sending"))
    current = place_of(view, {label for label, _ in places})
    return [Place(str(LABELS[key]), reverse(name), key == current) for key, name in places]


def place_of(view: str, labels: set[str]) -> str:
    """Return the place with the longest prefix of the view's name, or an empty string."""
    fits = [
        (len(root), label)
        for label, roots in PAGES.items()
        for root in roots
        if label in labels and view.startswith(root)
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else ""
