from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Membership
from tests.factories import FIVE_MINUTES_IN, STARTS
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.models import Attendance, Workshop
from workshops.register import marking, rsvp
from workshops.register.marking import Entry

BEFORE = FIVE_MINUTES_IN - timedelta(minutes=1)
OUTSIDE = "Enter a time within the workshop, from 9:30am to 1pm, or none."
Schedule = Callable[..., Workshop]
Join = Callable[..., Membership]


@pytest.fixture(autouse=True)
def clock(db: None) -> object:
    with time_machine.travel(FIVE_MINUTES_IN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    return schedule(workshops[3], STARTS)


@pytest.fixture
def people(join: Join) -> list[Membership]:
    return [join(name) for name in ("Ann Able", "Ben Best", "Cid Cole")]


def url_of(workshop: Workshop, part: str = "") -> str:
    return f"/workshops/{workshop.public_id}/register/{part}"


def field(member: Membership, name: str) -> str:
    return f"{member.public_id}-{name}"


def marks(workshop: Workshop) -> dict[str, str]:
    return dict(workshop.attendances.exclude(mark="").values_list("membership__user__name", "mark"))


# The register as a form, without JavaScript


def test_page_lists_expected_participants_by_name(
    facilitator_client: Client, workshop: Workshop, people: list[Membership], join: Join
) -> None:
    join("Zoe Late", joined_at=STARTS + timedelta(minutes=1))
    rsvp.save_answer(
        workshop=workshop, membership=people[1], answer="apologies", at=STARTS - timedelta(days=1)
    )
    response = facilitator_client.get(url_of(workshop))
    rows = response.context["form"].rows()
    assert [(row.line.membership.user.name, row.line.answer) for row in rows] == [
        ("Ann Able", ""),
        ("Ben Best", "Apologies"),
        ("Cid Cole", ""),
    ]
    page = response.content.decode()
    for words in ("Tynewick Council", "Public sector", "said: apologies", "0</span> of 3 marked"):
        assert words in page


def test_form_saves_the_marks(
    facilitator_client: Client, facilitator: User, workshop: Workshop, people: list[Membership]
) -> None:
    response = facilitator_client.post(
        url_of(workshop),
        {
            field(people[0], "mark"): "present",
            field(people[1], "mark"): "partly",
            field(people[1], "went"): "11:00",
            field(people[2], "went"): "9:45",
        },
    )
    assert response.headers["Location"] == url_of(workshop)
    saved = workshop.attendances.order_by("membership__user__name")
    assert list(saved.values_list("mark", "minutes", "marked_by", "marked_at")) == [
        ("present", None, facilitator.pk, FIVE_MINUTES_IN),
        ("partly", 90, facilitator.pk, FIVE_MINUTES_IN),
    ]
    assert "2</span> of 3 marked" in facilitator_client.get(url_of(workshop)).content.decode()


def test_stale_form_does_not_overwrite_other_marks(
    facilitator_client: Client, administrator: User, workshop: Workshop, people: list[Membership]
) -> None:
    marking.mark(
        workshop=workshop, membership=people[0], entry=Entry("absent"), by=administrator, at=BEFORE
    )
    facilitator_client.post(
        url_of(workshop),
        {
            field(people[0], "mark"): "",
            field(people[0], "was"): "",
            field(people[1], "mark"): "present",
        },
    )
    assert marks(workshop) == {"Ann Able": "absent", "Ben Best": "present"}


def test_form_clears_mark(
    facilitator_client: Client, facilitator: User, workshop: Workshop, people: list[Membership]
) -> None:
    for person in people[:2]:
        marking.mark(
            workshop=workshop, membership=person, entry=Entry("present"), by=facilitator, at=BEFORE
        )
    sent = {field(person, name): "present" for person in people[:2] for name in ("mark", "was")}
    facilitator_client.post(url_of(workshop), sent | {"clear": people[0].public_id})
    assert marks(workshop) == {"Ben Best": "present"}


def test_rest_are_marked_present_with_one_button(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    rsvp.save_answer(
        workshop=workshop, membership=people[1], answer="apologies", at=STARTS - timedelta(days=1)
    )
    response = facilitator_client.post(
        url_of(workshop, "rest/"), {field(people[0], "mark"): "absent"}
    )
    assert response.headers["Location"] == url_of(workshop)
    assert marks(workshop) == {"Ann Able": "absent", "Ben Best": "apologies", "Cid Cole": "present"}


@pytest.mark.parametrize("part", ["", "rest/"])
@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("came", "9:29", OUTSIDE),
        ("came", "13:00", OUTSIDE),
        ("went", "09:30", OUTSIDE),
        ("went", "13:01", OUTSIDE),
        ("went", "an hour", "Enter a time, for example 09:30."),
        ("went", "25:00", "Enter a time, for example 09:30."),
        ("came", "\0", "Enter a time, for example 09:30."),
        ("came", "9" * 400, "Enter a time, for example 09:30."),
    ],
)
def test_invalid_times_show_field_errors_and_save_nothing(
    facilitator_client: Client,
    workshop: Workshop,
    people: list[Membership],
    part: str,
    name: str,
    typed: str,
    words: str,
) -> None:
    sent = {
        field(people[0], "mark"): "present",
        field(people[1], "mark"): "partly",
        field(people[1], name): typed,
    }
    response = facilitator_client.post(url_of(workshop, part), sent)
    form = response.context["form"]
    assert (response.status_code, dict(form.errors)) == (200, {field(people[1], name): [words]})
    assert response.content.decode().count(words) == 2  # in the summary and beside the field
    assert {name: form[name].value() for name in sent} == sent
    assert marks(workshop) == {}


