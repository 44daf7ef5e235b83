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
from home.demo.roles import DEMO_ROLES


@dataclass(frozen=True)
class Place:
    """One link of the main navigation."""

    label: str
    url: str
    is_current: bool


# The pages that belong to each place, as their views' names begin; of two places that a page fits, to the first.
PAGES = {
    "Today": ("home:today",),
    "Reflections": ("reflections:", "reports:extract_offer", "reports:extract_withdraw"),
    "Cohorts": (
        *("home:cohort", "home:message", "workshops:", "surveys:", "cohorts:"),
        *("reflections:cohort_experiments", "reports:extract_ask", "privacy:retention"),
        "reflections:",  # of who keeps none themselves: they read what a cohort shares
    ),
    "Programmes": ("programmes:",),
    "People": ("cohorts:person", "cohorts:organisation", "privacy:person", "privacy:erasure"),
    "Reports": ("reports:",),
    "Sending": ("home:sending",),
}


def layout(request: HttpRequest) -> dict[str, Any]:
    """One query, and only on a page that draws the navigation."""
    context: dict[str, Any] = {"demo_roles": DEMO_ROLES if settings.DEMO else ()}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        view = request.resolver_match.view_name if request.resolver_match else ""
        context["navigation"] = SimpleLazyObject(lambda: navigation(user, view))
    return context


def navigation(user: User, view: str) -> list[Place]:
    """Where this person's work is: a participant's own pages, a convener's, or both."""
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
    return [Place(label, reverse(name), label == current) for label, name in places]


def place_of(view: str, labels: set[str]) -> str:
    """The one of these places whose pages the view's name fits most closely; none for a page outside them all."""
    fits = [
        (len(root), label)
        for label, roots in PAGES.items()
        for root in roots
        if label in labels and view.startswith(root)
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else ""
