"""Tests of the pages about introductions, by role."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse, reverse_lazy

from accounts.models import User
from cohorts.models import Cohort, Membership
from sets.introductions.links import INTRODUCTION_LINK
from sets.introductions.making import make_due_rounds
from sets.introductions.taking_part import answer, stop, take_part
from sets.models import ChangeWish, Introducee, IntroductionOptIn
from tests.people import signed_in
from tests.queries import CapturedQueries
from tests.sets.introductions.conftest import (
    A_DAY,
    FIRST,
    MARCH,
    MARCH_ENDS,
    Meet,
    introduce,
    introducee,
)
from workshops.models import Workshop

pytestmark = pytest.mark.django_db
SOON = MARCH + A_DAY
ANSWER = reverse_lazy("sets:introduction_answer")


def page(cohort: Cohort, name: str = "introduction_list") -> str:
    return reverse(f"sets:{name}", args=[cohort.public_id])


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def link(member: Membership) -> str:
    return INTRODUCTION_LINK.path(introducee(member).public_id)


def get_at(moment: datetime, user: User | None, path: str) -> str:
    """Return the page as the user sees it, or a visitor."""
    with time_machine.travel(moment, tick=False):
        response = (signed_in(user) if user else Client()).get(path)
    assert response.status_code == 200
    return text(response)


def post_at(moment: datetime, user: User | None, path: Any, **data: str) -> Any:
    with time_machine.travel(moment, tick=False):
        client = signed_in(user) if user else Client(enforce_csrf_checks=True)
        return client.post(path, data)


def session_in(page: str) -> str:
    return page.split('name="session" value="', 1)[1].split('"', 1)[0]


def session_at(moment: datetime, member: Membership) -> str:
    """Return the session in the form that the member's link opens."""
    return session_in(get_at(moment, None, link(member)))


def answer_at(moment: datetime, member: Membership, says: str) -> Any:
    session = session_at(moment, member)
    return post_at(moment, None, ANSWER, session=session, answer=says)


def test_participant_takes_part_and_stops(
    participant: User, cohort: Cohort, series: list[Workshop]
) -> None:
    assert "You don’t take part at the moment" in get_at(FIRST, participant, page(cohort))
    response = post_at(FIRST, participant, page(cohort, "introduction_join"), wish="Fewer forms.")
    assert response.headers["Location"] == page(cohort)
    shown = get_at(FIRST, participant, page(cohort))
    assert "Fewer forms." in shown
    assert "Thursday 18 March 2027" in shown
    assert IntroductionOptIn.objects.taking_part().count() == 1
    post_at(FIRST, participant, page(cohort, "introduction_leave"))
    assert IntroductionOptIn.objects.count() == 0
    assert ChangeWish.objects.get().text == "Fewer forms."


@pytest.mark.parametrize("wish", ["", "   ", "x" * 301])
def test_bad_wish_is_refused_and_kept_on_the_page(
    participant: User, cohort: Cohort, series: list[Workshop], wish: str
) -> None:
    response = post_at(FIRST, participant, page(cohort, "introduction_join"), wish=wish)
    assert response.status_code == 200
    assert IntroductionOptIn.objects.count() == 0
    assert wish.strip() in text(response)


@pytest.mark.parametrize("name", ["introduction_list", "introduction_join", "introduction_leave"])
def test_switched_off_pages_are_not_found(participant: User, cohort: Cohort, name: str) -> None:
    Cohort.objects.update(uses_introductions=False)
    client = signed_in(participant)
    assert client.get(page(cohort, name)).status_code in (404, 405)
    assert client.post(page(cohort, name)).status_code in (404, 405)
    assert IntroductionOptIn.objects.count() == 0


def test_former_member_may_not_open_it(participant: User, cohort: Cohort) -> None:
    Membership.objects.get(user=participant).leave(by=None, at=FIRST)
    assert signed_in(participant).get(page(cohort)).status_code == 403