def test_leaving_before_arriving_shows_field_error(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    sent = {"mark": "partly", "came": "11:00", "went": "11:00"}
    response = facilitator_client.post(
        url_of(workshop), {field(people[0], name): value for name, value in sent.items()}
    )
    assert dict(response.context["form"].errors) == {
        field(people[0], "went"): ["Enter a time after they arrived."]
    }
    assert marks(workshop) == {}


def test_times_are_in_cohort_time_zone(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    workshop.cohort.time_zone = "Asia/Kolkata"  # UTC+05:30
    workshop.cohort.save()
    sent = {"mark": "partly", "came": "15:00", "went": "18:30"}
    facilitator_client.post(
        url_of(workshop), {field(people[0], name): value for name, value in sent.items()}
    )
    saved = Attendance.objects.get()
    assert (saved.came_at, saved.went_at, saved.minutes) == (STARTS, workshop.ends_at, 210)
    page = facilitator_client.get(url_of(workshop)).content.decode()
    for words in ('value="15:00"', 'value="18:30"'):
        assert words in page


def test_times_of_present_people_are_ignored(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    sent = {field(people[0], "mark"): "present", field(people[0], "came"): "noon"}
    facilitator_client.post(url_of(workshop), sent)
    assert marks(workshop) == {"Ann Able": "present"}


@pytest.mark.parametrize("mark", ["late", "\0", "PRESENT", "x" * 100_000])
def test_unknown_mark_is_refused(
    facilitator_client: Client, workshop: Workshop, people: list[Membership], mark: str
) -> None:
    response = facilitator_client.post(url_of(workshop), {field(people[0], "mark"): mark})
    assert list(response.context["form"].errors) == [field(people[0], "mark")]
    assert marks(workshop) == {}


# Registers that are not open, or are empty


@pytest.mark.parametrize("part", ["", "rest/"])
def test_register_before_opening_shows_opening_time(
    facilitator_client: Client,
    workshop: Workshop,
    people: list[Membership],
    clock: time_machine.Traveller,
    part: str,
) -> None:
    clock.move_to(STARTS - timedelta(minutes=61))
    sent = {field(people[0], "mark"): "present"}
    words = facilitator_client.post(url_of(workshop, part), sent).content.decode()
    assert "on Thursday 18 March 2027 at 8:30am" in words
    assert marks(workshop) == {}


def test_register_of_cancelled_or_undated_workshop_shows_explanation(
    facilitator_client: Client, facilitator: User, workshop: Workshop, workshops: list[Workshop]
) -> None:
    workshop.cancel(by=facilitator, at=FIVE_MINUTES_IN)
    assert (
        "is cancelled, so it has no register"
        in facilitator_client.get(url_of(workshop)).content.decode()
    )
    assert "has no date yet" in facilitator_client.get(url_of(workshops[0])).content.decode()


def test_empty_register_shows_explanation(facilitator_client: Client, workshop: Workshop) -> None:
    assert "Nobody was expected" in facilitator_client.get(url_of(workshop)).content.decode()


# Permissions and query counts of the register


def test_marking_requires_convener(
    participant: User,
    outsider: User,
    other_facilitator: User,
    administrator: User,
    workshop: Workshop,
    people: list[Membership],
) -> None:
    sent = {field(people[0], "mark"): "present"}
    for user, status in ((participant, 403), (outsider, 404), (other_facilitator, 404)):
        assert signed_in(user).post(url_of(workshop, "rest/"), sent).status_code == status
    assert marks(workshop) == {}
    assert signed_in(administrator).post(url_of(workshop, "rest/"), sent).status_code == 302


def test_get_saves_nothing(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    assert facilitator_client.get(url_of(workshop, "rest/")).status_code == 405


@pytest.mark.parametrize("act", ["look", "save"])
def test_register_query_count_is_constant(
    facilitator_client: Client, workshop: Workshop, join: Join, act: str
) -> None:
    counts = []
    for people in (1, 30):
        members = [join(f"Person {people} {number}") for number in range(people)]
        sent = {field(member, "mark"): "present" for member in members}
        with CapturedQueries() as queries:
            if act == "look":
                facilitator_client.get(url_of(workshop))
            else:
                facilitator_client.post(url_of(workshop), sent)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15
