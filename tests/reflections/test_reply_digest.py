"""The digest of unseen replies, sent by the sending loop: its recipients, times and contents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import Turn, take_turn
from outbox.models import Message
from outbox.preferences.preferences import opt_out
from outbox.queueing import generate
from outbox.rules import all_rules
from reflections.entries import delete_reply, reply, share
from reflections.models import Audience, Reflection, Reply
from reflections.reply_digest import KIND, REPLIES
from reflections.threads import mark_replies_seen
from tests.people import signed_in
from workshops.models import Workshop

Entry = Callable[..., Reflection]
AddReply = Callable[..., Reply]

MONDAY = datetime(2027, 3, 22, 10, 0, tzinfo=UTC)
TUESDAY_AT_EIGHT = datetime(2027, 3, 23, 8, 0, tzinfo=UTC)
# 8am in London, in UTC, on the Sunday on which the clocks go forward.
SUNDAY_AT_EIGHT = datetime(2027, 3, 28, 7, 0, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
WORDS = "the heron at the weir"


@pytest.fixture(autouse=True)
def members_joined_a_month_earlier(facilitator: User, participant: User, peer: User) -> None:
    Membership.objects.update(joined_at=MONDAY - 30 * DAY)


@pytest.fixture
def shared(entry: Entry) -> Reflection:
    return entry(audience=Audience.COHORT, at=MONDAY - HOUR)


@pytest.fixture
def add_reply(shared: Reflection, facilitator: User) -> AddReply:
    def add_reply(
        by: User = facilitator, *, at: datetime = MONDAY, to: Reply | None = None
    ) -> Reply:
        return reply(reflection=shared, author=by, body=WORDS, at=at, to=to)

    return add_reply


def turn_at(moment: datetime) -> Turn:
    return take_turn(lambda: moment)


def digest_recipients(moment: datetime = TUESDAY_AT_EIGHT) -> list[str]:
    """Run the sending loop, and return the names of those to whom it sends a digest."""
    before = set(Message.objects.values_list("pk", flat=True))
    turn_at(moment)
    new = Message.objects.filter(kind=KIND, sent_at__isnull=False).exclude(pk__in=before)
    return sorted(str(message.recipient) for message in new)


def test_author_is_notified_once_at_eight_the_next_morning(
    add_reply: AddReply, shared: Reflection, participant: User, mailoutbox: list[EmailMessage]
) -> None:
    add_reply()
    assert digest_recipients(TUESDAY_AT_EIGHT - SECOND) == []
    assert digest_recipients(TUESDAY_AT_EIGHT) == ["Amina Rahman"]
    assert digest_recipients(TUESDAY_AT_EIGHT + HOUR) == []
    [mail] = mailoutbox
    assert mail.to == [participant.email]
    assert mail.subject == "You have 1 reply to read"
    assert "- 1 reply to what you wrote\n" in mail.body
    assert f"Read the reply:\nhttp://testserver{shared.get_absolute_url()}" in mail.body.replace(
        "http://127.0.0.1:8000", "http://testserver"
    )
    assert "An answer to this e-mail reaches nobody." in mail.body


@pytest.mark.parametrize(
    ("zone", "written", "due"),
    [
        ("Europe/London", datetime(2027, 3, 22, 0, 0, tzinfo=UTC), TUESDAY_AT_EIGHT),
        ("Europe/London", datetime(2027, 3, 22, 23, 59, 59, tzinfo=UTC), TUESDAY_AT_EIGHT),
        ("Europe/London", datetime(2027, 3, 27, 23, 59, 59, tzinfo=UTC), SUNDAY_AT_EIGHT),
        (
            "Europe/London",
            datetime(2027, 10, 30, 12, 0, tzinfo=UTC),
            datetime(2027, 10, 31, 8, 0, tzinfo=UTC),
        ),
        (
            "Pacific/Auckland",
            datetime(2027, 3, 22, 10, 0, tzinfo=UTC),
            datetime(2027, 3, 22, 19, 0, tzinfo=UTC),
        ),
        (
            "America/New_York",
            datetime(2027, 3, 23, 1, 0, tzinfo=UTC),
            datetime(2027, 3, 23, 12, 0, tzinfo=UTC),
        ),
    ],
)
def test_digest_is_due_at_eight_in_the_cohorts_time_zone(
    entry: Entry, cohort: Cohort, facilitator: User, zone: str, written: datetime, due: datetime
) -> None:
    Cohort.objects.update(time_zone=zone)
    shared = entry(audience=Audience.COHORT, at=MONDAY - DAY)
    reply(reflection=shared, author=facilitator, body=WORDS, at=written)
    assert list(REPLIES.due(due - SECOND, due).values_list("owed_due", flat=True)) == [due]
    assert (digest_recipients(due - SECOND), digest_recipients(due)) == ([], ["Amina Rahman"])


def test_replies_of_each_day_are_sent_in_one_digest(
    add_reply: AddReply,
    entry: Entry,
    workshop: Workshop,
    facilitator: User,
    peer: User,
    mailoutbox: list[EmailMessage],
) -> None:
    about = entry(audience=Audience.FACILITATORS, workshop=workshop, at=MONDAY - HOUR)
    for number in range(3):
        add_reply(peer, at=MONDAY + number * HOUR)
    reply(reflection=about, author=facilitator, body=WORDS, at=MONDAY)
    add_reply(at=MONDAY + DAY)
    assert digest_recipients(TUESDAY_AT_EIGHT) == ["Amina Rahman"]
    # A reply on Tuesday, before the e-mail is sent, is included. If it is still unseen, Wednesday's
    # e-mail includes it too.
    assert [line for line in mailoutbox[0].body.splitlines() if line.startswith("- ")] == [
        "- 4 replies to what you wrote",
        "- 1 reply to what you wrote about workshop 3",
    ]
    assert "/reflections/\n" in mailoutbox[0].body
    assert digest_recipients(TUESDAY_AT_EIGHT + DAY) == ["Amina Rahman"]
    assert digest_recipients(TUESDAY_AT_EIGHT + 2 * DAY) == []
    assert Message.objects.filter(kind=KIND).count() == 2


def test_delayed_digest_is_sent_within_two_days(add_reply: AddReply) -> None:
    add_reply()
    assert digest_recipients(TUESDAY_AT_EIGHT + 2 * DAY - SECOND) == ["Amina Rahman"]


def test_delayed_digest_is_not_sent_after_two_days(add_reply: AddReply) -> None:
    add_reply()
    assert digest_recipients(TUESDAY_AT_EIGHT + 2 * DAY) == []


def test_author_is_not_notified_of_their_own_reply(add_reply: AddReply, participant: User) -> None:
    add_reply(participant)
    assert digest_recipients() == []


def test_author_is_not_notified_of_a_seen_reply(
    add_reply: AddReply, shared: Reflection, participant: User
) -> None:
    """Opening the page marks the reply as seen."""
    said = add_reply()
    signed_in(participant).get(shared.get_absolute_url())
    assert digest_recipients() == []
    assert Reflection.objects.get().replies_seen_at == said.written_at


def test_author_is_notified_of_a_reply_after_their_last_visit(
    add_reply: AddReply, shared: Reflection
) -> None:
    mark_replies_seen(shared, until=add_reply().written_at)
    add_reply(at=MONDAY + HOUR)
    assert digest_recipients() == ["Amina Rahman"]


def test_people_who_wrote_in_a_thread_are_notified_of_answers(
    add_reply: AddReply,
    participant: User,
    peer: User,
    facilitator: User,
    mailoutbox: list[EmailMessage],
) -> None:
    opening = add_reply(facilitator)
    add_reply(participant, to=opening, at=MONDAY + HOUR)
    add_reply(peer, to=opening, at=MONDAY + 2 * HOUR)
    assert digest_recipients() == ["Amina Rahman", "Ruth Okafor"]
    to_ruth = next(mail for mail in mailoutbox if mail.to == [facilitator.email])
    assert "- 2 replies in a conversation that you are part of\n" in to_ruth.body
    assert "Amina" not in to_ruth.body


def test_link_opens_the_only_entry_or_a_list_of_several(
    add_reply: AddReply,
    entry: Entry,
    shared: Reflection,
    cohort: Cohort,
    participant: User,
    facilitator: User,
) -> None:
    def path(person: User) -> str:
        generate(TUESDAY_AT_EIGHT)
        message = Message.objects.get(kind=KIND, recipient=person)
        return all_rules()[KIND].link(message).removeprefix(settings.BASE_URL)

    add_reply(participant, to=add_reply(facilitator), at=MONDAY + HOUR)
    assert path(facilitator) == path(participant) == shared.get_absolute_url()

    other = entry(audience=Audience.COHORT, at=MONDAY - HOUR)
    opening = reply(reflection=other, author=facilitator, body=WORDS, at=MONDAY)
    reply(reflection=other, author=participant, body=WORDS, at=MONDAY + HOUR, to=opening)
    assert path(participant) == reverse("reflections:reflection_list")
    assert path(facilitator) == reverse("home:cohort_reflections", args=[cohort.public_id])


def test_person_who_answered_since_is_not_notified(
    add_reply: AddReply, participant: User, facilitator: User
) -> None:
    opening = add_reply(facilitator)
    add_reply(participant, to=opening, at=MONDAY + HOUR)
    add_reply(facilitator, to=opening, at=MONDAY + 2 * HOUR)
    assert digest_recipients() == ["Amina Rahman"]


def test_person_in_another_thread_is_not_notified(
    add_reply: AddReply, participant: User, peer: User, facilitator: User
) -> None:
    add_reply(peer)
    add_reply(participant, to=add_reply(facilitator), at=MONDAY + HOUR)
    assert digest_recipients() == ["Amina Rahman", "Ruth Okafor"]


def test_person_who_can_no_longer_read_is_not_notified(
    entry: Entry, participant: User, peer: User, facilitator: User
) -> None:
    """After an answer in the peer's thread, the author shares the entry with facilitators only."""
    kept = entry(audience=Audience.COHORT, at=MONDAY - HOUR)
    opening = reply(reflection=kept, author=peer, body=WORDS, at=MONDAY)
    reply(reflection=kept, author=facilitator, body=WORDS, at=MONDAY + HOUR, to=opening)
    kept = share(
        reflection=kept, audience=Audience.FACILITATORS, by=participant, at=MONDAY + 2 * HOUR
    )
    assert digest_recipients() == ["Amina Rahman"]