def test_link_shows_the_other_and_takes_an_answer(cohort: Cohort, meet: Meet) -> None:
    one, other = meet(2)
    introduce(cohort)
    shown = get_at(SOON, None, link(one))
    assert other.user.name in shown
    assert f"Fewer forms for {other.user.name}." in shown
    assert other.user.email not in shown
    assert introducee(one).answer == ""  # GET saves nothing
    assert answer_at(SOON, one, "yes").status_code == 200
    assert introducee(one).said_yes


def test_link_never_shows_what_the_other_answered(cohort: Cohort, meet: Meet) -> None:
    one, other = meet(2)
    introduce(cohort)
    paths = [(None, link(one)), (one.user, page(cohort))]
    before = [get_at(SOON, user, path) for user, path in paths]
    for says in Introducee.Answer.values:
        Introducee.objects.filter(pk=introducee(other).pk).update(answer=says)
        after = [get_at(SOON, user, path) for user, path in paths]
        assert without_tokens(after) == without_tokens(before)


def without_tokens(pages: list[str]) -> list[str]:
    """Return the pages without the CSRF tokens, which differ each time."""
    return [" ".join(word for word in one.split() if "value=" not in word) for one in pages]


def test_addresses_are_shown_to_the_introduced_once_signed_in(cohort: Cohort, meet: Meet) -> None:
    one, other = meet(2)
    introduce(cohort)
    for member in (one, other):
        answer(introducee=introducee(member), says="yes", at=SOON)
    assert other.user.email not in get_at(SOON, None, link(one))
    assert other.user.email in get_at(SOON, one.user, page(cohort))


@pytest.mark.parametrize("says", ["", "maybe", "no"])
def test_unknown_answer_saves_nothing(cohort: Cohort, meet: Meet, says: str) -> None:
    one, _other = meet(2)
    introduce(cohort)
    assert answer_at(SOON, one, says).status_code == 200
    assert introducee(one).answer == ""


def test_late_answer_is_refused_in_words(cohort: Cohort, meet: Meet) -> None:
    one, _other = meet(2)
    introduce(cohort)
    session = session_at(MARCH_ENDS - timedelta(minutes=1), one)
    response = post_at(MARCH_ENDS, None, ANSWER, session=session, answer="yes")
    assert "Your answer came too late" in text(response)
    assert introducee(one).answer == ""


def test_one_tap_stops_introductions(cohort: Cohort, meet: Meet) -> None:
    one, _other = meet(2)
    introduce(cohort)
    path = reverse("sets:introduction_stop")
    assert f'action="{path}"' in get_at(SOON, None, link(one))
    assert Client().get(path).status_code == 405
    assert IntroductionOptIn.objects.filter(membership=one).exists()
    shown = text(post_at(SOON, None, path, session=session_at(SOON, one)))
    assert "You don’t take part any more" in shown
    assert not IntroductionOptIn.objects.filter(membership=one).exists()


def test_answer_is_sent_without_the_links_token(cohort: Cohort, meet: Meet) -> None:
    one, _other = meet(2)
    introduce(cohort)
    token = INTRODUCTION_LINK.token(introducee(one).public_id)
    first = answer_at(SOON, one, "yes")
    assert "Thank you. You get an e-mail" in text(first)
    assert token not in text(first)
    assert "✓ Yes, introduce us" in text(first)
    # The page that it answers with takes a change of mind.
    again = post_at(SOON, None, ANSWER, session=session_in(text(first)), answer="not-now")
    assert introducee(one).answer == "not-now"
    assert token not in text(again)
    # The link's own token is no session.
    assert post_at(SOON, None, ANSWER, session=token, answer="yes").status_code == 404
    assert Client().post(link(one), {"answer": "yes"}).status_code == 405


