"""Tests of the e-mails: who is asked to agree, and who is asked how it goes, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import Message, Outcome
from outbox.preferences.preferences import optional_rules
from partnerships import actions
from partnerships.agreement import agree, decline
from partnerships.contacts import delete_expired_contacts, stop_asking
from partnerships.models import Partnership, Party
from tests.partnerships.conftest import (
    FACTS,
    OUTSIDE,
    SIX_MONTHS,
    STARTED_AT,
    THREE_MONTHS,
    TWELVE_MONTHS,
    StartWork,
    party_of,
)
from tests.partnerships.test_due import answer
from tests.services import Letterbox
from tests.surveys.sending import turn_at

pytestmark = pytest.mark.django_db(transaction=True)
SECOND, WEEK = timedelta(seconds=1), timedelta(days=7)


@pytest.fixture(autouse=True)
def server(smtp_server: Letterbox) -> Letterbox:
    return smtp_server


def asked(kind: str = "partnership-check") -> list[str]:
    """Return the addresses of the e-mails of this kind that were sent, in their order."""
    sent = Message.objects.filter(kind=kind, sent_at__isnull=False).order_by("sent_at", "pk")
    return list(sent.values_list("address", flat=True))


def text_to(server: Letterbox, address: str) -> str:
    body = server.to(address)[-1].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_others_are_asked_whether_they_agree_and_reminded_once(
    server: Letterbox, partnership: Partnership, member: Membership, other: Membership
) -> None:
    for hours in range(0, 200, 20):
        turn_at(STARTED_AT + timedelta(hours=hours))
    assert asked("partnership-agree") == [other.user.email]
    assert asked("partnership-agree-reminder") == [other.user.email]
    text = text_to(server, other.user.email)
    assert "Warm homes after hospital" in text
    assert "/together/link/" in text
    assert server.to(member.user.email) == []


@pytest.mark.parametrize("what", ["agrees", "declines", "leaves", "withdrawn", "stopped"])
def test_nobody_is_reminded_who_has_answered_or_whose_work_has_ended(
    partnership: Partnership, member: Membership, other: Membership, what: str
) -> None:
    turn_at(STARTED_AT)
    at, party = STARTED_AT + WEEK - SECOND, party_of(partnership, other)
    turn_at(at)
    assert asked("partnership-agree-reminder") == []
    match what:
        case "agrees":
            agree(party=party, may_be_named=False, at=at)
        case "declines":
            decline(party=party, at=at)
        case "leaves":
            other.leave(by=None, at=at)
        case "withdrawn":
            actions.withdraw(partnership=partnership, by=member.user, at=at)
        case "stopped":
            actions.stop(partnership=partnership, learned="Who decides.", at=at)
    for days in range(7, 20):
        turn_at(STARTED_AT + timedelta(days=days))
    assert asked("partnership-agree-reminder") == []


def test_somebody_outside_is_not_reminded(start_work: StartWork) -> None:
    start_work(members=[], outside=OUTSIDE)
    for days in range(20):
        turn_at(STARTED_AT + timedelta(days=days))
    assert asked("partnership-agree-outside") == [OUTSIDE.email]
    assert asked("partnership-agree-reminder") == []


def test_somebody_outside_is_asked_without_an_account(
    server: Letterbox, start_work: StartWork
) -> None:
    start_work(members=[], outside=OUTSIDE)
    turn_at(STARTED_AT)
    text = text_to(server, OUTSIDE.email)
    assert "Dear Chris Webb," in text
    assert "Amina Rahman takes part in Leading Change Together" in text
    [message] = Message.objects.filter(kind="partnership-agree-outside")
    assert (message.outcome, message.recipient, message.group_id) == (Outcome.SENT, None, 0)
    assert "/together/link/" not in message.text
    assert not User.objects.filter(email=OUTSIDE.email).exists()


def test_one_party_is_asked_and_after_a_week_of_silence_another(
    confirmed: Partnership, member: Membership, other: Membership
) -> None:
    turn_at(THREE_MONTHS - SECOND)
    assert asked() == []
    turn_at(THREE_MONTHS)
    assert asked() == [member.user.email]
    turn_at(THREE_MONTHS + WEEK - SECOND)
    assert asked() == [member.user.email]
    for days in range(7, 30):
        turn_at(THREE_MONTHS + timedelta(days=days))
    assert asked() == [member.user.email, other.user.email]


def test_nobody_else_is_asked_after_an_answer(confirmed: Partnership, member: Membership) -> None:
    turn_at(THREE_MONTHS)
    answer(confirmed, member, 3)
    turn_at(THREE_MONTHS + WEEK)
    assert asked() == [member.user.email]


def test_checks_go_on_after_the_cohort_is_archived(
    confirmed: Partnership, cohort: Cohort, member: Membership
) -> None:
    cohort.archive(by=member.user, at=STARTED_AT + WEEK)
    turn_at(THREE_MONTHS)
    turn_at(SIX_MONTHS)
    turn_at(TWELVE_MONTHS)
    assert asked() == [member.user.email] * 3


def test_checks_end_when_it_stopped_or_is_withdrawn(
    start_work: StartWork, member: Membership
) -> None:
    stopped, withdrawn = start_work(agreed=True), start_work(agreed=True)
    actions.stop(partnership=stopped, learned="Who decides.", at=STARTED_AT + WEEK)
    actions.withdraw(partnership=withdrawn, by=member.user, at=STARTED_AT + WEEK)
    turn_at(THREE_MONTHS)
    assert asked() == []


def test_check_that_moves_is_asked_on_the_new_day(
    confirmed: Partnership, member: Membership
) -> None:
    moved = FACTS | {"begun_on": date(2027, 3, 10), "first_step_on": None, "status": "trying"}
    actions.change(partnership=confirmed, facts=moved, at=datetime(2027, 4, 1, tzinfo=UTC))
    turn_at(THREE_MONTHS)
    assert asked() == []
    turn_at(datetime(2027, 6, 10, 8, tzinfo=UTC))
    assert asked() == [member.user.email]


def test_party_who_wants_no_questions_is_not_asked(
    confirmed: Partnership, member: Membership, other: Membership
) -> None:
    stop_asking(party=party_of(confirmed, member), at=STARTED_AT + WEEK)
    turn_at(THREE_MONTHS)
    assert asked() == [other.user.email]


def test_member_who_left_is_not_asked(
    confirmed: Partnership, member: Membership, other: Membership
) -> None:
    member.leave(by=None, at=STARTED_AT + WEEK)
    turn_at(THREE_MONTHS)
    assert asked() == [other.user.email]


def test_nothing_is_owed_once_the_feature_is_off(confirmed: Partnership, cohort: Cohort) -> None:
    Cohort.objects.filter(pk=cohort.pk).update(uses_partnerships=False)
    turn_at(THREE_MONTHS)
    assert asked() == []
    assert "partnership-check" in {rule.kind for rule in optional_rules()}


def test_outside_contact_goes_when_the_last_check_is_done(
    server: Letterbox, start_work: StartWork, member: Membership
) -> None:
    partnership = start_work(members=[], outside=OUTSIDE, agreed=True)
    turn_at(STARTED_AT)
    for due in (THREE_MONTHS, SIX_MONTHS, TWELVE_MONTHS):
        turn_at(due)
        turn_at(due + WEEK)
    assert len(server.to(OUTSIDE.email)) == 3
    over = TWELVE_MONTHS + timedelta(days=28)
    assert delete_expired_contacts(at=over - SECOND) == 0
    assert delete_expired_contacts(at=over) == 1
    party = party_of(partnership, None)
    assert (party.name, party.email, party.contact_deleted_at) == ("", "", over)
    assert party.has_agreed
    letters = Message.objects.filter(kind__endswith="-outside")
    assert set(letters.values_list("address", "text", "html")) == {("", "", "")}
    assert Partnership.objects.get().is_confirmed


def test_outside_contact_goes_as_soon_as_the_last_check_is_answered(
    start_work: StartWork, member: Membership
) -> None:
    partnership = start_work(members=[], outside=OUTSIDE, agreed=True)
    answer(partnership, member, 12)
    assert delete_expired_contacts(at=THREE_MONTHS + WEEK) == 1


def test_outside_contact_who_never_answers_goes_after_sixty_days(start_work: StartWork) -> None:
    start_work(members=[], outside=OUTSIDE)
    assert delete_expired_contacts(at=STARTED_AT + timedelta(days=59)) == 0
    assert delete_expired_contacts(at=STARTED_AT + timedelta(days=60)) == 1


def test_outside_contact_who_declines_or_wants_no_questions_goes(start_work: StartWork) -> None:
    partnership = start_work(members=[], outside=OUTSIDE, agreed=True)
    stop_asking(party=party_of(partnership, None), at=STARTED_AT + WEEK)
    assert not Party.objects.exclude(email="").exists()
    turn_at(THREE_MONTHS + WEEK)
    assert asked("partnership-check-outside") == []


def test_withdrawing_deletes_the_outside_contact(start_work: StartWork, member: Membership) -> None:
    partnership = start_work(members=[], outside=OUTSIDE)
    actions.withdraw(partnership=partnership, by=member.user, at=STARTED_AT)
    turn_at(STARTED_AT + SECOND)
    assert asked("partnership-agree-outside") == []
    assert not Party.objects.exclude(email="").exists()


def test_outside_contact_is_asked_second(start_work: StartWork, member: Membership) -> None:
    partnership = start_work(members=[], outside=OUTSIDE)
    agree(party=party_of(partnership, None), may_be_named=False, at=STARTED_AT + SECOND)
    turn_at(THREE_MONTHS)
    assert asked("partnership-check-outside") == []
    turn_at(THREE_MONTHS + WEEK)
    assert asked("partnership-check-outside") == [OUTSIDE.email]
