"""Tests of the e-mail to managers and colleagues, who have no account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from cohorts.models import Membership
from outbox.models import Message, Outcome, SuppressedAddress
from outbox.preferences.preferences import optional_rules, required_rules
from privacy.erasure import erase
from surveys.before_after.colleagues import withdraw_colleague
from surveys.before_after.retention import delete_expired
from surveys.before_after.switching import follow_features
from surveys.models import Colleague, Wave
from tests.services import Letterbox
from tests.surveys.before_after.conftest import END_CLOSED
from tests.surveys.conftest import LONG_AGO, Join
from tests.surveys.sending import SECOND, turn_at
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

DUE = datetime(2027, 4, 30, 8, tzinfo=UTC)
ADDRESS = "chris.webb@example.org"
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def server(smtp_server: Letterbox) -> Letterbox:
    return smtp_server


@pytest.fixture
def member(waves: dict[str, Wave], join: Join) -> Membership:
    return join(1)[0]


@pytest.fixture
def colleague(member: Membership) -> Colleague:
    return Colleague.objects.create(
        membership=member, name="Chris Webb", email=ADDRESS, named_at=LONG_AGO
    )


def letters() -> list[Message]:
    return list(Message.objects.filter(kind="wave-colleague"))


def test_colleague_is_asked_once_when_the_wave_opens(
    server: Letterbox, colleague: Colleague
) -> None:
    turn_at(DUE - SECOND)
    assert server.to(ADDRESS) == []
    for days in range(14):
        turn_at(DUE + timedelta(days=days))
    [letter] = server.to(ADDRESS)
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Dear Chris Webb," in text
    assert "if at least five managers and colleagues answered" in text
    assert "/before-and-after/seen/" in text
    assert "choices" not in text
    assert letter["List-Unsubscribe"] is None
    [message] = letters()
    assert (message.outcome, message.recipient, message.group_id) == (Outcome.SENT, None, 0)
    assert "/before-and-after/seen/" not in message.text


def test_colleague_who_is_named_later_is_asked_then(server: Letterbox, member: Membership) -> None:
    turn_at(DUE)
    named = DUE + timedelta(days=10)
    Colleague.objects.create(membership=member, name="Chris", email=ADDRESS, named_at=named)
    turn_at(named)
    assert len(server.to(ADDRESS)) == 1


def test_colleague_of_somebody_who_left_or_who_was_withdrawn_is_not_asked(
    server: Letterbox, member: Membership, colleague: Colleague
) -> None:
    member.leave(by=None, at=DUE - timedelta(days=1))
    turn_at(DUE)
    Membership.objects.update(left_at=None)
    withdraw_colleague(member, at=DUE)
    turn_at(DUE + timedelta(minutes=1))
    assert server.to(ADDRESS) == []


def test_message_is_dropped_if_the_colleague_is_withdrawn_before_it_is_sent(
    server: Letterbox, member: Membership, colleague: Colleague
) -> None:
    server.answers[ADDRESS] = "450 4.2.0 Try later"
    turn_at(DUE)
    assert [one.outcome for one in letters()] == [Outcome.DEFERRED]
    Colleague.objects.all().delete()
    server.answers.clear()
    turn_at(DUE + timedelta(hours=1))
    assert [one.outcome for one in letters()] == [Outcome.NO_RECIPIENT]
    assert server.to(ADDRESS) == []


def test_nothing_is_sent_to_a_suppressed_address(server: Letterbox, colleague: Colleague) -> None:
    SuppressedAddress.objects.create(
        address=ADDRESS, bounced_at=LONG_AGO, source="refused", said="550 No such person"
    )
    turn_at(DUE)
    assert [one.outcome for one in letters()] == [Outcome.SUPPRESSED]
    assert server.to(ADDRESS) == []


def test_address_goes_when_the_wave_has_closed(server: Letterbox, colleague: Colleague) -> None:
    turn_at(DUE)
    [message] = letters()
    assert message.address == ADDRESS
    SuppressedAddress.objects.create(
        address=ADDRESS, bounced_at=DUE, source="report", message=message
    )
    delete_expired(at=END_CLOSED - SECOND)
    assert letters()[0].address == ADDRESS
    delete_expired(at=END_CLOSED)
    [message] = letters()
    assert (message.address, message.text, message.outcome) == ("", "", Outcome.SENT)
    assert not SuppressedAddress.objects.exists()
    assert not User.objects.filter(email=ADDRESS).exists()


def test_withdrawal_erases_the_e_mail(member: Membership, colleague: Colleague) -> None:
    turn_at(DUE)
    withdraw_colleague(member, at=timezone.now())
    [message] = letters()
    assert (message.address, message.text, message.html) == ("", "", "")


@pytest.mark.parametrize("is_sent", [True, False], ids=["sent", "queued"])
@pytest.mark.parametrize("what", ["erasure", "switch"])
def test_erasure_and_switching_off_erase_the_e_mail_immediately(
    server: Letterbox,
    member: Membership,
    colleague: Colleague,
    administrator: User,
    is_sent: bool,
    what: str,
) -> None:
    if not is_sent:
        server.answers[ADDRESS] = "450 4.2.0 Try later"
    turn_at(DUE)
    message, at = letters()[0], DUE + timedelta(minutes=1)
    SuppressedAddress.objects.create(
        address=ADDRESS, bounced_at=DUE, source="report", message=message
    )
    assert message.address == ADDRESS
    if what == "erasure":
        erase(user=member.user, by=administrator, at=at)
    else:  # the last workshop has moved, after the e-mail was sent
        Workshop.objects.update(starts_at=F("starts_at") + WEEK, ends_at=F("ends_at") + WEEK)
        member.cohort.uses_before_after = False
        follow_features(member.cohort, at=at)
    row = Message.objects.filter(kind="wave-colleague").values()[0]
    assert not any(words in str(row) for words in (ADDRESS, "Chris", "Person"))
    assert row["outcome"] == (Outcome.SENT if is_sent else Outcome.ERASED)
    assert not SuppressedAddress.objects.exists()
    server.answers.clear()
    turn_at(DUE + timedelta(hours=1))
    assert len(server.to(ADDRESS)) == is_sent


def test_kind_is_not_among_the_e_mails_that_people_choose() -> None:
    kinds = {rule.kind for rule in (*optional_rules(), *required_rules())}
    assert "wave-colleague" not in kinds
