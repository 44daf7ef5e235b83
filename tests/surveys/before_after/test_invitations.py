"""Tests of the e-mails that ask participants, and of the task that deletes what has expired."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cohorts.models import Cohort, Membership
from outbox.models import Message, OptOut
from outbox.preferences.preferences import save_preferences, wanted_kinds
from surveys.before_after.answering import submit
from surveys.before_after.retention import Deleted, delete_expired
from surveys.models import Colleague, Hope, Occasion, Pseudonym, Wave
from tests.services import Letterbox
from tests.surveys.before_after.conftest import END_CLOSED, END_OPEN, Answer, all_answered
from tests.surveys.conftest import LONG_AGO, Join, make_workshop
from tests.surveys.sending import SECOND, recipients, turn_at, users_of
from workshops.models import Workshop

Waves = dict[str, Wave]
START_DUE = datetime(2027, 1, 7, 9, tzinfo=UTC)
# Three days later is a Sunday; the reminder is due on Monday. Six days later is a Wednesday.
NUDGE_DUE = datetime(2027, 1, 11, 9, tzinfo=UTC)
LAST_NUDGE_DUE = datetime(2027, 1, 13, 9, tzinfo=UTC)
END_DUE = datetime(2027, 4, 30, 8, tzinfo=UTC)
LATER_DUE = datetime(2027, 10, 28, 8, tzinfo=UTC)
LATER_CLOSES = datetime(2027, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def server(smtp_server: Letterbox) -> Letterbox:
    return smtp_server


@pytest.mark.django_db(transaction=True)
def test_participants_are_asked_and_reminded_twice_at_most(
    server: Letterbox, waves: Waves, join: Join
) -> None:
    quick, slow, left = join(3)
    left.leave(by=None, at=LONG_AGO + timedelta(days=1))
    turn_at(START_DUE - SECOND)
    assert recipients("wave") == set()
    turn_at(START_DUE)
    assert recipients("wave") == users_of(quick, slow)
    submit(
        wave=waves[Occasion.START],
        membership=quick,
        answers=all_answered(3),
        at=START_DUE + timedelta(hours=1),
    )
    turn_at(NUDGE_DUE - SECOND)
    assert recipients("wave-nudge") == set()
    turn_at(NUDGE_DUE)
    assert recipients("wave-nudge") == users_of(slow)
    turn_at(LAST_NUDGE_DUE)
    assert recipients("wave-nudge-2") == users_of(slow)
    for days in range(1, 30):
        turn_at(LAST_NUDGE_DUE + timedelta(days=days))
    assert Message.objects.filter(kind__startswith="wave", sent_at__isnull=False).count() == 4


@pytest.mark.django_db(transaction=True)
def test_link_in_the_e_mail_opens_the_wave(server: Letterbox, waves: Waves, join: Join) -> None:
    join(1)
    turn_at(START_DUE)
    [letter] = [one for one in server.messages if "Twelve questions" in str(one["Subject"])]
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "/before-and-after/" in text
    assert "Nobody sees the answers of one person" in text
    assert "Thursday 4 February 2027" in text
    assert "/before-and-after/" not in Message.objects.get(kind="wave").text


@pytest.mark.django_db(transaction=True)
def test_late_joiners_are_asked_as_they_join(server: Letterbox, waves: Waves, join: Join) -> None:
    join(1)
    turn_at(START_DUE)
    joined = START_DUE + timedelta(days=20)
    [late] = join(1, at=joined)
    turn_at(joined)
    assert recipients("wave") >= users_of(late)
    assert len(recipients("wave")) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("due", "days"), [(END_DUE, 14), (LATER_DUE, 21)], ids=["end", "six months on"]
)
def test_later_waves_ask_and_expire(
    server: Letterbox, waves: Waves, join: Join, due: datetime, days: int
) -> None:
    members = join(1)
    turn_at(due - SECOND)
    assert recipients("wave") == set()
    turn_at(due)
    assert recipients("wave") == users_of(*members)
    message = Message.objects.get(kind="wave")
    assert message.expires_at == due + timedelta(days=7)


@pytest.mark.django_db(transaction=True)
def test_nobody_is_asked_who_opted_out_or_whose_cohort_is_off(
    server: Letterbox, series: list[Workshop], cohort: Cohort, join: Join
) -> None:
    join(1)
    turn_at(START_DUE)
    assert recipients("wave") == set()


@pytest.mark.django_db(transaction=True)
def test_who_opted_out_gets_no_reminder_either(server: Letterbox, waves: Waves, join: Join) -> None:
    [member] = join(1)
    OptOut.objects.create(person=member.user, kind="wave", at=LONG_AGO)
    for moment in (START_DUE, NUDGE_DUE, LAST_NUDGE_DUE):
        turn_at(moment)
    assert Message.objects.filter(kind__startswith="wave").count() == 0


def test_colleagues_are_deleted_when_their_wave_has_closed(waves: Waves, join: Join) -> None:
    [member] = join(1)
    Colleague.objects.create(membership=member, name="Chris", email="chris@example.org")
    assert delete_expired(at=END_CLOSED - SECOND) == Deleted(0, 0, 0)
    assert delete_expired(at=END_CLOSED) == Deleted(0, 0, 1)
    assert Colleague.objects.count() == 0


def test_pseudonyms_and_hopes_are_deleted_30_days_after_the_last_wave(
    waves: Waves, join: Join, cohort: Cohort, answer: Answer
) -> None:
    [member, other] = join(2)
    elsewhere = Cohort.objects.create(programme=cohort.programme, name="Other", place="There")
    stays = Membership.objects.create(cohort=elsewhere, user=other.user)
    Pseudonym.objects.create(membership=stays)
    make_workshop(elsewhere, starts_at=None, ends_at=None, scheduled_at=None)
    answer(member, Occasion.START, all_answered(3) | {"hope": "To meet."})
    answer(other, Occasion.END, all_answered(3))
    day = LATER_CLOSES - timedelta(hours=1) + timedelta(days=30)
    assert delete_expired(at=day - SECOND) == Deleted(0, 0, 0)
    assert delete_expired(at=day) == Deleted(2, 1, 0)
    assert [one.membership for one in Pseudonym.objects.all()] == [stays]
    assert Hope.objects.count() == 0


def test_nothing_is_deleted_while_the_last_wave_has_no_time(
    waves: Waves, series: list[Workshop], join: Join, answer: Answer
) -> None:
    answer(*join(1), Occasion.START, all_answered(3))
    Workshop.objects.filter(pk=series[5].pk).update(starts_at=None, ends_at=None, scheduled_at=None)
    assert delete_expired(at=END_OPEN + timedelta(days=999)) == Deleted(0, 0, 0)


def test_preferences_list_the_kinds_only_if_a_cohort_uses_it(
    series: list[Workshop], cohort: Cohort, join: Join
) -> None:
    [member] = join(1)
    kinds = {"wave", "wave-nudge", "wave-nudge-2"}
    Cohort.objects.filter(pk=cohort.pk).update(uses_before_after=False)
    OptOut.objects.create(person=member.user, kind="wave-nudge", at=LONG_AGO)
    save_preferences(
        person=member.user, wanted=wanted_kinds(member.user), text_only=False, at=LONG_AGO
    )
    assert kinds & set(wanted_kinds(member.user)) == set()
    Cohort.objects.filter(pk=cohort.pk).update(uses_before_after=True)
    assert kinds & set(wanted_kinds(member.user)) == {"wave", "wave-nudge-2"}