def test_former_member_is_not_notified(add_reply: AddReply, participant: User) -> None:
    add_reply()
    Membership.objects.filter(user=participant).update(left_at=MONDAY + HOUR)
    assert digest_recipients() == []


def test_rejoined_member_is_not_notified_of_replies_during_their_absence(
    add_reply: AddReply, cohort: Cohort, peer: User
) -> None:
    opening = add_reply(peer)
    Membership.objects.filter(user=peer).update(left_at=MONDAY + HOUR)
    Membership.objects.create(cohort=cohort, user=peer, joined_at=MONDAY + 3 * HOUR)
    add_reply(to=opening, at=MONDAY + 2 * HOUR)
    assert digest_recipients() == ["Amina Rahman"]
    add_reply(to=opening, at=MONDAY + DAY)
    assert digest_recipients(TUESDAY_AT_EIGHT + DAY) == ["Amina Rahman", "Dev Patel"]


def test_rejoined_author_is_notified_once(
    add_reply: AddReply, cohort: Cohort, participant: User
) -> None:
    Membership.objects.filter(user=participant).update(left_at=MONDAY - DAY)
    Membership.objects.create(cohort=cohort, user=participant, joined_at=MONDAY - HOUR)
    add_reply()
    assert digest_recipients() == ["Amina Rahman"]
    assert Message.objects.filter(kind=KIND).count() == 1


