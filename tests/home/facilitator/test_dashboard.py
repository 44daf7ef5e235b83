"""A facilitator's home across cohorts: this week, what needs them, whom they have not heard from."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from home.facilitator.dashboard import working_day
from outbox.bounces.suppression import Source, mark
from outbox.models import Message
from reflections.models import Audience, Reflection, Reply
from surveys.models import Response, Survey
from tests.factories import outcome_for
from tests.people import signed_in
from workshops.models import Attendance, Workshop

NOW = datetime(2027, 3, 15, 8, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=200)
HALF_DAY = timedelta(hours=3, minutes=30)


@pytest.fixture(autouse=True)
def clock(db: None) -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def joined(facilitator: User, participant: User) -> None:
    Membership.objects.update(joined_at=LONG_AGO)


Make = Callable[..., Workshop]


@pytest.fixture
def workshop(cohort: Cohort) -> Make:
    """A workshop that begins so many days from now, or has no date."""

    def workshop(days: float | None, title: str = "Seeing the whole", **facts: Any) -> Workshop:
        starts_at = None if days is None else NOW + timedelta(days=days)
        of = facts.pop("cohort", cohort)
        return Workshop.objects.create(
            cohort=of,
            position=of.workshops.count() + 1,
            title=title,
            starts_at=starts_at,
            ends_at=starts_at and starts_at + HALF_DAY,
            scheduled_at=starts_at and LONG_AGO,
            **{"venue": "The Old Fire Station"} | facts,
        )

    return workshop


@pytest.fixture
def member(participant: User) -> Membership:
    return Membership.objects.get(user=participant)


def said(user: User) -> list[tuple[str, str, str]]:
    return [(need.words, need.url, need.word) for need in working_day(user, NOW)["needs"]]


def silent(user: User) -> list[tuple[str, list[str]]]:
    return [
        (silence.words, [one.user.name for one in silence.people])
        for silence in working_day(user, NOW)["silences"]
    ]


def attend(workshop: Workshop, member: Membership, **facts: Any) -> Attendance:
    if "answer" in facts:
        facts.setdefault("answered_at", NOW - timedelta(days=1))
    if "mark" in facts:
        facts["marked_at"] = NOW
    return Attendance.objects.create(workshop=workshop, membership=member, **facts)


# This week


def test_week_holds_today_and_seven_days_of_all_my_cohorts(
    workshop: Make, cohort: Cohort, facilitator: User, member: Membership, other_facilitator: User
) -> None:
    second = Cohort.objects.create(programme=cohort.programme, name="Second", place="There")
    Membership.objects.create(cohort=second, user=facilitator, role=Membership.Role.FACILITATOR)
    elsewhere = Cohort.objects.get(name="Essex, spring 2027")
    workshop(-1, "Yesterday's")
    over = workshop(-0.2, "Over this morning")
    soon = workshop(3, "In three days")
    also = workshop(6, "Of the second", cohort=second)
    workshop(8, "Too far")
    workshop(2, "Off", cancelled_at=NOW, cancelled_by=facilitator)
    workshop(2, "Not mine", cohort=elsewhere)
    attend(soon, member, answer="coming")

    week = working_day(facilitator, NOW)["week"]

    assert [one.workshop for one in week] == [over, soon, also]
    assert [one.register_is_open for one in week] == [True, False, False]
    assert [(one.standing.coming, one.standing.unanswered) for one in week] == [
        (0, 1),
        (1, 0),
        (0, 0),
    ]


def test_page_opens_with_the_register_that_is_open(
    workshop: Make, facilitator_client: Client
) -> None:
    now_on = workshop(0.01, "Now")

    page = facilitator_client.get(reverse("home:today")).content.decode()

    assert (
        f'<a class="button primary" href="{reverse("workshops:register", args=[now_on.public_id])}">'
        in page
    )
    assert "Good morning, Ruth" in page
    assert 'href="mailto:amina.participant@example.org"' in page


def test_page_says_that_all_is_well(workshop: Make, facilitator_client: Client) -> None:
    workshop(40)

    page = facilitator_client.get(reverse("home:today")).content.decode()

    for words in (
        "No workshop today or in the next seven days.",
        "in 5 weeks",
        "Nothing: all is well.",
        "heard from everybody",
    ):
        assert words in page


# What needs me


def test_needs_come_in_the_order_of_their_urgency(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User, member: Membership
) -> None:
    held = workshop(-1, "Held")
    nowhere = workshop(5, "Nowhere", venue="")
    workshop(None, "Undated")
    attend(nowhere, member, answer="apologies", word="My mother is ill.")
    failed = message(participant, cohort, "day-before", failed_at=NOW, reason="550 no such user")
    empty = Cohort.objects.create(programme=cohort.programme, name="Empty", place="There")
    Membership.objects.create(cohort=empty, user=facilitator, role=Membership.Role.FACILITATOR)
    workshop(None, "First", cohort=empty)
    entry = reflection(participant, cohort, days=8)

    assert said(facilitator) == [
        ("1 person is not marked at “Held”", f"/workshops/{held.public_id}/register/", ""),
        (
            "“Nowhere” is in 5 days and has neither venue nor link",
            f"/workshops/{nowhere.public_id}/move/",
            "",
        ),
        ("An e-mail to Amina Rahman failed", f"/messages/{failed.public_id}/", ""),
        ("“Undated” has no date", f"/cohorts/{cohort.public_id}/plan/", ""),
        ("Amina Rahman can’t come to “Nowhere”", nowhere.get_absolute_url(), "My mother is ill."),
        ("Nobody takes part yet", reverse("cohorts:member_list", args=[empty.public_id]), ""),
        ("It has no dates yet", f"/cohorts/{empty.public_id}/plan/", ""),
        ("What Amina Rahman shared has no answer yet", entry.get_absolute_url(), ""),
    ]


def message(user: User, cohort: Cohort, kind: str, **facts: Any) -> Message:
    return Message.objects.create(
        kind=kind,
        key=f"{kind}:{cohort.pk}:{user.pk}",
        recipient=user,
        group_id=cohort.pk,
        subject_id=cohort.pk,
        made_at=LONG_AGO,
        due_at=LONG_AGO,
        expires_at=NOW,
        try_at=LONG_AGO,
        outcome=outcome_for(facts),
        **facts,
    )


def reflection(
    author: User, cohort: Cohort, days: int, audience: str = Audience.FACILITATORS
) -> Reflection:
    written = NOW - timedelta(days=days)
    return Reflection.objects.create(
        author=author,
        cohort=cohort,
        body="A thing.",
        audience=audience,
        written_at=written,
        changed_at=written,
        shared_at=None if audience == Audience.ONLY_ME else written,
    )


def test_reflection_that_waits_less_than_a_week_or_has_an_answer_is_not_told(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User
) -> None:
    workshop(40)
    reflection(participant, cohort, days=6)
    reflection(participant, cohort, days=9, audience=Audience.ONLY_ME)
    answered = reflection(participant, cohort, days=9)
    Reply.objects.create(reflection=answered, author=facilitator, body="Yes.", written_at=NOW)

    assert said(facilitator) == []


def test_whom_e_mail_does_not_reach_leads_to_putting_it_right(
    workshop: Make, facilitator: User, participant: User, member: Membership, cohort: Cohort
) -> None:
    workshop(20)
    failed = message(participant, cohort, "day-before", failed_at=NOW, reason="550 no such user")
    mark(participant.email, said="550 no such user", source=Source.REFUSED, message=failed, at=NOW)

    words = "E-mail to Amina Rahman comes back. No such mailbox: nobody has this address there."
    assert (words, f"/members/{member.public_id}/address/", "") in said(facilitator)
    assert "An e-mail to Amina Rahman failed" not in [words for words, _, _ in said(facilitator)]


def test_failed_message_of_a_survey_is_nobody_s_business(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User
) -> None:
    workshop(40)
    message(participant, cohort, "nudge", failed_at=NOW, reason="550 no such user")
    message(participant, cohort, "survey", failed_at=NOW, reason="550 no such user")

    assert said(facilitator) == []


def test_two_workshops_of_mine_at_once_are_told_until_kept_with_a_reason(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User
) -> None:
    second = Cohort.objects.create(programme=cohort.programme, name="Second", place="There")
    for user, role in (
        (facilitator, Membership.Role.FACILITATOR),
        (participant, Membership.Role.PARTICIPANT),
    ):
        Membership.objects.create(cohort=second, user=user, role=role)
    workshop(40, "One")
    other = workshop(40.1, "Other", cohort=second)

    assert [words for words, *_ in said(facilitator)] == [
        "“Other” overlaps “One” of North East, spring 2027"
    ]
    Workshop.objects.filter(pk=other.pk).update(kept_because="Tom takes it.")
    assert said(facilitator) == []


@pytest.mark.parametrize(("answers", "told"), [(4, []), (5, ["The feedback on “Held” is there"])])
def test_results_are_told_in_the_week_they_may_be_shown(
    workshop: Make, facilitator: User, member: Membership, answers: int, told: list[str]
) -> None:
    held = workshop(-16, "Held")
    workshop(40)
    attend(held, member, mark="present")
    survey = Survey.objects.create(workshop=held, closing_at=NOW - timedelta(days=2))
    Response.objects.bulk_create(Response(survey=survey) for _ in range(answers))

    assert [words for words, *_ in said(facilitator)] == told
    Survey.objects.update(closing_at=NOW - timedelta(days=8))
    assert said(facilitator) == []


# Whom I have not heard from


def test_silence_before_the_next_workshop_is_told_by_name(
    workshop: Make, cohort: Cohort, facilitator: User, member: Membership
) -> None:
    soon = workshop(10, "Soon")
    workshop(12, "The one after")

    assert silent(facilitator) == [("Not said if they come to “Soon”", ["Amina Rahman"])]
    attend(soon, member, answer="coming")
    assert silent(facilitator) == []


def test_who_missed_two_without_apologies_is_told(
    workshop: Make, facilitator: User, member: Membership
) -> None:
    first, second = workshop(-40, "First"), workshop(-20, "Second")
    workshop(40)
    attend(first, member, mark="absent")
    attendance = attend(second, member, mark="absent")

    assert silent(facilitator) == [
        ("Missed the last two workshops without apologies", ["Amina Rahman"])
    ]
    attendance.mark = "apologies"
    attendance.save()
    assert silent(facilitator) == []


def test_who_never_signed_in_is_told_unless_they_answered_by_e_mail(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User, member: Membership
) -> None:
    later = workshop(40)
    invitation = message(participant, cohort, "invitation", sent_at=NOW - timedelta(days=13))
    User.objects.update(last_login=None)

    assert silent(facilitator) == []
    Message.objects.filter(pk=invitation.pk).update(
        outcome="sent", sent_at=NOW - timedelta(days=15)
    )
    assert silent(facilitator) == [
        ("Invited over two weeks ago, and never signed in", ["Amina Rahman"])
    ]
    attend(later, member, answer="coming")
    assert silent(facilitator) == []


def test_several_are_written_to_without_seeing_one_another(
    workshop: Make, cohort: Cohort, facilitator: User
) -> None:
    workshop(10)
    odd = User.objects.create_user("ann+x&y@example.org", "Ann Odd")
    Membership.objects.create(cohort=cohort, user=odd, joined_at=LONG_AGO)

    [silence] = working_day(facilitator, NOW)["silences"]

    assert (
        silence.write_to_all == "mailto:?bcc=amina.participant@example.org,ann%2Bx%26y@example.org"
    )


# Who sees what


def test_who_does_both_gets_both(
    workshop: Make, cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    mine = Cohort.objects.create(
        programme=cohort.programme, name="Where I take part", place="There"
    )
    Membership.objects.create(cohort=mine, user=facilitator, joined_at=LONG_AGO)
    workshop(4, "My own next", cohort=mine)
    workshop(3, "The one I run")

    page = facilitator_client.get(reverse("home:today")).content.decode()

    assert page.index("My own next") < page.index("The one I run")
    assert "Whom you have not heard from" in page


def test_participant_sees_nothing_of_it(participant: User, workshop: Make) -> None:
    workshop(3)

    page = signed_in(participant).get(reverse("home:today")).content.decode()

    assert "What needs you" not in page


def test_who_facilitates_no_more_sees_nothing_of_it(
    facilitator: User, facilitator_client: Client, workshop: Make
) -> None:
    workshop(3, "Seen no more")
    Membership.objects.get(user=facilitator).leave(by=None, at=NOW)

    assert "Seen no more" not in facilitator_client.get(reverse("home:today")).content.decode()


def test_queries_do_not_grow_with_cohorts(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User, facilitator_client: Client
) -> None:
    def fill(of: Cohort) -> None:
        soon = workshop(3, cohort=of)
        workshop(-3, cohort=of)
        workshop(None, cohort=of)
        for member in of.memberships.participating():
            attend(soon, member, answer="apologies", word="Sorry.")
        message(participant, of, "day-before", failed_at=NOW, reason="550 no such user")
        reflection(participant, of, days=9)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert facilitator_client.get(reverse("home:today")).status_code == 200
        return len(captured)

    fill(cohort)
    few = queries()
    for number in range(29):
        another = Cohort.objects.create(
            programme=cohort.programme, name=f"Cohort {number}", place="There"
        )
        for user, role in (
            (facilitator, Membership.Role.FACILITATOR),
            (participant, Membership.Role.PARTICIPANT),
        ):
            Membership.objects.create(cohort=another, user=user, role=role, joined_at=LONG_AGO)
        fill(another)

    assert queries() == few
    assert few <= 14
