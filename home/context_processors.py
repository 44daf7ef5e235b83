"""A context processor: the main navigation of every page, and the demo's roles."""

from __future__ import annotations

from collections.abc import Collection
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
from outbox.compiled_query import BindParam, CompiledSelect


@dataclass(frozen=True)
class NavigationLink:
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
# Maps the label of each link to prefixes of view names. The current link is the one with the
# longest prefix of the name of the view that renders the page.
VIEW_PREFIXES = {
    "Today": ("home:today",),
    "Reflections": ("reflections:", "reports:quote_offer", "reports:quote_withdraw"),
    "Cohorts": (
        *("home:cohort", "home:message", "workshops:", "surveys:", "cohorts:"),
        *("sets:", "relationships:", "partnerships:"),
        *("reflections:cohort_experiments", "reports:quote_ask", "privacy:retention"),
        "reflections:",  # for users without reflections of their own
    ),
    "Programmes": ("programmes:",),
    "People": ("cohorts:person", "cohorts:organisation", "privacy:person", "privacy:erasure"),
    "Reports": ("reports:",),
    "Sending": ("home:sending",),
}


def layout(request: HttpRequest) -> dict[str, Any]:
    """Return `demo_roles` and, for a signed-in user, `navigation`.

    `navigation` is lazy: it makes one query when a template first uses it. A view that has loaded
    the user's roles anyway can pass `navigation` in its own context, which takes precedence.
    """
    context: dict[str, Any] = {"demo_roles": DEMO_ROLES if settings.DEMO else ()}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        view = request.resolver_match.view_name if request.resolver_match else ""
        context["navigation"] = SimpleLazyObject(lambda: navigation(user, view, roles_of(user)))
    return context


ROLES = CompiledSelect(
    Membership.objects.active().filter(user=BindParam("user")).order_by().values_list("role")
)


def roles_of(user: User) -> set[str]:
    """Return the user's roles in the cohorts that they are in now. Makes one query."""
    return {role for (role,) in ROLES(user=user.pk)}


def navigation(user: User, view: str, roles: Collection[str]) -> list[NavigationLink]:
    """Return the links for a user with these roles: participant, facilitator, administrator."""
    convenes = user.is_administrator or Membership.Role.FACILITATOR in roles
    links = [("Cohorts", "home:cohort_list")]
    if Membership.Role.PARTICIPANT in roles or not convenes:
        links = [("Reflections", "reflections:reflection_list"), *links]
    if roles or not convenes:
        links = [("Today", "home:today"), *links]
    if convenes:
        links += [
            ("Programmes", "programmes:programme_list"),
            ("People", "cohorts:person_list"),
            ("Reports", "reports:report_list"),
        ]
    if user.is_administrator:
        links.append(("Sending", "home:sending"))
    current = current_label(view, {label for label, _ in links})
    return [NavigationLink(str(LABELS[key]), reverse(name), key == current) for key, name in links]


def current_label(view: str, labels: set[str]) -> str:
    """Return the label of the current link: the one with the longest prefix of the view's name.

    Only links in `labels` are considered. Returns an empty string if no prefix matches.
    """
    fits = [
        (len(root), label)
        for label, roots in VIEW_PREFIXES.items()
        for root in roots
        if label in labels and view.startswith(root)
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else ""
