"""Tests that notes with apologies and members' needs are shown only to people who may read them."""

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
from tests.architecture.test_access import clients, undone, world
from tests.architecture.test_text_leaks import all_rows, files_under
from tests.people import signed_in
from workshops.models import Attendance, Workshop
from workshops.register.rsvp import RSVP_LINK

__all__ = ["clients", "world"]

WORD, NEED = "the heron at the weir", "the otter’s own diet"
MARKERS = (WORD, NEED)

World = dict[str, dict[str, object]]


@pytest.fixture
def stored_words(
    participant: User,
    facilitator: User,
    cohort: Cohort,
    caplog: pytest.LogCaptureFixture,
    world: World,
) -> Workshop:
    """Submit notes and needs, both valid and too long ones, and run the sending loop.

    Return the workshop for which the participant's apologies and note are saved.
    """
    caplog.set_level(logging.INFO)
    client, reader = signed_in(participant), signed_in(facilitator)
    membership = participant.memberships.get()
    coming = Workshop.objects.to_come(timezone.now())[0]
    private = RSVP_LINK.path(coming.public_id, membership.public_id)
    here = reverse("workshops:workshop_answer", args=[coming.public_id])
    needs = reverse("cohorts:needs_edit", args=[cohort.public_id])
    for there, asked in ((private, Client()), (here, client)):
        asked.post(there, {"answer": "apologies", "note": WORD * 100})
        asked.post(there, {"answer": "apologies", "note": WORD})
    client.post(needs, {"other": NEED * 100})
    client.post(needs, {"food": ["Vegan"], "other": NEED})
    reader.get(reverse("cohorts:member_edit", args=[membership.public_id]))
    take_turn(timezone.now)
    take_turn(lambda: timezone.now() + timedelta(days=2))
    assert Attendance.objects.get(workshop=coming).note == WORD
    assert participant.memberships.get().needs == f"Vegan, {NEED}"
    return coming


def markers_in(text: str) -> list[str]:
    return [marker for marker in MARKERS if marker in text or marker.replace("’", "&#x27;") in text]


def test_private_words_are_in_no_other_table_file_log_or_email(
    stored_words: Workshop, caplog: pytest.LogCaptureFixture, mailoutbox: list[EmailMessage]
) -> None:
    assert {table for table, row in all_rows() if markers_in(row)} == {
        "workshops_attendance",
        "cohorts_membership",
    }
    assert [
        path
        for path, content in files_under(configured.VAR)
        if any(marker.encode() in content for marker in MARKERS)
    ] == []
    assert markers_in("\n".join(map(logging.Formatter().format, caplog.get_records("setup")))) == []
    assert [mail.subject for mail in mailoutbox if markers_in(f"{mail.subject} {mail.body}")] == []


def responses(client: Client, world: World, stored_words: Workshop) -> Iterator[tuple[str, str]]:
    world["workshops:"] = world["workshops:register"] = {"public_id": stored_words.public_id}
    for route in ACCESS.values():
        if route.method == "GET" and not route.name.startswith("account"):
            response = client.get(address(route.name, world))
            body = response.getvalue()
            yield route.name, body.decode(errors="replace") + repr(response.headers)


@pytest.mark.either
@pytest.mark.long
def test_only_permitted_pages_show_private_words_to_each_role(
    stored_words: Workshop, world: World, clients: dict[str, Client]
) -> None:
    shown = dict[str, set[tuple[str, str]]]()
    for role, client in clients.items():
        with undone():
            shown[role] = {
                (name, marker)
                for name, body in responses(client, world, stored_words)
                for marker in markers_in(body)
            }
    assert shown == {
        "visitor": set(),
        "outsider": set(),
        "participant": {("cohorts:needs_edit", NEED), ("workshops:workshop_answer", WORD)},
        "other facilitator": set(),
        "facilitator": {
            ("cohorts:member_list", NEED),
            ("cohorts:venue_needs", NEED),
            ("workshops:workshop_detail", WORD),
            ("home:today", WORD),
        },
        "administrator": {("cohorts:member_list", NEED), ("cohorts:venue_needs", NEED)},
    }


@pytest.mark.parametrize("role", ["administrator", "facilitator"])
def test_venue_sheet_does_not_show_the_name_beside_a_need(
    role: str, stored_words: Workshop, cohort: Cohort, request: pytest.FixtureRequest
) -> None:
    """The member has not agreed that the sheet for the venue names them."""
    client = signed_in(request.getfixturevalue(role))
    sheet = client.get(reverse("cohorts:venue_needs", args=[cohort.public_id])).content.decode()
    assert (markers_in(sheet), "Amina" in sheet) == ([NEED], False)


def test_admin_site_shows_no_private_words(
    stored_words: Workshop, administrator_client: Client
) -> None:
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
            assert markers_in(shown) == [], page


def test_report_files_contain_no_private_words(
    stored_words: Workshop, cohort: Cohort, facilitator_client: Client
) -> None:
    csv, xlsx = (
        facilitator_client.get(reverse(f"reports:report_{kind}", args=[cohort.public_id]))
        for kind in ("csv", "xlsx")
    )
    with ZipFile(BytesIO(b"".join(xlsx))) as book:
        cells = "".join(book.read(name).decode() for name in book.namelist())
    assert markers_in(b"".join(csv).decode() + cells) == []


def test_today_shows_no_private_words_to_a_facilitator_of_another_cohort(
    stored_words: Workshop, administrator: User, other_facilitator: User
) -> None:
    elsewhere = other_facilitator.memberships.get().cohort
    elsewhere.memberships.create(user=administrator, role="facilitator")
    page = signed_in(administrator).get(reverse("home:today"))
    assert (page.status_code, markers_in(page.content.decode())) == (200, [])