def test_person_who_opted_out_is_not_notified(add_reply: AddReply, participant: User) -> None:
    add_reply()
    assert opt_out(person=participant, kind=KIND, at=MONDAY)
    assert digest_recipients() == []


def queue_act_and_deliver(act: Callable[[], object]) -> list[str]:
    """Queue the digest, call `act`, then run the sending loop; return the digest's recipients."""
    moment = TUESDAY_AT_EIGHT
    assert all_rules()[KIND].owed(moment).exists()
    generate(moment)
    act()
    return recipients_of_queued(moment)


def recipients_of_queued(moment: datetime) -> list[str]:
    turn_at(moment)
    return [str(one.recipient) for one in Message.objects.filter(kind=KIND, sent_at__isnull=False)]


def test_queued_digest_is_not_sent_after_the_reply_is_deleted(
    add_reply: AddReply, facilitator: User
) -> None:
    said = add_reply()
    assert (
        queue_act_and_deliver(lambda: delete_reply(reply=said, by=facilitator, at=MONDAY + DAY))
        == []
    )


def test_queued_digest_is_not_sent_after_the_entry_is_made_private(
    add_reply: AddReply, shared: Reflection, participant: User
) -> None:
    add_reply()

    def share_with_nobody() -> None:
        share(reflection=shared, audience=Audience.ONLY_ME, by=participant, at=MONDAY + HOUR)

    assert queue_act_and_deliver(share_with_nobody) == []


def test_queued_digest_is_not_sent_after_the_entry_is_deleted(
    add_reply: AddReply, shared: Reflection
) -> None:
    add_reply()
    assert queue_act_and_deliver(shared.delete) == []


def test_queued_digest_is_not_sent_after_the_reply_is_seen(
    add_reply: AddReply, shared: Reflection
) -> None:
    said = add_reply()
    assert queue_act_and_deliver(lambda: mark_replies_seen(shared, until=said.written_at)) == []


def test_queued_digest_is_sent_while_one_reply_remains(
    add_reply: AddReply, facilitator: User, peer: User
) -> None:
    said = add_reply()
    add_reply(peer)
    taken = lambda: delete_reply(reply=said, by=facilitator, at=MONDAY + HOUR)  # noqa: E731
    assert queue_act_and_deliver(taken) == ["Amina Rahman"]
