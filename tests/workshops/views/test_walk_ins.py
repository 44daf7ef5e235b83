"""The page that adds walk-ins, and the sign-in sheet."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from outbox.models import Message
from outbox.queueing import generate
from programmes.models import Programme
from reports.figures import figures_of
from surveys.invitations import not_answered
from tests.concurrency import run_concurrently
from tests.factories import FIVE_MINUTES_IN, STARTS
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.messages.invitations import INVITATION
from workshops.models import Attendance, Workshop
from workshops.register import lines, marking, walk_ins
from workshops.register.marking import Entry

pytestmark = pytest.mark.both  # it searches

MINUTE = timedelta(minutes=1)
Join = Callable[..., Membership]


@pytest.fixture
def clock(db: None) -> object:
    with time_machine.travel(FIVE_MINUTES_IN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], STARTS)


@pytest.fixture
def other_cohort(programme: Programme, facilitator: User, council: Organisation) -> Cohort:
    """Another cohort of the same facilitator, with a participant and another facilitator."""
    cohort = Cohort.objects.create(
        programme=programme, name="Tees Valley, autumn 2026", place="Tees Valley"
    )
    Membership.objects.create(cohort=cohort, user=facilitator, role=Membership.Role.FACILITATOR)
    known = User.objects.create_user("nina.known@example.org", "Nina Known")
    Membership.objects.create(
        cohort=cohort, user=known, organisation=council, job_title="Head of parks"
    )
    colleague = User.objects.create_user("carl.colleague@example.org", "Carl Colleague")
    Membership.objects.create(cohort=cohort, user=colleague, role=Membership.Role.FACILITATOR)
    return cohort


def suggested_people(workshop: Workshop, by: User, words: str = "") -> list[tuple[str, str]]:
    offers = walk_ins.suggestions(workshop=workshop, by=by, words=words)
    return [(offer.membership.user.name, offer.why) for offer in offers]


def url_of(workshop: Workshop, part: str = "") -> str:
    return f"/workshops/{workshop.public_id}/register/walk-in/{part}"


def marks(workshop: Workshop) -> dict[str, str]:
    return dict(workshop.attendances.marked().values_list("membership__user__name", "mark"))


# Suggestions of people to add as walk-ins


def test_suggestions_come_from_facilitators_cohorts(
    workshop: Workshop, facilitator: User, other_facilitator: User, other_cohort: Cohort, join: Join
) -> None:
    join("Ann Expected")
    join("Zoe Since", joined_at=STARTS + MINUTE)
    join("Gus Gone", left_at=STARTS - MINUTE)
    closed = join("Cleo Closed", left_at=STARTS - MINUTE).user
    closed.is_active = False
    closed.save()
    hidden = User.objects.create_user("hidden@example.org", "Hidden Elsewhere")
    Membership.objects.create(cohort=Cohort.objects.get(name="Essex, spring 2027"), user=hidden)
    assert suggested_people(workshop, facilitator) == [
        ("Gus Gone", "was in this cohort before"),
        ("Zoe Since", "joined the cohort since"),
        ("Nina Known", "in Tees Valley, autumn 2026"),
    ]
    assert suggested_people(workshop, facilitator, "tynewick nina") == [
        ("Nina Known", "in Tees Valley, autumn 2026")
    ]
    assert suggested_people(workshop, facilitator, "hidden") == []


@pytest.mark.parametrize("people", [1, 30])
def test_suggestions_take_one_query(
    workshop: Workshop, facilitator: User, join: Join, people: int
) -> None:
    for number in range(people):
        join(f"Person {number}", left_at=STARTS - MINUTE)
    with CapturedQueries() as queries:
        assert len(suggested_people(workshop, facilitator)) == people
    assert len(queries) == 1


# Adding a walk-in


def test_walk_in_joins_is_expected_and_gets_survey(
    workshop: Workshop,
    workshops: list[Workshop],
    facilitator: User,
    schedule: Callable[..., Workshop],
    join: Join,
) -> None:
    first = schedule(workshops[0], STARTS - timedelta(days=21))
    join("Ann Able")
    member = walk_ins.add(
        workshop=workshop,
        email="zoe@example.org",
        name="Zoe Walker",
        by=facilitator,
        at=FIVE_MINUTES_IN,
    )
    assert (member.joined_at, marks(workshop)) == (FIVE_MINUTES_IN, {"Zoe Walker": "present"})
    assert [line.membership.user.name for line in lines.register_lines(workshop)] == [
        "Ann Able",
        "Zoe Walker",
    ]
    assert [line.membership.user.name for line in lines.register_lines(first)] == ["Ann Able"]
    survey_recipients = (
        not_answered().filter(pk=workshop.pk).values_list("member_user_id", flat=True)
    )
    assert list(survey_recipients) == [member.user_id]
    figures = figures_of(workshop.cohort, STARTS + timedelta(days=1))
    assert [(one.expected, one.attended) for one in figures.workshops] == [(1, 0), (2, 1)]
    assert figures.reach.people == 2


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=5)])
@pytest.mark.parametrize("has_next", [True, False])
def test_walk_in_gets_no_email_about_what_is_over_or_going_on(
    workshop: Workshop,
    workshops: list[Workshop],
    facilitator: User,
    schedule: Callable[..., Workshop],
    late: timedelta,
    has_next: bool,
) -> None:
    if has_next:
        schedule(workshops[4], STARTS + timedelta(days=21))
    at = FIVE_MINUTES_IN + late
    member = walk_ins.add(
        workshop=workshop, email="zoe@example.org", name="Zoe Walker", by=facilitator, at=at
    )
    for minutes in (0, 1, 60 * 24 * 5):
        generate(at + timedelta(minutes=minutes))
    theirs = Message.objects.filter(recipient=member.user)
    about_this = theirs.filter(subject_id=workshop.pk).exclude(kind__in=("survey", "invitation"))
    assert not about_this.exists()
    invitation = theirs.filter(kind="invitation").first()
    assert bool(invitation) is has_next
    if invitation:
        assert workshops[4].title in INVITATION.compose(invitation).text
        assert workshop.title not in INVITATION.compose(invitation).text


def test_adding_twice_is_idempotent_and_marks_existing_member(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    ann = join("Ann Able")
    marking.mark(
        workshop=workshop,
        membership=ann,
        entry=Entry("absent"),
        by=facilitator,
        at=FIVE_MINUTES_IN - MINUTE,
    )
    for _ in range(2):
        for email in ("Zoe@Example.org", ann.user.email):
            walk_ins.add(
                workshop=workshop,
                email=email,
                name="Zoe Walker",
                by=facilitator,
                at=FIVE_MINUTES_IN,
            )
    assert marks(workshop) == {"Ann Able": "present", "Zoe Walker": "present"}
    assert workshop.cohort.memberships.participating().count() == 2


def test_facilitator_cannot_be_added(workshop: Workshop, facilitator: User) -> None:
    with pytest.raises(ValidationError, match="facilitates this cohort"):
        walk_ins.add(
            workshop=workshop,
            email=facilitator.email,
            name="Ruth",
            by=facilitator,
            at=FIVE_MINUTES_IN,
        )
    assert Attendance.objects.count() == 0


@pytest.mark.postgresql  # in-memory SQLite cannot wait for locks
@pytest.mark.django_db(transaction=True)
def test_concurrent_additions_create_one_membership(
    workshop: Workshop, facilitator: User, administrator: User
) -> None:
    def add(by: User) -> None:
        walk_ins.add(
            workshop=workshop, email="zoe@example.org", name="Zoe", by=by, at=FIVE_MINUTES_IN
        )

    run_concurrently([lambda: add(facilitator), lambda: add(administrator)] * 2)
    assert marks(workshop) == {"Zoe": "present"}
    assert workshop.cohort.memberships.participating().count() == 1


# The page that adds walk-ins


def test_page_adds_known_person_with_one_button(
    clock: object,
    facilitator_client: Client,
    workshop: Workshop,
    other_cohort: Cohort,
    council: Organisation,
) -> None:
    assert "Nina Known" in facilitator_client.get(url_of(workshop)).content.decode()
    nina = Membership.objects.get(user__name="Nina Known")
    for _ in range(2):
        answer = facilitator_client.post(
            url_of(workshop, "known/"), {"member": nina.public_id}, follow=True
        )
        assert [str(one) for one in answer.context["messages"]] == [
            "Nina Known is on the register, marked present."
        ]
    joined = workshop.cohort.memberships.participating().get()
    assert (joined.organisation, joined.job_title, joined.joined_at) == (
        council,
        "Head of parks",
        FIVE_MINUTES_IN,
    )
    assert marks(workshop) == {"Nina Known": "present"}


def test_page_adds_new_person_and_warns_over_capacity(
    clock: object, facilitator_client: Client, workshop: Workshop, join: Join
) -> None:
    join("Ann Able")
    workshop.cohort.capacity = 1
    workshop.cohort.save()
    answer = facilitator_client.post(
        url_of(workshop), {"name": "Zoe Walker", "email": "zoe@example.org"}, follow=True
    )
    assert [str(one) for one in answer.context["messages"]] == [
        "Zoe Walker is on the register, marked present.",
        "The cohort now has 2 people, more than its capacity of 1.",
    ]
    assert marks(workshop) == {"Zoe Walker": "present"}


def test_page_adds_somebody_with_only_a_name(
    clock: object, facilitator_client: Client, workshop: Workshop
) -> None:
    answer = facilitator_client.post(
        url_of(workshop), {"name": "Zoe Walker", "email": ""}, follow=True
    )
    assert [str(one) for one in answer.context["messages"]] == [
        "Zoe Walker is on the register, marked present."
    ]
    assert marks(workshop) == {"Zoe Walker": "present"}
    assert User.objects.get(name="Zoe Walker").email == ""


def test_page_shows_field_errors_and_redisplays_input(
    clock: object, facilitator_client: Client, facilitator: User, workshop: Workshop
) -> None:
    for sent, wrong in (
        ({"name": "", "email": "zoe"}, ["name", "email"]),
        ({"name": "", "email": ""}, ["name"]),
        ({"name": "Ruth", "email": facilitator.email}, ["email"]),
        ({"name": "Zoe", "email": "z@example.org", "organisation": "New Ltd"}, ["sector"]),
    ):
        form = facilitator_client.post(url_of(workshop), sent).context["form"]
        assert (list(form.errors), {name: form[name].value() for name in sent}) == (wrong, sent)
    assert (Attendance.objects.count(), Organisation.objects.filter(name="New Ltd").count()) == (
        0,
        0,
    )


def test_page_requires_convener_and_open_register(
    clock: time_machine.Traveller,
    participant: User,
    outsider: User,
    other_facilitator: User,
    facilitator: User,
    workshop: Workshop,
    other_cohort: Cohort,
    join: Join,
) -> None:
    hidden = User.objects.create_user("hidden@example.org", "Hidden Elsewhere")
    unknown = Membership.objects.create(
        cohort=Cohort.objects.get(name="Essex, spring 2027"), user=hidden
    )
    nina = Membership.objects.get(user__name="Nina Known")
    new = {"name": "Zoe", "email": "zoe@example.org"}
    for user, status in ((participant, 403), (outsider, 404), (other_facilitator, 404)):
        assert signed_in(user).post(url_of(workshop), new).status_code == status
        known = signed_in(user).post(url_of(workshop, "known/"), {"member": nina.public_id})
        assert known.status_code == status
    client = signed_in(facilitator)
    for member in (unknown.public_id, "", "\0"):
        assert client.post(url_of(workshop, "known/"), {"member": member}).status_code == 404
    clock.move_to(STARTS - timedelta(hours=2))
    assert "opens an hour before" in client.post(url_of(workshop), new).content.decode()
    assert (
        "opens an hour before"
        in client.post(url_of(workshop, "known/"), {"member": nina.public_id}).content.decode()
    )
    assert Attendance.objects.count() == 0


# Browser test of adding a walk-in


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("javascript", [True, False])
def test_browser_adds_person_in_two_taps(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: Callable[[Page, User], None],
    axe: Callable[[Page], None],
    facilitator: User,
    workshops: list[Workshop],
    schedule: Callable[..., Workshop],
    other_cohort: Cohort,
    join: Join,
    javascript: bool,
) -> None:
    join("Ann Able")
    started_workshop = schedule(workshops[3], datetime.now(UTC) - 5 * MINUTE)
    page: Page = new_context(base_url=live_site, java_script_enabled=javascript).new_page()
    sign_in(page, facilitator)
    page.goto(f"/workshops/{started_workshop.public_id}/register/")
    page.get_by_role("link", name="Somebody who isn’t listed").click()
    if javascript:
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            axe(page)
    page.get_by_role("button", name="Mark present Nina Known").click()
    expect(page.get_by_text("Nina Known is on the register, marked present.")).to_be_visible()
    expect(page.locator("#tally")).to_contain_text("1 of 2 marked")
    assert marks(started_workshop) == {"Nina Known": "present"}


# The sign-in sheet


def test_sign_in_sheet_lists_only_names_and_organisations(
    clock: time_machine.Traveller, facilitator_client: Client, workshop: Workshop, join: Join
) -> None:
    clock.move_to(STARTS - timedelta(days=5))
    workshop.venue = "Tynewick Library"
    workshop.save()
    ann = join("Ann Able")
    ann.needs = "No nuts"
    ann.save()
    page = facilitator_client.get(
        f"/workshops/{workshop.public_id}/register/sheet/"
    ).content.decode()
    for words in (
        "Ann Able",
        "Tynewick Council",
        "North East, spring 2027",
        "Thursday 18 March 2027",
        "Tynewick Library",
    ):
        assert words in page
    assert page.count("Empty line") == 10
    for words in ("No nuts", "ann.able@example.org"):
        assert words not in page
