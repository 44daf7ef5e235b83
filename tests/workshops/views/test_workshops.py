from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.factories import SIX_DAYS_BEFORE, STARTS
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.models import Workshop
from workshops.register import rsvp

AFTER = STARTS + timedelta(days=1)
Schedule = Callable[..., Workshop]
Join = Callable[..., Membership]


@pytest.fixture(autouse=True)
def now(db: None) -> object:
    with time_machine.travel(SIX_DAYS_BEFORE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    workshop = schedule(workshops[3], STARTS)
    workshop.venue, workshop.joining_link = "The Old Fire Station", "https://meet.example.org/4"
    workshop.save()
    return workshop


@pytest.fixture
def member(participant: User, cohort: Cohort) -> Membership:
    """The participant's membership, begun long before the workshop."""
    Membership.objects.filter(user=participant).update(
        joined_at=SIX_DAYS_BEFORE - timedelta(days=60)
    )
    return Membership.objects.get(user=participant)


def url_of(workshop: Workshop, part: str = "") -> str:
    return f"/workshops/{workshop.public_id}/{part}"


# A workshop's page


def test_detail_shows_participant_time_place_purpose_and_prompts(
    participant_client: Client, member: Membership, workshop: Workshop
) -> None:
    page = participant_client.get(url_of(workshop)).content.decode()
    for words in (
        "Thursday 18 March 2027, 9:30am to 1pm",
        "in 6 days",
        "The Old Fire Station",
        'href="https://meet.example.org/4"',
        "Why we meet for power and prejudice.",
        "Name one thing",
        "Read the two pages.",
        "20 minutes",
        f'href="/reflections/new/?workshop={workshop.public_id}&amp;prompt=2"',
        "I can’t make it",
    ):
        assert words in page
    for words in (
        "not answered",
        url_of(workshop, "edit/"),
        url_of(workshop, "register/"),
        url_of(workshop, "cancel/"),
    ):
        assert words not in page


def test_detail_shows_convener_rsvps(
    facilitator_client: Client, member: Membership, workshop: Workshop, join: Join
) -> None:
    for name, answer in (("Ann", "coming"), ("Ben", "apologies")):
        rsvp.save_answer(
            workshop=workshop, membership=join(name), answer=answer, at=SIX_DAYS_BEFORE
        )
    page = facilitator_client.get(url_of(workshop)).content.decode()
    for words in (
        "1 coming",
        "1 apology",
        "1 not answered",
        url_of(workshop, "edit/"),
        url_of(workshop, "cancel/"),
    ):
        assert words in page
    assert "I can’t make it" not in page
    assert f'href="{url_of(workshop, "feedback/")}"' not in page


def test_detail_links_feedback_after_workshop(
    facilitator_client: Client, workshop: Workshop, now: time_machine.Traveller
) -> None:
    now.move_to(AFTER)
    page = facilitator_client.get(url_of(workshop)).content.decode()
    assert url_of(workshop, "feedback/") in page


def test_detail_hides_joining_link_from_former_member(
    participant_client: Client, member: Membership, workshop: Workshop
) -> None:
    member.leave(by=None, at=SIX_DAYS_BEFORE)
    page = participant_client.get(url_of(workshop)).content.decode()
    assert "Power and prejudice" in page
    assert "meet.example.org" not in page
    assert "I can’t make it" not in page


def test_detail_escapes_html(
    participant_client: Client, member: Membership, workshop: Workshop
) -> None:
    Workshop.objects.filter(pk=workshop.pk).update(
        title="<script>alert(1)</script>", purpose="<b>bold</b>"
    )
    page = participant_client.get(url_of(workshop)).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;b&gt;bold" in page


def test_detail_says_workshop_has_no_date(
    participant_client: Client, member: Membership, workshops: list[Workshop]
) -> None:
    page = participant_client.get(url_of(workshops[0])).content.decode()
    assert "Date to be agreed" in page
    assert "The venue is to be agreed." in page
    assert "I can’t make it" not in page


def test_detail_query_count_is_constant(
    facilitator_client: Client, workshop: Workshop, join: Join
) -> None:
    counts = []
    for people in (1, 30):
        for number in range(people):
            rsvp.save_answer(
                workshop=workshop,
                membership=join(f"P {people} {number}"),
                answer="coming",
                at=SIX_DAYS_BEFORE,
            )
        with CapturedQueries() as queries:
            facilitator_client.get(url_of(workshop))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


# The form that edits a workshop


@pytest.fixture
def form_data() -> dict[str, str]:
    return {
        "title": "Power, and prejudice",
        "theme": "Power",
        "purpose": "Why we meet.",
        "outcomes": "One\r\n\r\n• Two",
        "prework": "",
        "prework_minutes": "0",
        "prompts": "What?\nWhy?",
    }


def test_edit_changes_only_content(
    facilitator_client: Client, workshop: Workshop, form_data: dict[str, str]
) -> None:
    moved = {
        "day": "2027-03-25",
        "starts": "13:30",
        "ends": "16:30",
        "venue": "Library",
        "link": "",
    }
    response = facilitator_client.post(url_of(workshop, "edit/"), form_data | moved)
    assert response.headers["Location"] == workshop.get_absolute_url()
    saved = Workshop.objects.get(pk=workshop.pk)
    assert (saved.title, saved.outcome_list, saved.prompt_list) == (
        "Power, and prejudice",
        ["One", "Two"],
        ["What?", "Why?"],
    )
    # The new title is a change that calendars show.
    assert (saved.arrangement, saved.version, saved.sequence) == (workshop.arrangement, 1, 2)
    assert "changed the title to “Power, and prejudice”" in (
        facilitator_client.get(workshop.get_absolute_url()).content.decode()
    )


def test_edit_links_to_move(facilitator_client: Client, workshop: Workshop) -> None:
    page = facilitator_client.get(url_of(workshop, "edit/")).content.decode()
    assert f'href="{url_of(workshop, "move/")}"' in page
    assert 'name="day"' not in page


def test_edit_leaves_programme_plan_unchanged(
    facilitator_client: Client, cohort: Cohort, workshop: Workshop, form_data: dict[str, str]
) -> None:
    facilitator_client.post(url_of(workshop, "edit/"), form_data)
    assert cohort.programme.plans.get(position=4).title == "Power and prejudice"


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"title": ""}, "title", "Enter a title for the workshop."),
        ({"title": "x" * 100_000}, "title", "Shorten this to 120 characters; it has 100000."),
        ({"purpose": "x" * 100_000}, "purpose", "Shorten this to 1000 characters; it has 100000."),
        ({"prework_minutes": "-5"}, "prework_minutes", "Enter a number of minutes from 0 to 600."),
        (
            {"prework_minutes": "lots"},
            "prework_minutes",
            "Enter a whole number of minutes, for example 25.",
        ),
    ],
)
def test_edit_shows_errors_and_redisplays_input(
    facilitator_client: Client,
    workshop: Workshop,
    form_data: dict[str, str],
    wrong: dict[str, str],
    field: str,
    words: str,
) -> None:
    response = facilitator_client.post(url_of(workshop, "edit/"), form_data | wrong)
    form = response.context["form"]
    assert (response.status_code, dict(form.errors)) == (200, {field: [words]})
    assert {name: form[name].value() for name in wrong} == wrong
    assert Workshop.objects.get(pk=workshop.pk).title == "Power and prejudice"


