"""Notes with apologies, and needs, appear only where they may."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.conf import settings as configured
from django.contrib import admin
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from outbox.delivery.loop import take_turn
from tests.architecture.access_table import ACCESS
from tests.architecture.addresses import address
from tests.architecture.test_access import world
from tests.architecture.test_text_leaks import files_under, kept_rows
from tests.people import signed_in
from workshops.models import Attendance, Workshop
from workshops.register.rsvp import RSVP_LINK

__all__ = ["world"]

WORD, NEED = "the heron at the weir", "the otter’s own diet"
MARKERS = (WORD, NEED)

World = dict[str, dict[str, object]]


@pytest.fixture
def lived(
    participant: User,
    facilitator: User,
    cohort: Cohort,
    caplog: pytest.LogCaptureFixture,
    world: World,
) -> Workshop:
    """Write, refuse and change both, and send mail meanwhile."""
    caplog.set_level(logging.INFO)
    client, reader = signed_in(participant), signed_in(facilitator)
    membership = participant.memberships.get()
    coming = Workshop.objects.to_come(timezone.now())[0]
    private = RSVP_LINK.path(coming.public_id, membership.public_id)
    here = reverse("workshops:workshop_answer", args=[coming.public_id])
    needs = reverse("cohorts:needs_edit", args=[cohort.public_id])
    for there, asked in ((private, Client()), (here, client)):
        asked.post(there, {"answer": "apologies", "word": WORD * 100})
        asked.post(there, {"answer": "apologies", "word": WORD})
    client.post(needs, {"other": NEED * 100})
    client.post(needs, {"food": ["Vegan"], "other": NEED})
    reader.get(reverse("cohorts:member_edit", args=[membership.public_id]))
    take_turn(timezone.now)
    take_turn(lambda: timezone.now() + timedelta(days=2))
    assert Attendance.objects.get(workshop=coming).word == WORD
    assert participant.memberships.get().needs == f"Vegan, {NEED}"
    return coming


def held_in(text: str) -> list[str]:
    return [marker for marker in MARKERS if marker in text or marker.replace("’", "&#x27;") in text]


def test_nothing_else_that_is_kept_or_sent_holds_them(
    lived: Workshop, caplog: pytest.LogCaptureFixture, mailoutbox: list[EmailMessage]
) -> None:
    assert {table for table, row in kept_rows() if held_in(row)} == {
        "workshops_attendance",
        "cohorts_membership",
    }
    assert [
        path
        for path, held in files_under(configured.VAR)
        if any(marker.encode() in held for marker in MARKERS)
    ] == []
    assert held_in("\n".join(map(logging.Formatter().format, caplog.get_records("setup")))) == []
    assert [mail.subject for mail in mailoutbox if held_in(f"{mail.subject} {mail.body}")] == []


def shown_at(client: Client, world: World, lived: Workshop) -> Iterator[tuple[str, str]]:
    world["workshops:"] = world["workshops:register"] = {"public_id": lived.public_id}
    for route in ACCESS.values():
        if route.method == "GET" and not route.name.startswith("account"):
            response = client.get(address(route.name, world))
            body = b"".join(response) if response.streaming else response.content
            yield route.name, body.decode(errors="replace") + repr(response.headers)


@pytest.mark.either
@pytest.mark.parametrize(
    ("role", "pages"),
    [
        ("visitor", set()),
        ("outsider", set()),
        ("other facilitator", set()),
        ("administrator", {("cohorts:member_list", NEED), ("cohorts:venue_needs", NEED)}),
        (
            "facilitator",
            {
                ("cohorts:member_list", NEED),
                ("cohorts:venue_needs", NEED),
                ("workshops:workshop_detail", WORD),
                ("home:today", WORD),
            },
        ),
        ("participant", {("cohorts:needs_edit", NEED), ("workshops:workshop_answer", WORD)}),
    ],
)
def test_pages_show_them_only_where_they_may(
    role: str,
    pages: set[tuple[str, str]],
    lived: Workshop,
    world: World,
    request: pytest.FixtureRequest,
) -> None:
    client = Client(raise_request_exception=False)
    if role != "visitor":
        client.force_login(request.getfixturevalue(role.replace(" ", "_")))
    assert {
        (name, marker) for name, body in shown_at(client, world, lived) for marker in held_in(body)
    } == pages


@pytest.mark.parametrize("role", ["administrator", "facilitator"])
def test_no_page_counts_it_beside_the_name(
    role: str, lived: Workshop, cohort: Cohort, request: pytest.FixtureRequest
) -> None:
    """The sheet for the venue names nobody here; the list of people shows totals only."""
    client = signed_in(request.getfixturevalue(role))
    sheet = client.get(reverse("cohorts:venue_needs", args=[cohort.public_id])).content.decode()
    assert (held_in(sheet), "Amina" in sheet) == ([NEED], False)


def test_back_office_has_neither(lived: Workshop, administrator_client: Client) -> None:
    for model in admin.site._registry:
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages = [reverse(f"{stem}_changelist")]
        for thing in model._default_manager.all()[:3]:
            pages += [
                reverse(f"{stem}_{page}", args=[thing.pk])
                for page in ("change", "history", "delete")
            ]
        for page in pages:
            shown = administrator_client.get(page).content.decode()
            assert held_in(shown) == [], page


def test_report_files_have_neither(
    lived: Workshop, cohort: Cohort, facilitator_client: Client
) -> None:
    csv, xlsx = (
        facilitator_client.get(reverse(f"reports:report_{kind}", args=[cohort.public_id]))
        for kind in ("csv", "xlsx")
    )
    with ZipFile(BytesIO(b"".join(xlsx))) as book:
        cells = "".join(book.read(name).decode() for name in book.namelist())
    assert held_in(b"".join(csv).decode() + cells) == []


def test_administrator_who_facilitates_elsewhere_reads_no_word_at_home(
    lived: Workshop, administrator: User, other_facilitator: User
) -> None:
    elsewhere = other_facilitator.memberships.get().cohort
    elsewhere.memberships.create(user=administrator, role="facilitator")
    page = signed_in(administrator).get(reverse("home:today"))
    assert (page.status_code, held_in(page.content.decode())) == (200, [])
