"""Who is told that there are replies, and when: through whole turns of the sending loop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from cohorts.message_templates import save_message_template
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import Turn, take_turn
from outbox.forecast import tallies, unwritten
from outbox.history import written
from outbox.models import Message
from outbox.preferences.preferences import opt_out
from outbox.queueing import generate
from outbox.rules import all_rules
from reflections.entries import delete_reply, reply, share
from reflections.models import Audience, Reflection, Reply
from reflections.reply_digest import KIND, REPLIES, lines_of
from reflections.threads import mark_replies_seen
from tests.people import signed_in
from workshops.models import Workshop

Entry = Callable[..., Reflection]
Say = Callable[..., Reply]

MONDAY = datetime(2027, 3, 22, 10, 0, tzinfo=UTC)
TUESDAY_AT_EIGHT = datetime(2027, 3, 23, 8, 0, tzinfo=UTC)
# Sunday, on which the clocks of Europe/London have gone forward.
SUNDAY_AT_EIGHT = datetime(2027, 3, 28, 7, 0, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
WORDS = "the heron at the weir"


@pytest.fixture(autouse=True)
def all_there(facilitator: User, participant: User, peer: User) -> None:
    Membership.objects.update(joined_at=MONDAY - 30 * DAY)


@pytest.fixture
def shared(entry: Entry) -> Reflection:
    return entry(audience=Audience.COHORT, at=MONDAY - HOUR)


@pytest.fixture
def say(shared: Reflection, facilitator: User) -> Say:
    def say(by: User = facilitator, *, at: datetime = MONDAY, to: Reply | None = None) -> Reply:
        return reply(reflection=shared, author=by, body=WORDS, at=at, to=to)

    return say


def turn_at(moment: datetime) -> Turn:
    return take_turn(lambda: moment)


def told(moment: datetime = TUESDAY_AT_EIGHT) -> list[str]:
    """To whom a word of replies goes in a turn at that moment."""
    before = set(Message.objects.values_list("pk", flat=True))
    turn_at(moment)
    new = Message.objects.filter(kind=KIND, sent_at__isnull=False).exclude(pk__in=before)
    return sorted(str(message.recipient) for message in new)


def test_author_is_told_at_eight_the_next_morning_once(
    say: Say, shared: Reflection, participant: User, mailoutbox: list[EmailMessage]
) -> None:
    say()
    assert told(TUESDAY_AT_EIGHT - SECOND) == []
    assert told(TUESDAY_AT_EIGHT) == ["Amina Rahman"]
    assert told(TUESDAY_AT_EIGHT + HOUR) == []
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
def test_eight_is_by_the_clock_of_the_cohorts_place(
    entry: Entry, cohort: Cohort, facilitator: User, zone: str, written: datetime, due: datetime
) -> None:
    Cohort.objects.update(time_zone=zone)
    shared = entry(audience=Audience.COHORT, at=MONDAY - DAY)
    reply(reflection=shared, author=facilitator, body=WORDS, at=written)
    assert list(REPLIES.due(due - SECOND, due).values_list("owed_due", flat=True)) == [due]
    assert (told(due - SECOND), told(due)) == ([], ["Amina Rahman"])


def test_all_of_a_day_come_in_one_letter_and_the_next_days_in_another(
    say: Say,
    entry: Entry,
    workshop: Workshop,
    facilitator: User,
    peer: User,
    mailoutbox: list[EmailMessage],
) -> None:
    about = entry(audience=Audience.FACILITATORS, workshop=workshop, at=MONDAY - HOUR)
    for number in range(3):
        say(peer, at=MONDAY + number * HOUR)
    reply(reflection=about, author=facilitator, body=WORDS, at=MONDAY)
    say(at=MONDAY + DAY)
    assert told(TUESDAY_AT_EIGHT) == ["Amina Rahman"]
    # What came meanwhile is told with them, and once more by itself if it is still not seen.
    assert [line for line in mailoutbox[0].body.splitlines() if line.startswith("- ")] == [
        "- 4 replies to what you wrote",
        "- 1 reply to what you wrote about workshop 3",
    ]
    assert "/reflections/\n" in mailoutbox[0].body
    assert told(TUESDAY_AT_EIGHT + DAY) == ["Amina Rahman"]
    assert told(TUESDAY_AT_EIGHT + 2 * DAY) == []
    assert Message.objects.filter(kind=KIND).count() == 2


def test_sending_that_was_held_up_is_made_good_for_two_days(say: Say) -> None:
    say()
    assert told(TUESDAY_AT_EIGHT + 2 * DAY - SECOND) == ["Amina Rahman"]


def test_after_two_days_nobody_is_told(say: Say) -> None:
    say()
    assert told(TUESDAY_AT_EIGHT + 2 * DAY) == []


def test_own_words_are_no_news(say: Say, participant: User) -> None:
    say(participant)
    assert told() == []


def test_what_was_seen_is_no_news(say: Say, shared: Reflection, participant: User) -> None:
    """Seen by opening the page, as the author does."""
    said = say()
    signed_in(participant).get(shared.get_absolute_url())
    assert told() == []
    assert Reflection.objects.get().replies_seen_at == said.written_at


def test_what_came_after_the_author_looked_is_news(say: Say, shared: Reflection) -> None:
    mark_replies_seen(shared, until=say().written_at)
    say(at=MONDAY + HOUR)
    assert told() == ["Amina Rahman"]


def test_who_spoke_in_the_thread_is_told_of_answers(
    say: Say, participant: User, peer: User, facilitator: User, mailoutbox: list[EmailMessage]
) -> None:
    opening = say(facilitator)
    say(participant, to=opening, at=MONDAY + HOUR)
    say(peer, to=opening, at=MONDAY + 2 * HOUR)
    assert told() == ["Amina Rahman", "Ruth Okafor"]
    to_ruth = next(mail for mail in mailoutbox if mail.to == [facilitator.email])
    assert "- 2 replies in a conversation that you are part of\n" in to_ruth.body
    assert "Amina" not in to_ruth.body


def test_button_leads_to_the_entry_or_to_where_they_all_are(
    say: Say, entry: Entry, shared: Reflection, cohort: Cohort, participant: User, facilitator: User
) -> None:
    def path(person: User) -> str:
        generate(TUESDAY_AT_EIGHT)
        message = Message.objects.get(kind=KIND, recipient=person)
        return all_rules()[KIND].link(message).removeprefix(settings.BASE_URL)

    say(participant, to=say(facilitator), at=MONDAY + HOUR)
    assert path(facilitator) == path(participant) == shared.get_absolute_url()

    other = entry(audience=Audience.COHORT, at=MONDAY - HOUR)
    opening = reply(reflection=other, author=facilitator, body=WORDS, at=MONDAY)
    reply(reflection=other, author=participant, body=WORDS, at=MONDAY + HOUR, to=opening)
    assert path(participant) == reverse("reflections:reflection_list")
    assert path(facilitator) == reverse("home:cohort_reflections", args=[cohort.public_id])


def test_who_spoke_since_is_not_told(say: Say, participant: User, facilitator: User) -> None:
    opening = say(facilitator)
    say(participant, to=opening, at=MONDAY + HOUR)
    say(facilitator, to=opening, at=MONDAY + 2 * HOUR)
    assert told() == ["Amina Rahman"]


def test_who_spoke_elsewhere_is_not_told(
    say: Say, participant: User, peer: User, facilitator: User
) -> None:
    say(peer)
    say(participant, to=say(facilitator), at=MONDAY + HOUR)
    assert told() == ["Amina Rahman", "Ruth Okafor"]


def test_nobody_is_told_of_what_they_cannot_read(
    entry: Entry, participant: User, peer: User, facilitator: User
) -> None:
    """Narrowed since: the peer's thread went on without them."""
    kept = entry(audience=Audience.COHORT, at=MONDAY - HOUR)
    opening = reply(reflection=kept, author=peer, body=WORDS, at=MONDAY)
    reply(reflection=kept, author=facilitator, body=WORDS, at=MONDAY + HOUR, to=opening)
    kept = share(
        reflection=kept, audience=Audience.FACILITATORS, by=participant, at=MONDAY + 2 * HOUR
    )
    assert told() == ["Amina Rahman"]