@pytest.mark.parametrize("nonsense", ["\0", "a\0b", "\u202e", "9" * 500])
def test_edit_handles_malformed_input(
    facilitator_client: Client, workshop: Workshop, form_data: dict[str, str], nonsense: str
) -> None:
    for field in form_data:
        response = facilitator_client.post(url_of(workshop, "edit/"), form_data | {field: nonsense})
        assert response.status_code in (200, 302)


# Permissions of the pages of workshops

CONVENER_PAGES = ["edit/", "move/", "cancel/", "reinstate/", "register/"]


@pytest.mark.parametrize("part", ["", *CONVENER_PAGES])
def test_pages_return_404_for_non_member(
    outsider: User, other_facilitator: User, workshop: Workshop, part: str
) -> None:
    for user in (outsider, other_facilitator):
        assert signed_in(user).get(url_of(workshop, part)).status_code == 404
        assert signed_in(user).post(url_of(workshop, part)).status_code in (404, 405)


@pytest.mark.parametrize("part", CONVENER_PAGES)
def test_convener_pages_are_forbidden_to_participant(
    participant_client: Client, workshop: Workshop, part: str
) -> None:
    assert participant_client.get(url_of(workshop, part)).status_code == 403
    assert participant_client.post(url_of(workshop, part)).status_code == 403
    saved = Workshop.objects.get(pk=workshop.pk)
    assert (saved.is_cancelled, saved.title) == (False, "Power and prejudice")


@pytest.mark.parametrize("part", ["", *CONVENER_PAGES])
def test_administrator_can_edit_every_workshop(
    administrator_client: Client, workshop: Workshop, part: str
) -> None:
    assert administrator_client.get(url_of(workshop, part)).status_code == 200


@pytest.mark.parametrize("part", ["", *CONVENER_PAGES, "answer/"])
def test_pages_redirect_anonymous_user_to_sign_in(
    client: Client, workshop: Workshop, part: str
) -> None:
    assert client.post(url_of(workshop, part)).headers["Location"].startswith("/sign-in/")


def test_unknown_public_id_returns_404(facilitator_client: Client, db: None) -> None:
    assert facilitator_client.get("/workshops/aaaaaaaaaaaa/").status_code == 404
