from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from cohorts.models import Membership
from tests.people import signed_in
from workshops import register
from workshops.models import Attendance, Workshop
from workshops.register import Entry

STARTS = datetime(2027, 3, 18, 9, 30, tzinfo=UTC)
NOW = STARTS + timedelta(minutes=5)
WRONG_MINUTES = "Write a number of minutes from 1 to 210, or leave it empty."
HTMX = {"HX-Request": "true"}
Schedule = Callable[..., Workshop]
Join = Callable[..., Membership]


@pytest.fixture(autouse=True)
def clock(db: None) -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    return schedule(workshops[3], STARTS)


@pytest.fixture
def people(join: Join) -> list[Membership]:
    return [join(name) for name in ("Ann Able", "Ben Best", "Cid Cole")]


def at(workshop: Workshop, part: str = "") -> str:
    return f"/workshops/{workshop.public_id}/register/{part}"


def field(member: Membership, name: str) -> str:
    return f"{member.public_id}-{name}"


def marks(workshop: Workshop) -> dict[str, str]:
    return dict(workshop.attendances.exclude(mark="").values_list("membership__user__name", "mark"))


# As a plain form


def test_page_lists_everyone_expected_by_name(
    facilitator_client: Client, workshop: Workshop, people: list[Membership], join: Join
) -> None:
    join("Zoe Late", joined_at=STARTS + timedelta(minutes=1))
    register.answer(
        workshop=workshop, membership=people[1], answer="apologies", at=STARTS - timedelta(days=1)
    )
    response = facilitator_client.get(at(workshop))
    rows = response.context["form"].rows()
    assert [(row.line.membership.user.name, row.line.answer) for row in rows] == [
        ("Ann Able", ""),
        ("Ben Best", "Apologies"),
        ("Cid Cole", ""),
    ]
    page = response.content.decode()
    for words in ("Tynewick Council", "Public sector", "said: apologies", "0 of 3 marked"):
        assert words in page


def test_form_saves_the_marks(
    facilitator_client: Client, facilitator: User, workshop: Workshop, people: list[Membership]
) -> None:
    response = facilitator_client.post(
        at(workshop),
        {
            field(people[0], "mark"): "present",
            field(people[1], "mark"): "partly",
            field(people[1], "minutes"): "90",
            field(people[2], "minutes"): "15",
        },
    )
    assert response.headers["Location"] == at(workshop)
    kept = workshop.attendances.order_by("membership__user__name")
    assert list(kept.values_list("mark", "minutes", "marked_by", "marked_at")) == [
        ("present", None, facilitator.pk, NOW),
        ("partly", 90, facilitator.pk, NOW),
    ]
    assert "2 of 3 marked" in facilitator_client.get(at(workshop)).content.decode()


def test_form_that_stood_open_undoes_nobody_elses_marks(
    facilitator_client: Client, administrator: User, workshop: Workshop, people: list[Membership]
) -> None:
    register.mark(workshop=workshop, membership=people[0], entry=Entry("absent"), by=administrator, at=NOW)
    facilitator_client.post(
        at(workshop),
        {field(people[0], "mark"): "", field(people[0], "was"): "", field(people[1], "mark"): "present"},
    )
    assert marks(workshop) == {"Ann Able": "absent", "Ben Best": "present"}


def test_form_takes_a_mark_back(
    facilitator_client: Client, facilitator: User, workshop: Workshop, people: list[Membership]
) -> None:
    for person in people[:2]:
        register.mark(workshop=workshop, membership=person, entry=Entry("present"), by=facilitator, at=NOW)
    sent = {field(person, name): "present" for person in people[:2] for name in ("mark", "was")}
    facilitator_client.post(at(workshop), sent | {"clear": people[0].public_id})
    assert marks(workshop) == {"Ben Best": "present"}