def test_who_has_left_is_not_told(say: Say, participant: User) -> None:
    say()
    Membership.objects.filter(user=participant).update(left_at=MONDAY + HOUR)
    assert told() == []


def test_who_was_away_as_it_was_said_is_not_told(say: Say, cohort: Cohort, peer: User) -> None:
    opening = say(peer)
    Membership.objects.filter(user=peer).update(left_at=MONDAY + HOUR)
    Membership.objects.create(cohort=cohort, user=peer, joined_at=MONDAY + 3 * HOUR)
    say(to=opening, at=MONDAY + 2 * HOUR)
    assert told() == ["Amina Rahman"]
    say(to=opening, at=MONDAY + DAY)
    assert told(TUESDAY_AT_EIGHT + DAY) == ["Amina Rahman", "Dev Patel"]


def test_who_left_and_came_back_is_told_once(say: Say, cohort: Cohort, participant: User) -> None:
    Membership.objects.filter(user=participant).update(left_at=MONDAY - DAY)
    Membership.objects.create(cohort=cohort, user=participant, joined_at=MONDAY - HOUR)
    say()
    assert told() == ["Amina Rahman"]
    assert Message.objects.filter(kind=KIND).count() == 1


def test_who_refuses_it_is_not_told(say: Say, participant: User) -> None:
    say()
    assert opt_out(person=participant, kind=KIND, at=MONDAY)
    assert told() == []


