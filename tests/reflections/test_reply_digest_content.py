"""The text of the digest of unseen replies, and the pages that must not reveal that it is sent."""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.message_templates import save_message_template
from cohorts.models import Cohort
from outbox.forecast import tallies, unwritten
from outbox.history import written
from outbox.models import Message
from reflections.models import Reflection, Reply
from reflections.reply_digest import KIND, REPLIES, lines_of
from tests.people import signed_in
from tests.queries import CapturedQueries
from tests.reflections.test_reply_digest import (
    MONDAY,
    SECOND,
    TUESDAY_AT_EIGHT,
    WORDS,
    AddReply,
    Entry,
    add_reply,
    members_joined_a_month_earlier,
    shared,
    turn_at,
)
from workshops.models import Workshop

__all__ = ["add_reply", "members_joined_a_month_earlier", "shared"]


def test_digest_contains_no_reply_text_or_names(
    add_reply: AddReply, mailoutbox: list[EmailMessage]
) -> None:
    add_reply()
    turn_at(TUESDAY_AT_EIGHT)
    [message] = Message.objects.filter(kind=KIND)
    [mail] = mailoutbox
    for kept in (message.text, message.html, message.subject, str(mail.message())):
        assert [word for word in (WORDS, "Ruth", "heron") if word in kept] == []


def test_cohort_template_replaces_the_default_text(
    add_reply: AddReply, cohort: Cohort, mailoutbox: list[EmailMessage]
) -> None:
    content = {
        "subject": "{replies} in {cohort}",
        "body": "Hello {first_name}.",
        "days": None,
        "at": None,
    }
    save_message_template(cohort, REPLIES, content=content | {"minutes": None}, at=MONDAY)
    add_reply()
    turn_at(TUESDAY_AT_EIGHT)
    [mail] = mailoutbox
    assert mail.subject == "1 reply in North East, spring 2027"
    assert "Hello Amina." in mail.body


def test_message_pages_do_not_reveal_digests(
    add_reply: AddReply,
    cohort: Cohort,
    facilitator_client: Client,
    administrator_client: Client,
    participant: User,
) -> None:
    """Pages that list messages do not show a digest, whether it is planned, queued or sent."""
    urls = [
        reverse("home:message_list", args=[cohort.public_id]),
        reverse("home:cohort_detail", args=[cohort.public_id]),
    ]
    add_reply()
    turn_at(TUESDAY_AT_EIGHT)
    add_reply(at=TUESDAY_AT_EIGHT)
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


def test_owed_digests_take_one_query(add_reply: AddReply, peer: User) -> None:
    def statements() -> int:
        with CapturedQueries() as queries:
            list(REPLIES.owed(TUESDAY_AT_EIGHT))
        return len(queries)

    add_reply()
    one = statements()
    for number in range(30):
        add_reply(peer, at=MONDAY + number * SECOND)
    assert (one, statements()) == (1, 1)


def test_digest_lines_follow_workshop_order_and_describe_only_own_entries(
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