def test_everyone_else_is_present_with_one_tap(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    register.answer(
        workshop=workshop, membership=people[1], answer="apologies", at=STARTS - timedelta(days=1)
    )
    response = facilitator_client.post(at(workshop, "rest/"), {field(people[0], "mark"): "absent"})
    assert response.headers["Location"] == at(workshop)
    assert marks(workshop) == {"Ann Able": "absent", "Ben Best": "apologies", "Cid Cole": "present"}


@pytest.mark.parametrize("part", ["", "rest/"])
@pytest.mark.parametrize("minutes", ["211", "0", "an hour", "9" * 400, "\0", "1.5"])
def test_wrong_minutes_are_told_beside_them_and_nothing_is_saved(
    facilitator_client: Client, workshop: Workshop, people: list[Membership], part: str, minutes: str
) -> None:
    sent = {
        field(people[0], "mark"): "present",
        field(people[1], "mark"): "partly",
        field(people[1], "minutes"): minutes,
    }
    response = facilitator_client.post(at(workshop, part), sent)
    form = response.context["form"]
    assert (response.status_code, dict(form.errors)) == (200, {field(people[1], "minutes"): [WRONG_MINUTES]})
    assert response.content.decode().count(WRONG_MINUTES) == 2  # in the summary and beside the field
    assert {name: form[name].value() for name in sent} == sent
    assert marks(workshop) == {}


def test_wrong_minutes_of_somebody_present_are_not_looked_at(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    sent = {field(people[0], "mark"): "present", field(people[0], "minutes"): "999"}
    facilitator_client.post(at(workshop, f"{people[0].public_id}/"), sent)
    assert marks(workshop) == {"Ann Able": "present"}


@pytest.mark.parametrize("mark", ["late", "\0", "PRESENT", "x" * 100_000])
def test_unknown_mark_is_refused(
    facilitator_client: Client, workshop: Workshop, people: list[Membership], mark: str
) -> None:
    response = facilitator_client.post(at(workshop), {field(people[0], "mark"): mark})
    assert list(response.context["form"].errors) == [field(people[0], "mark")]
    assert marks(workshop) == {}


# As tapped


def test_tap_saves_one_mark_and_answers_with_the_count(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    response = facilitator_client.post(
        at(workshop, f"{people[0].public_id}/"), {field(people[0], "mark"): "present"}, headers=HTMX
    )
    part = response.content.decode()
    assert marks(workshop) == {"Ann Able": "present"}
    assert "1 of 3 marked" in part
    assert part.count('hx-swap-oob="true"') == 3
    assert "<li" not in part
    assert "<html" not in part


def test_second_tap_counts_and_a_repeated_one_changes_nothing(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    url = at(workshop, f"{people[0].public_id}/")
    facilitator_client.post(url, {field(people[0], "mark"): "present"})
    for _ in range(2):
        facilitator_client.post(url, {field(people[0], "mark"): "absent", field(people[0], "was"): "present"})
    assert (marks(workshop), Attendance.objects.count()) == ({"Ann Able": "absent"}, 1)


def test_tap_with_minutes_and_without_them_again(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    url, minutes = at(workshop, f"{people[0].public_id}/"), field(people[0], "minutes")
    facilitator_client.post(url, {field(people[0], "mark"): "partly", minutes: "60"})
    assert Attendance.objects.get().minutes == 60
    facilitator_client.post(
        url, {field(people[0], "mark"): "present", minutes: "60", field(people[0], "was"): "partly:60"}
    )
    assert (Attendance.objects.get().mark, Attendance.objects.get().minutes) == ("present", None)


def test_tap_undone_gives_the_row_as_it_was(
    facilitator_client: Client, facilitator: User, workshop: Workshop, people: list[Membership]
) -> None:
    register.mark(workshop=workshop, membership=people[0], entry=Entry("present"), by=facilitator, at=NOW)
    response = facilitator_client.post(
        at(workshop, f"{people[0].public_id}/"),
        {"clear": people[0].public_id, field(people[0], "was"): "present"},
        headers=HTMX,
    )
    part = response.content.decode()
    assert marks(workshop) == {}
    assert f'<li id="row-{people[0].public_id}"' in part
    assert " checked" not in part
    assert "0 of 3 marked" in part


def test_tap_with_wrong_minutes_says_so(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    sent = {field(people[0], "mark"): "partly", field(people[0], "minutes"): "999"}
    response = facilitator_client.post(at(workshop, f"{people[0].public_id}/"), sent, headers=HTMX)
    assert response.status_code == 422
    assert "Write a number of minutes from 1 to 210" in response.content.decode()
    assert marks(workshop) == {}


def test_tap_for_somebody_who_was_not_expected_is_not_found(
    facilitator_client: Client, workshop: Workshop, join: Join, facilitator: User
) -> None:
    late = join("Zoe Late", joined_at=STARTS + timedelta(minutes=1))
    own = Membership.objects.get(user=facilitator)
    for member in (late, own):
        sent = {field(member, "mark"): "present"}
        assert facilitator_client.post(at(workshop, f"{member.public_id}/"), sent).status_code == 404
    assert Attendance.objects.count() == 0


# When it is open


@pytest.mark.parametrize("part", ["", "rest/"])
def test_register_before_its_time_says_when_it_opens(
    facilitator_client: Client,
    workshop: Workshop,
    people: list[Membership],
    clock: time_machine.Traveller,
    part: str,
) -> None:
    clock.move_to(STARTS - timedelta(minutes=61))
    sent = {field(people[0], "mark"): "present"}
    words = facilitator_client.post(at(workshop, part), sent).content.decode()
    assert "on Thursday 18 March 2027 at 8:30am" in words
    assert facilitator_client.post(at(workshop, f"{people[0].public_id}/"), sent).status_code == 409
    assert marks(workshop) == {}


def test_register_of_a_cancelled_or_undated_workshop_says_so(
    facilitator_client: Client, facilitator: User, workshop: Workshop, workshops: list[Workshop]
) -> None:
    workshop.cancel(by=facilitator, at=NOW)
    assert "is cancelled, so it has no register" in facilitator_client.get(at(workshop)).content.decode()
    assert "has no date yet" in facilitator_client.get(at(workshops[0])).content.decode()


def test_register_of_nobody_says_so(facilitator_client: Client, workshop: Workshop) -> None:
    assert "Nobody was expected" in facilitator_client.get(at(workshop)).content.decode()


# Doors and questions


def test_marking_is_for_conveners(
    participant: User,
    outsider: User,
    other_facilitator: User,
    administrator: User,
    workshop: Workshop,
    people: list[Membership],
) -> None:
    sent = {field(people[0], "mark"): "present"}
    for part in (f"{people[0].public_id}/", "rest/"):
        for user, status in ((participant, 403), (outsider, 404), (other_facilitator, 404)):
            assert signed_in(user).post(at(workshop, part), sent).status_code == status
    assert marks(workshop) == {}
    assert signed_in(administrator).post(at(workshop, f"{people[0].public_id}/"), sent).status_code == 200


def test_get_marks_nothing(facilitator_client: Client, workshop: Workshop, people: list[Membership]) -> None:
    for part in (f"{people[0].public_id}/", "rest/"):
        assert facilitator_client.get(at(workshop, part)).status_code == 405


@pytest.mark.parametrize("act", ["look", "tap", "save"])
def test_register_asks_the_same_however_many_people(
    facilitator_client: Client, workshop: Workshop, join: Join, act: str
) -> None:
    counts = []
    for people in (1, 30):
        members = [join(f"Person {people} {number}") for number in range(people)]
        sent = {field(member, "mark"): "present" for member in members}
        with CaptureQueriesContext(connection) as queries:
            if act == "look":
                facilitator_client.get(at(workshop))
            else:
                part = f"{members[0].public_id}/" if act == "tap" else ""
                facilitator_client.post(at(workshop, part), sent)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15