def written_and_then(act: Callable[[], object]) -> list[str]:
    """It is written down; before it is sent, something happens; and the fence asks again."""
    moment = TUESDAY_AT_EIGHT
    assert all_rules()[KIND].owed(moment).exists()
    generate(moment)
    act()
    return told_of_written(moment)


def told_of_written(moment: datetime) -> list[str]:
    turn_at(moment)
    return [str(one.recipient) for one in Message.objects.filter(kind=KIND, sent_at__isnull=False)]


def test_nothing_goes_once_the_reply_is_taken_back(say: Say, facilitator: User) -> None:
    said = say()
    assert written_and_then(lambda: delete_reply(reply=said, by=facilitator, at=MONDAY + DAY)) == []


def test_nothing_goes_once_the_entry_is_taken_back(
    say: Say, shared: Reflection, participant: User
) -> None:
    say()

    def share_with_nobody() -> None:
        share(reflection=shared, audience=Audience.ONLY_ME, by=participant, at=MONDAY + HOUR)

    assert written_and_then(share_with_nobody) == []


def test_nothing_goes_once_the_entry_is_deleted(say: Say, shared: Reflection) -> None:
    say()
    assert written_and_then(shared.delete) == []


def test_nothing_goes_once_it_is_seen(say: Say, shared: Reflection) -> None:
    said = say()
    assert written_and_then(lambda: mark_replies_seen(shared, until=said.written_at)) == []


def test_it_goes_while_one_reply_of_several_is_left(
    say: Say, facilitator: User, peer: User
) -> None:
    said = say()
    say(peer)
    taken = lambda: delete_reply(reply=said, by=facilitator, at=MONDAY + HOUR)  # noqa: E731
    assert written_and_then(taken) == ["Amina Rahman"]


def test_letter_holds_neither_words_nor_names(say: Say, mailoutbox: list[EmailMessage]) -> None:
    say()
    turn_at(TUESDAY_AT_EIGHT)
    [message] = Message.objects.filter(kind=KIND)
    [mail] = mailoutbox
    for kept in (message.text, message.html, message.subject, str(mail.message())):
        assert [word for word in (WORDS, "Ruth", "heron") if word in kept] == []


def test_cohort_words_it_otherwise(
    say: Say, cohort: Cohort, mailoutbox: list[EmailMessage]
) -> None:
    content = {
        "subject": "{replies} in {cohort}",
        "body": "Hello {first_name}.",
        "days": None,
        "at": None,
    }
    save_message_template(cohort, REPLIES, content=content | {"minutes": None}, at=MONDAY)
    say()
    turn_at(TUESDAY_AT_EIGHT)
    [mail] = mailoutbox
    assert mail.subject == "1 reply in North East, spring 2027"
    assert "Hello Amina." in mail.body


def test_pages_of_messages_tell_nothing_of_it(
    say: Say,
    cohort: Cohort,
    facilitator_client: Client,
    administrator_client: Client,
    participant: User,
) -> None:
    """To come, waiting or sent: as they were before there was a reply."""
    urls = [
        reverse("home:message_list", args=[cohort.public_id]),
        reverse("home:cohort_detail", args=[cohort.public_id]),
    ]
    say()
    turn_at(TUESDAY_AT_EIGHT)
    say(at=TUESDAY_AT_EIGHT)
    assert written(cohort.pk) == []
    assert tallies(cohort.pk, TUESDAY_AT_EIGHT) == []
    assert unwritten(cohort.pk, TUESDAY_AT_EIGHT, KIND) == []
    for client in (facilitator_client, administrator_client):
        for url in urls:
            assert str(REPLIES.text.title) not in client.get(url).content.decode()
        line = reverse("home:message_line", args=[cohort.public_id, KIND, cohort.pk])
        assert client.get(line).status_code == 404
        [message] = Message.objects.filter(kind=KIND)
        detail = reverse("home:message_detail", args=[message.public_id])
        assert client.get(detail).status_code == 404
    assert signed_in(participant).get(detail).status_code == 200


def test_it_is_one_statement_however_many_replies(say: Say, peer: User) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            list(REPLIES.owed(TUESDAY_AT_EIGHT))
        return len(queries)

    say()
    one = statements()
    for number in range(30):
        say(peer, at=MONDAY + number * SECOND)
    assert (one, statements()) == (1, 1)


def test_lines_follow_the_workshops_and_name_no_entry_of_others(
    entry: Entry, workshop: Workshop, participant: User, facilitator: User
) -> None:
    def said(entry: Reflection) -> Reply:
        return Reply(reflection=entry)

    mine, about = entry(), entry(workshop=workshop)
    theirs = entry(author=facilitator)
    assert lines_of([said(about), said(theirs), said(mine), said(about)], participant.pk) == [
        "1 reply to what you wrote",
        "2 replies to what you wrote about workshop 3",
        "1 reply in a conversation that you are part of",
    ]
    assert lines_of([], participant.pk) == []
