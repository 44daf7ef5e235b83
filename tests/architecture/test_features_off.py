"""Tests that a cohort which uses none of the optional features shows no trace of them.

The tests visit every page in the access table and every kind of message, so a new page or kind is
tested without being added here.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from cohorts.models import Cohort
from outbox.preferences.preferences import optional_rules_for, required_rules_for
from outbox.rules import all_rules
from programmes.features import Features
from programmes.models import Programme
from tests.architecture.access_table import ACCESS, ROLES, Route
from tests.architecture.addresses import address
from tests.architecture.test_access import clients, undone, world

__all__ = ["clients", "world"]  # fixtures

APPS = ("sets", "relationships", "partnerships")
LINK = re.compile(r'(?:href|action|src|data-[\w-]+)="(/[^"]*)"')
# Pages that edit the switches, and those about stored data, name the features.
NAMES_THE_FEATURES = {
    "cohorts:cohort_edit",
    "programmes:programme_edit",
    # What was stored while a feature was on is still stored, and people can see and download that.
    "privacy:my_data",
    "privacy:person_data",
}
# Words of the features that no other page has. Links by their URL are tested besides.
WORDS = re.compile(
    r"Who do you know here|haven’t met yet|[Ii]ntroduc(?:tions|ed to)|[Yy]our set\b"
    r"|\b[Ss]ets (?:are|of)\b|[Ww]ork started together|[Cc]ommitment card|Also at this workshop"
)
PARTS = 3


@pytest.fixture
def switched_off(world: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The world of the access table, with every feature off in every programme and cohort."""
    off = dict.fromkeys(Features.FEATURES, False)
    Cohort.objects.update(**off)
    Programme.objects.update(**off)
    return world


def is_of_features(name: str) -> bool:
    return name.split(":")[0] in APPS


def traces_in(page: str) -> set[str]:
    """Return the links to the apps of the features, and their words, in the page."""
    found = set(WORDS.findall(re.sub(r"<[^>]+>", " ", page)))
    for link in LINK.findall(page):
        try:
            match = resolve(urlsplit(link).path)
        except Resolver404:
            continue
        if match.namespace in APPS:
            found.add(link)
    return found


def pages() -> list[Route]:
    return [
        route
        for route in ACCESS.values()
        if route.method == "GET" and not is_of_features(route.name)
    ]


@pytest.mark.either
@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_mentions_what_is_switched_off(
    part: int, switched_off: dict[str, dict[str, Any]], clients: dict[str, Client]
) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for route in pages()[part::PARTS]:
        if route.name in NAMES_THE_FEATURES:
            continue
        for role, expected in zip(ROLES, route.answers, strict=True):
            if expected != "200":
                continue
            with undone(clients[role]):
                response = clients[role].get(address(route.name, switched_off))
            if "text/html" in response.headers.get("Content-Type", ""):
                traces = traces_in(response.content.decode())
                if traces:
                    found[route.name, role] = traces
    assert found == {}


@pytest.mark.either
@pytest.mark.long
def test_pages_of_what_is_switched_off_are_not_found(
    switched_off: dict[str, dict[str, Any]], clients: dict[str, Client]
) -> None:
    """The pages behind signed links may say that a link doesn't work any more, with any status."""
    opened = {
        (route.name, role)
        for route in ACCESS.values()
        if is_of_features(route.name)
        for role, expected in zip(ROLES, route.answers, strict=True)
        if expected in ("200", "302")
        and not by_link(route, switched_off)
        and status(route, clients[role], switched_off) in (200, 302)
    }
    assert opened == set()


def by_link(route: Route, world: dict[str, dict[str, Any]]) -> bool:
    view: Any = resolve(urlsplit(address(route.name, world)).path).func
    return bool(getattr(view, "is_authorised_by_link", False))


def status(route: Route, client: Client, world: dict[str, dict[str, Any]]) -> int:
    with undone(client):
        return client.generic(route.method, address(route.name, world)).status_code


@pytest.mark.either
@pytest.mark.long
def test_walk_finds_traces_while_the_features_are_on(
    world: dict[str, dict[str, Any]], clients: dict[str, Client]
) -> None:
    shown = clients["participant"].get(address("home:today", world)).content.decode()
    assert traces_in(shown)


def test_every_message_of_a_feature_names_its_switch() -> None:
    ours = {
        kind: rule.feature
        for kind, rule in all_rules().items()
        if rule.compose.__module__.split(".")[0] in APPS
    }
    assert ours
    assert {kind for kind, feature in ours.items() if feature not in Features.FEATURES} == set()


@pytest.mark.either
@pytest.mark.long
def test_no_list_of_e_mails_names_what_is_switched_off(
    switched_off: dict[str, dict[str, Any]], clients: dict[str, Client], participant: Any
) -> None:
    titles = {str(rule.text.title) for rule in all_rules().values() if rule.feature}
    for name, role in (
        ("cohorts:email_list", "facilitator"),
        ("programmes:email_list", "administrator"),
        ("outbox:choices", "participant"),
    ):
        shown = clients[role].get(address(name, switched_off)).content.decode()
        assert {title for title in titles if title in shown} == set(), name
    rules = (*optional_rules_for(participant), *required_rules_for(participant))
    assert {rule.kind for rule in rules if rule.feature} == set()
