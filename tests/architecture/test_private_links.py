"""Tests of the forms that private links open, in a browser that refuses cookies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import OptOut
from outbox.preferences.links import OPT_OUT_LINK, PREFERENCES_LINK
from surveys.links import SURVEY_LINK
from surveys.models import Receipt
from tests.architecture.sample_objects import make_poll
from tests.surveys.pages import ANSWER_PATH, session_of
from workshops.availability import polls
from workshops.models import Attendance, AvailabilityAnswer, Workshop
from workshops.register.rsvp import RSVP_LINK

EXEMPT = {
    "surveys:survey_answer",
    "surveys:survey_start",
    "surveys:survey_room",
    "surveys:wave_answer",
    "surveys:wave_start",
    "surveys:colleague_answer",
    "surveys:colleague_start",
    "relationships:round_start",
    "relationships:round_answer",
    "relationships:round_save",
    "relationships:round_finish",
    "relationships:round_leave",
    "relationships:round_return",
    "sets:introduction_start",
    "sets:introduction_answer",
    "sets:introduction_stop",
    "partnerships:party_start",
    "partnerships:party_agree",
    "partnerships:party_decline",
    "partnerships:party_stop_asking",
    "partnerships:check_answer",
    "workshops:answer",
    "workshops:availability_by_link",
    "outbox:choices_by_link",
    "outbox:refuse_by_link",
    # The mail service posts here, not a browser. A key or signature authorises the request.
    "outbox:delivery_events",
}


def exempt_from_csrf(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from exempt_from_csrf(one, inner)
        elif isinstance(one, URLPattern) and getattr(one.callback, "csrf_exempt", False):
            yield f"{namespace}{one.name}"


def test_only_views_with_a_token_in_their_url_need_no_csrf_token() -> None:
    assert set(exempt_from_csrf(get_resolver())) <= EXEMPT
    assert {*exempt_from_csrf(get_resolver()), "outbox:delivery_events"} == EXEMPT


@pytest.fixture
def member(participant: User) -> Membership:
    Membership.objects.update(joined_at=timezone.now() - timedelta(days=30))
    return Membership.objects.get(user=participant)


@pytest.fixture
def make_workshop(cohort: Cohort) -> Callable[[timedelta], Workshop]:
    """A function that schedules a workshop which begins after the given time."""

    def make_workshop(begins_in: timedelta) -> Workshop:
        starts = timezone.now() + begins_in
        return Workshop.objects.create(
            cohort=cohort,
            position=1,
            title="Who leads here?",
            purpose="To meet.",
            starts_at=starts,
            ends_at=starts + timedelta(hours=3),
            scheduled_at=starts - timedelta(days=20),
        )

    return make_workshop


def send_without_cookies(path: str, data: dict[str, object], **headers: str) -> HttpResponse:
    """Open the page and send its form, as a browser that stores no cookie does."""
    browser = Client(enforce_csrf_checks=True)
    browser.get(path)
    browser.cookies.clear()
    return browser.post(path, data, headers=headers)  # type: ignore[return-value]


def page_after(response: HttpResponse) -> str:
    return Client().get(response["Location"]).content.decode()


def test_survey_takes_answers(
    member: Membership, make_workshop: Callable[[timedelta], Workshop]
) -> None:
    workshop = make_workshop(timedelta(hours=-20))
    path = SURVEY_LINK.path(workshop.public_id, member.public_id)
    session = session_of(path)

    response = send_without_cookies(ANSWER_PATH, {"session": session, "spoke_openly": "5"})

    assert response["Location"] == reverse("surveys:survey_thanks")
    assert Receipt.objects.filter(membership=member).count() == 1


def test_rsvp_is_saved_and_shown(
    member: Membership, make_workshop: Callable[[timedelta], Workshop]
) -> None:
    workshop = make_workshop(timedelta(days=3))
    path = RSVP_LINK.path(workshop.public_id, member.public_id)

    response = send_without_cookies(path, {"answer": "coming", "version": str(workshop.version)})

    assert Attendance.objects.get().answer == "coming"
    assert "You said you’re coming" in page_after(response)


def test_availability_is_saved_and_shown(member: Membership) -> None:
    poll = make_poll(member.cohort)
    path = polls.ANSWER_LINK.path(poll.public_id, member.public_id)

    response = send_without_cookies(path, {"makes_all": "on"})

    assert AvailabilityAnswer.objects.get().membership == member
    assert "that you can make all of these" in page_after(response)


def test_choice_of_emails_is_saved_and_confirmed(member: Membership) -> None:
    path = PREFERENCES_LINK.path(member.user.public_id)

    response = send_without_cookies(path, {"wanted": ["survey"], "text_only": "on"})

    assert User.objects.get(pk=member.user_id).text_only
    assert "Saved. This applies from the next e-mail." in page_after(response)


def test_opt_out_is_saved_and_confirmed(member: Membership) -> None:
    response = send_without_cookies(OPT_OUT_LINK.path(member.user.public_id, "survey"), {})

    assert "You won’t get these e-mails any more" in response.content.decode()
    assert OptOut.objects.get().person == member.user


def test_forged_token_does_nothing_whoever_is_signed_in(member: Membership) -> None:
    """Another site can make a signed-in person's browser send a POST, but has no valid token."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(member.user)
    for link in (PREFERENCES_LINK, OPT_OUT_LINK):
        path = link.path(member.user.public_id, "survey").replace("~", "~x")
        response = browser.post(path, {}, headers={"Origin": "https://elsewhere.example"})
        assert response.status_code == 404
    assert not OptOut.objects.exists()


def test_pages_of_signed_in_people_still_need_a_csrf_token(member: Membership) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(member.user)

    assert browser.post(reverse("outbox:choices"), {"wanted": []}).status_code == 403
    assert not OptOut.objects.exists()
