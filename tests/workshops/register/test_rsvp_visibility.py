"""Tests of who sees RSVPs and the notes with apologies, and of RSVPs that a facilitator records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.factories import SIX_DAYS_BEFORE, STARTS
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.models import Attendance, Workshop
from workshops.register import rsvp

NOTE = "My daughter’s school has its concert."
Join = Callable[..., Membership]


@pytest.fixture(autouse=True)
def now(db: None) -> Iterator[None]:
    with time_machine.travel(SIX_DAYS_BEFORE, tick=False):
        yield


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], STARTS)


@pytest.fixture
def member(participant: User) -> Membership:
    Membership.objects.filter(user=participant).update(
        joined_at=SIX_DAYS_BEFORE - timedelta(days=60)
    )
    return Membership.objects.get(user=participant)


def saved_answers() -> list[tuple[str, str]]:
    return list(Attendance.objects.values_list("answer", "note"))


def test_facilitators_see_rsvps_by_name_with_notes(
    facilitator_client: Client, workshop: Workshop, join: Join
) -> None:
    for name, answer in (("Ann", "coming"), ("Ben", "apologies"), ("Cid", "")):
        member = join(name)
        if answer:
            rsvp.save_answer(
                workshop=workshop, membership=member, answer=answer, note=NOTE, at=SIX_DAYS_BEFORE
            )
    response = facilitator_client.get(workshop.get_absolute_url())
    rsvps = response.context["rsvps"]
    assert [
        [line.membership.user.name for line in lines]
        for lines in (rsvps.coming, rsvps.apologies, rsvps.unanswered)
    ] == [["Ann"], ["Ben"], ["Cid"]]
    assert "My daughter’s school" in response.content.decode()


def test_note_is_visible_only_to_active_facilitators_of_cohort(
    workshop: Workshop,
    member: Membership,
    join: Join,
    facilitator: User,
    administrator: User,
    cohort: Cohort,
) -> None:
    rsvp.save_answer(
        workshop=workshop, membership=member, answer="apologies", note=NOTE, at=SIX_DAYS_BEFORE
    )
    former = join("Fay").user
    former.memberships.update(role="facilitator", left_at=SIX_DAYS_BEFORE)
    joined = User.objects.create_superuser("both@example.org", "Bo Both")
    Membership.objects.create(cohort=cohort, user=joined, role="facilitator")
    shown = {}
    for user in (facilitator, administrator, former, join("Pat").user, joined):
        page = signed_in(user).get(workshop.get_absolute_url()).content.decode()
        shown[user.name] = "My daughter’s school" in page
    assert shown == {
        "Ruth Okafor": True,
        "Ada Administrator": False,
        "Fay": False,
        "Pat": False,
        "Bo Both": True,
    }


def test_admin_does_not_show_note(
    administrator_client: Client, workshop: Workshop, member: Membership
) -> None:
    rsvp.save_answer(
        workshop=workshop, membership=member, answer="apologies", note=NOTE, at=SIX_DAYS_BEFORE
    )
    row = f"/back-office/workshops/attendance/{Attendance.objects.get().pk}"
    for page in ("change", "history", "delete"):
        response = administrator_client.get(f"{row}/{page}/")
        assert (response.status_code, b"school" in response.content) == (200, False)
    marks = {"mark": "apologies", "minutes": "", "came_at": "", "went_at": ""}
    administrator_client.post(f"{row}/change/", {**marks, "answer": "coming", "note": ""})
    assert saved_answers() == [("apologies", NOTE)]


# Recording a participant's RSVP as a facilitator


def answer_path(workshop: Workshop, member: Membership) -> str:
    return f"/workshops/{workshop.public_id}/answers/{member.public_id}/"


def test_facilitator_records_rsvp_for_participant(
    facilitator_client: Client, workshop: Workshop, member: Membership
) -> None:
    page = facilitator_client.get(workshop.get_absolute_url()).content.decode()
    assert answer_path(workshop, member) in page
    response = facilitator_client.post(
        answer_path(workshop, member), {"answer": "apologies"}, follow=True
    )
    assert "Saved: Amina Rahman can’t make it." in response.content.decode()
    assert saved_answers() == [("apologies", "")]


def test_recording_does_not_overwrite_own_rsvp(
    facilitator_client: Client, workshop: Workshop, member: Membership
) -> None:
    rsvp.save_answer(
        workshop=workshop, membership=member, answer="apologies", note=NOTE, at=SIX_DAYS_BEFORE
    )
    response = facilitator_client.post(
        answer_path(workshop, member), {"answer": "coming"}, follow=True
    )
    assert "Amina Rahman has already answered." in response.content.decode()
    assert saved_answers() == [("apologies", NOTE)]


@pytest.mark.parametrize(
    ("answer", "is_off", "words"),
    [
        ("maybe", False, "Choose “Coming” or “Apologies”."),
        ("coming", True, "It is too late to record an answer"),
    ],
)
def test_recording_explains_refusal(
    facilitator_client: Client,
    facilitator: User,
    workshop: Workshop,
    member: Membership,
    answer: str,
    is_off: bool,
    words: str,
) -> None:
    if is_off:
        workshop.cancel(by=facilitator, at=SIX_DAYS_BEFORE)
    response = facilitator_client.post(
        answer_path(workshop, member), {"answer": answer}, follow=True
    )
    assert words in response.content.decode()
    assert saved_answers() == []


def test_recording_requires_convener_of_same_cohort(
    workshop: Workshop, member: Membership, facilitator_client: Client, other_facilitator: User
) -> None:
    elsewhere = other_facilitator.memberships.get()
    for client, about, status in (
        (signed_in(member.user), member, 403),
        (signed_in(other_facilitator), member, 404),
        (facilitator_client, elsewhere, 404),
    ):
        assert client.post(answer_path(workshop, about), {"answer": "coming"}).status_code == status
    assert facilitator_client.get(answer_path(workshop, member)).status_code == 405
    assert saved_answers() == []


@pytest.mark.parametrize("people", [1, 30])
def test_workshop_page_query_count_is_constant(
    facilitator_client: Client, workshop: Workshop, join: Join, people: int
) -> None:
    for number in range(people):
        rsvp.save_answer(
            workshop=workshop,
            membership=join(f"P {number}"),
            answer="apologies",
            note=NOTE,
            at=SIX_DAYS_BEFORE,
        )
    facilitator_client.get(workshop.get_absolute_url())
    with CapturedQueries() as queries:
        facilitator_client.get(workshop.get_absolute_url())
    assert len(queries) <= 14


def test_register_shows_note_only_to_facilitators(
    facilitator_client: Client, administrator_client: Client, workshop: Workshop, member: Membership
) -> None:
    rsvp.save_answer(
        workshop=workshop, membership=member, answer="apologies", note=NOTE, at=SIX_DAYS_BEFORE
    )
    with time_machine.travel(STARTS, tick=False):
        shown = [
            client.get(f"{workshop.get_absolute_url()}register/").content.decode()
            for client in (facilitator_client, administrator_client)
        ]
    assert ["said: apologies" in page for page in shown] == [True, True]
    assert ["My daughter’s school" in page for page in shown] == [True, False]