def test_session_ends_after_four_hours_and_with_the_feature(cohort: Cohort, meet: Meet) -> None:
    one, _other = meet(2)
    introduce(cohort)
    session = session_at(SOON, one)
    late = SOON + timedelta(hours=4, seconds=1)
    for path in (ANSWER, reverse("sets:introduction_stop")):
        shown = text(post_at(late, None, path, session=session, answer="yes"))
        assert "This page has expired" in shown
    Cohort.objects.update(uses_introductions=False)
    assert post_at(SOON, None, ANSWER, session=session, answer="yes").status_code == 404
    assert introducee(one).answer == ""
    assert IntroductionOptIn.objects.filter(membership=one).exists()


def test_damaged_link_and_link_of_somebody_who_left_do_not_work(cohort: Cohort, meet: Meet) -> None:
    one, _other = meet(2)
    introduce(cohort)
    path = link(one)
    damaged = path[:-2] + ("a" if path[-2] != "a" else "b") + "/"
    assert Client().get(damaged).status_code == 404
    one.leave(by=None, at=SOON)
    assert Client().get(path).status_code == 404


def test_facilitators_and_administrators_see_numbers_and_no_names(
    cohort: Cohort, meet: Meet, facilitator: User, administrator: User
) -> None:
    members = meet(5)
    introduce(cohort)
    pair = [
        one
        for one in members
        if introducee(one).introduction == introducee(members[0]).introduction
    ]
    for member in pair:
        answer(introducee=introducee(member), says="yes", at=SOON)
    for user in (facilitator, administrator):
        shown = get_at(SOON, user, page(cohort))
        assert "5 participants have asked to be introduced" in shown
        assert "shown on 1 April" in shown
        assert not any(one.user.name in shown for one in members)
    make_due_rounds(at=MARCH_ENDS)
    shown = get_at(MARCH_ENDS, facilitator, page(cohort))
    assert f'<td class="numeric">5</td> <td class="numeric">{len(pair)}</td>' in shown


def test_removing_somebody_does_not_show_whether_they_took_part(
    cohort: Cohort, meet: Meet, facilitator: User
) -> None:
    members = meet(5)
    before = without_tokens([get_at(SOON, facilitator, page(cohort))])
    members[0].leave(by=facilitator, at=SOON)
    assert without_tokens([get_at(SOON, facilitator, page(cohort))]) == before


def test_today_asks_about_an_introduction(cohort: Cohort, meet: Meet) -> None:
    one, other = meet(2)
    introduce(cohort)
    shown = get_at(SOON, one.user, reverse("home:today"))
    assert f"Shall we introduce you to {other.user.name}?" in shown
    assert link(one) in shown
    answer(introducee=introducee(one), says="not-now", at=SOON)
    assert "Shall we introduce you" not in get_at(SOON, one.user, reverse("home:today"))


def test_page_of_many_months_makes_few_queries(cohort: Cohort, meet: Meet) -> None:
    members = meet(8)
    for month in range(5):
        at = MARCH + timedelta(days=31 * month)
        introduce(cohort, at)
        for member in members:
            found = introducee(member)
            if found.introduction:
                answer(introducee=found, says="yes", at=at)
    client = signed_in(members[0].user)
    with CapturedQueries() as counted:
        client.get(page(cohort))
    assert len(counted) <= 12


def test_first_workshops_page_mentions_introductions_if_used(
    cohort: Cohort, participant: User, series: list[Workshop]
) -> None:
    first, second, *_others = series
    assert page(cohort) in get_at(FIRST, participant, first.get_absolute_url())
    assert page(cohort) not in get_at(FIRST, participant, second.get_absolute_url())
    Cohort.objects.update(uses_introductions=False, uses_sets=False, uses_relationships=False)
    assert "Also at this workshop" not in get_at(FIRST, participant, first.get_absolute_url())


def test_person_who_stopped_is_offered_to_take_part_again(cohort: Cohort, meet: Meet) -> None:
    [member] = meet(1)
    stop(membership=member, at=FIRST)
    shown = get_at(FIRST, member.user, page(cohort))
    assert "You don’t take part at the moment" in shown
    take_part(membership=member, wish="Again.", at=FIRST)
    assert "You take part" in get_at(FIRST, member.user, page(cohort))
