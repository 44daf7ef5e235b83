"""Retention: a cohort's data is deleted, and its members are notified a month before."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from outbox.models import Message, MessageOverride
from privacy.models import Erasure, Notice, Retention
from privacy.retention import Step, step
from privacy.tasks import purge_expired
from reflections.experiments.actions import delete, start
from reflections.experiments.follow_ups import LookBack
from reflections.models import Draft, Experiment, Reflection, Reply, Tombstone
from reports.figures import figures_of
from reports.rows import rows_of
from sets.models import ChangeWish, SetNote
from tests.concurrency import run_concurrently
from tests.people import signed_in
from tests.privacy.conftest import DELETION_DUE, ENDS, NOTICE_DUE, OTHER_WORDS, WORDS, make_workshop
from tests.privacy.sets_of import write_set_note
from workshops.models import Announcement, Workshop

HOUR = timedelta(hours=1)
NOTHING = Step(notices_given=0, notices_withdrawn=0, people=0, finished=0, swept=0)


def step_and_deliver(moment: datetime) -> Step:
    """Run the hourly deletion step at this moment, and then the sending loop."""
    done = step(at=moment)
    take_turn(lambda: moment)
    return done


def notified_addresses(mailoutbox: list[EmailMessage]) -> list[str]:
    return sorted(mail.to[0] for mail in mailoutbox if mail.subject.startswith("What you wrote in"))


BOTH_ADDRESSES = ["amina.participant@example.org", "ruth.facilitator@example.org"]


def test_step_does_nothing_until_a_month_before_the_deletion(
    last_workshop: Workshop, mailoutbox: list[EmailMessage]
) -> None:
    for moment in (ENDS, ENDS + timedelta(days=200), NOTICE_DUE - HOUR):
        assert step(at=moment) == NOTHING
    assert (notified_addresses(mailoutbox), Notice.objects.count()) == ([], 0)


def test_everybody_is_notified_once_a_month_before(
    last_workshop: Workshop, mailoutbox: list[EmailMessage]
) -> None:
    step_and_deliver(NOTICE_DUE)
    for hours in range(1, 4):
        step_and_deliver(NOTICE_DUE + hours * HOUR)
    assert notified_addresses(mailoutbox) == BOTH_ADDRESSES
    letters = {mail.to[0]: mail for mail in mailoutbox}
    assert (
        letters[BOTH_ADDRESSES[0]].subject
        == "What you wrote in North East, spring 2027 will be deleted on Saturday 1 April 2028"
    )
    words = {address: str(letter.body) for address, letter in letters.items()}
    assert "http://127.0.0.1:8000/my-data/" in words[BOTH_ADDRESSES[0]]
    assert ["/retention/" in words[address] for address in BOTH_ADDRESSES] == [False, True]


def test_data_is_deleted_a_month_after_the_notice(
    last_workshop: Workshop,
    cohort: Cohort,
    participant: User,
    facilitator: User,
    other_cohort: Cohort,
) -> None:
    before = [str(row) for row in rows_of(figures_of(cohort, DELETION_DUE))]
    step_and_deliver(NOTICE_DUE)
    goes = Notice.objects.get().goes_at
    assert step(at=goes - HOUR) == NOTHING
    assert step(at=goes) == Step(
        notices_given=0, notices_withdrawn=0, people=2, finished=1, swept=0
    )
    participant.refresh_from_db()
    facilitator.refresh_from_db()
    assert (participant.erased_at, facilitator.erased_at) == (goes, None)
    assert [entry.body for entry in Reflection.objects.all()] == [OTHER_WORDS]
    assert sorted(Membership.objects.values_list("cohort__name", "needs")) == [
        ("Essex", "Coeliac"),
        ("North East, spring 2027", ""),
        ("North East, spring 2027", ""),
    ]
    assert set(Message.objects.filter(group_id=cohort.pk).values_list("text", "address")) == {
        ("", "")
    }
    assert list(Announcement.objects.values_list("body", flat=True)) == [""]
    assert MessageOverride.objects.exclude(note="").count() == 0
    assert Tombstone.objects.filter(cohort=cohort).count() == 2
    assert [str(row) for row in rows_of(figures_of(cohort, DELETION_DUE))] == before
    log = Erasure.objects.values_list("person", "kind", "cohort", "by")
    assert set[object](log) == {
        (participant.pk, "person", cohort.pk, None),
        (facilitator.pk, "cohort", cohort.pk, None),
    }


def test_step_does_nothing_after_the_deletion(
    last_workshop: Workshop, other_cohort: Cohort, mailoutbox: list[EmailMessage]
) -> None:
    step_and_deliver(NOTICE_DUE)
    goes = Notice.objects.get().goes_at
    step_and_deliver(goes)
    for days in (1, 40, 400):
        moment = goes + timedelta(days=days)
        assert step(at=moment).people == 0
    assert Notice.objects.filter(cohort=last_workshop.cohort).count() == 1
    assert notified_addresses(mailoutbox) == BOTH_ADDRESSES


def test_nothing_is_deleted_until_a_month_after_the_e_mails_were_sent(
    last_workshop: Workshop, participant: User, facilitator: User, other_cohort: Cohort
) -> None:
    """The e-mails are sent a month late, so the data is deleted a month later than planned."""
    step(at=NOTICE_DUE)
    goes = Notice.objects.get().goes_at
    assert step(at=goes) == NOTHING
    with time_machine.travel(goes, tick=False):
        take_turn(lambda: goes)
    assert Message.objects.filter(kind="removal", sent_at=goes).count() == 2
    assert Message.objects.filter(kind="removal")[0].subject.endswith("Monday 1 May 2028")
    assert step(at=goes + timedelta(days=30) - HOUR).people == 0
    assert step(at=goes + timedelta(days=30)).people == 2


def test_person_who_cannot_be_notified_is_erased_with_the_others(
    last_workshop: Workshop, participant: User, cohort: Cohort
) -> None:
    User.objects.filter(pk=participant.pk).update(is_active=False)
    step_and_deliver(NOTICE_DUE)
    assert step(at=Notice.objects.get().goes_at) == Step(
        notices_given=0, notices_withdrawn=0, people=2, finished=1, swept=0
    )
    assert User.objects.filter(erased_at=None).count() == 0


@pytest.mark.parametrize("how", ["moved", "another", "kept"])
def test_cohort_that_continues_after_the_notice_is_not_deleted(
    how: str,
    last_workshop: Workshop,
    cohort: Cohort,
    facilitator: User,
    mailoutbox: list[EmailMessage],
) -> None:
    step_and_deliver(NOTICE_DUE)
    goes = Notice.objects.get().goes_at
    later = ENDS + timedelta(days=91)
    if how == "moved":
        Workshop.objects.filter(pk=last_workshop.pk).update(ends_at=later)
    elif how == "another":
        make_workshop(cohort, 7, later - timedelta(hours=3))
    else:
        Retention.objects.create(cohort=cohort, months=15, set_at=NOTICE_DUE, set_by=facilitator)
    assert step(at=goes) == Step(
        notices_given=0, notices_withdrawn=1, people=0, finished=0, swept=0
    )
    assert Reflection.objects.count() == 2
    moment = goes + timedelta(days=62)
    step_and_deliver(moment)
    assert notified_addresses(mailoutbox) == sorted(BOTH_ADDRESSES * 2)
    assert step(at=moment + timedelta(days=29)).people == 0
    assert step(at=moment + timedelta(days=32)).people == 2


def test_shorter_retention_after_the_notice_does_not_bring_the_deletion_forward(
    last_workshop: Workshop, cohort: Cohort, facilitator: User
) -> None:
    step_and_deliver(NOTICE_DUE)
    Retention.objects.create(cohort=cohort, months=1, set_at=NOTICE_DUE, set_by=facilitator)
    assert step(at=NOTICE_DUE + timedelta(days=29)) == NOTHING
    assert step(at=Notice.objects.get().goes_at).people == 2


def test_step_that_was_not_run_for_two_years_still_gives_a_months_notice(
    last_workshop: Workshop,
) -> None:
    late = DELETION_DUE + timedelta(days=700)
    step_and_deliver(late)
    goes = Notice.objects.get().goes_at
    assert goes - late > timedelta(days=30)
    assert step(at=goes - HOUR).people == 0
    assert step(at=goes).people == 2


def test_step_continues_an_interrupted_one(
    last_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    step_and_deliver(NOTICE_DUE)
    goes = Notice.objects.get().goes_at
    assert step(at=goes, most=1) == Step(
        notices_given=0, notices_withdrawn=0, people=1, finished=0, swept=0
    )
    assert step(at=goes, most=1) == Step(
        notices_given=0, notices_withdrawn=0, people=1, finished=1, swept=0
    )
    assert Reflection.objects.count() == 0


def test_cohort_without_dates_ends_when_it_was_created(cohort: Cohort, participant: User) -> None:
    Cohort.objects.update(made_at=ENDS)
    assert step(at=NOTICE_DUE - HOUR) == NOTHING
    assert step(at=NOTICE_DUE).notices_given == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_steps_delete_once(last_workshop: Workshop, other_cohort: Cohort) -> None:
    run_concurrently([lambda: step(at=NOTICE_DUE)] * 3)
    take_turn(lambda: NOTICE_DUE)
    goes = Notice.objects.get().goes_at
    done = run_concurrently([lambda: step(at=goes)] * 3)
    assert (sum(one.people for one in done), sum(one.finished for one in done)) == (2, 1)
    assert (Notice.objects.count(), Erasure.objects.count(), Tombstone.objects.count()) == (1, 2, 2)


def test_notice_is_listed_in_the_cohorts_messages(
    last_workshop: Workshop, cohort: Cohort, facilitator_client: Client
) -> None:
    step_and_deliver(NOTICE_DUE)
    page = facilitator_client.get(f"/cohorts/{cohort.public_id}/messages/")
    assert "Your data will be deleted in a month" in page.content.decode()
    line = facilitator_client.get(
        f"/cohorts/{cohort.public_id}/messages/removal/{Notice.objects.get().pk}/"
    )
    assert (line.status_code, "Amina Rahman" in line.content.decode()) == (200, True)


def delete_cohort_data(last_workshop: Workshop, *, at: datetime) -> Notice:
    """Give deletion notice at this moment, and delete the data a month later; return the notice."""
    step_and_deliver(at)
    step_and_deliver(Notice.objects.get().goes_at)
    return Notice.objects.get(finished_at__isnull=False)


def test_no_page_reveals_writing_after_the_deletion(
    last_workshop: Workshop,
    other_cohort: Cohort,
    facilitator: User,
    cohort: Cohort,
    administrator: User,
) -> None:
    """A member of a second cohort can still write in the cohort whose data was deleted.

    Only that member is notified that the new text will be deleted, and nobody else can see the
    notice.
    """
    at = delete_cohort_data(last_workshop, at=NOTICE_DUE).goes_at + HOUR
    here = f"/cohorts/{cohort.public_id}/"
    there = (
        here,
        f"{here}messages/",
        f"{here}retention/",
        f"/people/{facilitator.public_id}/data/",
    )

    def seen() -> list[str]:
        with time_machine.travel(at + 2 * HOUR, tick=False):
            client = signed_in(administrator)
            return [re.sub(r"\b\w{64}\b", "", client.get(page).content.decode()) for page in there]

    step_and_deliver(at)
    before = seen()
    facts = {"author": facilitator, "cohort": cohort, "written_at": at, "changed_at": at}
    Reflection.objects.create(body="for me alone", **facts)
    step_and_deliver(at + HOUR)
    warning = Message.objects.get(kind="removal", due_at=at + HOUR)
    assert (warning.recipient, warning.status) == (facilitator, "sent")
    assert seen() == before
    client = signed_in(administrator)
    assert client.get(f"{here}messages/removal/{warning.subject_id}/").status_code == 404
    assert client.get(f"/messages/{warning.public_id}/").status_code == 404


@pytest.mark.parametrize("kind", ["reflection", "experiment", "draft", "reply", "note", "wish"])
def test_text_written_after_the_deletion_is_deleted(
    kind: str, last_workshop: Workshop, other_cohort: Cohort, facilitator: User, cohort: Cohort
) -> None:
    at = delete_cohort_data(last_workshop, at=NOTICE_DUE).goes_at + HOUR
    whose: dict[str, Any] = {"author": facilitator, "cohort": cohort}
    when = {"written_at": at, "changed_at": at}
    if kind == "reflection":
        Reflection.objects.create(body=WORDS, **whose, **when)
    elif kind == "experiment":
        Experiment.objects.create(words=WORDS, started_at=at, changed_at=at, **whose)
    elif kind == "draft":
        Draft.objects.create(entry="draft0000001", body=WORDS, typed_at=at, **whose)
    elif kind == "note":
        write_set_note(facilitator, cohort, words=WORDS, at=at)
    elif kind == "wish":
        member = cohort.memberships.get(user=facilitator)
        ChangeWish.objects.create(membership=member, text=WORDS, written_at=at)
    else:
        entry = Reflection.objects.create(
            body=WORDS, **whose | {"author": join(other_cohort, cohort)}, **when
        )
        Reply.objects.create(reflection=entry, author=facilitator, body=WORDS, written_at=at)
    step_and_deliver(at)
    warned = Message.objects.filter(kind="removal", due_at=at, recipient=facilitator)
    assert [one.status for one in warned] == ["sent"]
    step_and_deliver(Notice.objects.active().get().goes_at)
    left = [
        model.objects.filter(author=facilitator)
        for model in (Reflection, Experiment, Draft, Reply, SetNote)
    ]
    assert not ChangeWish.objects.exists()
    assert [
        str(one) for rows in left for one in rows if getattr(one, "cohort", cohort) == cohort
    ] == []


def join(*cohorts: Cohort) -> User:
    """Create a user who is a participant in each of the cohorts."""
    user = User.objects.create_user("dev@example.org", "Dev Patel")
    for cohort in cohorts:
        Membership.objects.create(cohort=cohort, user=user, joined_at=ENDS)
    return user


def test_follow_up_e_mails_are_deleted_with_their_cohort(
    last_workshop: Workshop, other_cohort: Cohort, facilitator: User, cohort: Cohort
) -> None:
    """One of two experiments is deleted first, so only its message still refers to the cohort."""
    day = (ENDS + timedelta(days=5)).date()
    for words in ("to listen", "to ask"):
        start(author=facilitator, cohort=cohort, words=words, at=ENDS, look_back=LookBack(on=day))
    take_turn(lambda: ENDS + timedelta(days=5))
    asked = Message.objects.filter(kind="look-back", sent_at__isnull=False)
    assert [bool(one.address and one.text) for one in asked] == [True, True]
    delete(experiment=Experiment.objects.earliest("pk"), by=facilitator)
    delete_cohort_data(last_workshop, at=NOTICE_DUE)
    assert list(asked.values_list("address", "subject", "text", "html")) == [("",) * 4] * 2


@pytest.mark.django_db
def test_hourly_task_takes_a_step(last_workshop: Workshop) -> None:
    with time_machine.travel(NOTICE_DUE, tick=False):
        purge_expired()
    assert Notice.objects.get().given_at == NOTICE_DUE


def test_command_prints_the_results(
    last_workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("purge_expired", "--at", NOTICE_DUE.isoformat())
    assert capsys.readouterr().out == (
        "1 notices given, 0 withdrawn; 0 people’s data deleted, 0 cohorts finished, 0 leftovers "
        "deleted.\n"
    )
