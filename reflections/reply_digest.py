"""Who is told that there are replies: once a day at most, at eight the next morning, and never what they say.

An answer to the e-mail reaches nobody: somebody may take it for an answer to the reply, which was for fewer people.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from cohorts.message_templates import COHORT_FIELDS, cohort_values, render_template
from cohorts.models import Cohort, Membership
from outbox.content.email import PRIVATE_LINK, Letter, write_letter
from outbox.content.placeholders import NamedField, Words
from outbox.local_time import WallClock
from outbox.models import Message
from outbox.rules import Rule, RuleText, Schedule, Visibility
from reflections.models import Audience, Reply
from reflections.models.entries import reply_readable_by

KIND = "reply-digest"
EIGHT = time(8)
WINDOW = timedelta(days=2)
# From a word just after midnight to eight o'clock the next day, and from one just before midnight; an hour for clocks.
LONGEST_WAIT, SHORTEST_WAIT = timedelta(hours=33), timedelta(hours=7)
WORDING = Words(
    subject="You have {replies} to read",
    body="Dear {first_name},\n\nSomebody has answered you in {cohort} since you last looked.",
    fields=(
        *COHORT_FIELDS,
        NamedField("replies", "how many there are that they have not seen", "2 replies"),
    ),
    to="whoever has new replies to what they wrote, or to a reply of theirs",
    when="at eight the next morning, once a day at most",
    around=(
        "After your words come: to what the replies are, by workshop; that what they say is in no e-mail; and the "
        "button. Nobody else is told that somebody gets this."
    ),
)


def waiting() -> QuerySet[Any]:
    """A row for each reply and each member of its cohort whom it waits for.

    They are the author of what it speaks to, unless they have seen it, and whoever spoke in its thread before it and
    not since. They are in the cohort, can read it, and did not write it themselves.
    """
    theirs = Reply.objects.filter(author=OuterRef("owed_recipient")).filter(
        Q(pk=OuterRef("in_answer_to")) | Q(in_answer_to=OuterRef("in_answer_to"))
    )
    spoke_before = theirs.filter(written_at__lt=OuterRef("written_at"))
    spoke_since = theirs.filter(written_at__gt=OuterRef("written_at"))
    is_unseen = Q(reflection__replies_seen_at=None) | Q(
        reflection__replies_seen_at__lt=F("written_at")
    )
    memberships = Membership.objects.filter(
        user=OuterRef("owed_recipient"), cohort=OuterRef("reflection__cohort")
    )
    found: QuerySet[Any] = (
        Reply.objects.filter(taken_back_at=None)
        .exclude(reflection__audience=Audience.ONLY_ME)
        .annotate(
            owed_recipient=F("reflection__cohort__memberships__user"),
            member_left_at=F("reflection__cohort__memberships__left_at"),
        )
        .filter(member_left_at=None)
        .exclude(author=F("owed_recipient"))
        .filter(
            Q(reflection__author=F("owed_recipient")) & is_unseen
            | ~Q(reflection__author=F("owed_recipient"))
            & Exists(spoke_before)
            & ~Exists(spoke_since)
        )
        .filter(reply_readable_by(reader=F("owed_recipient"), theirs=memberships))
    )
    return found


def rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """At eight in the morning after, by the clock of the cohort's place; several of one day have one key."""
    due = WallClock("written_at", "reflection__cohort__time_zone", days=1, at=EIGHT)
    written = waiting().filter(
        written_at__gt=since - LONGEST_WAIT, written_at__lte=until - SHORTEST_WAIT
    )
    parts = (F("owed_group"), Value(":"), F("owed_recipient"), Value(":"), F("owed_due"))
    found: QuerySet[Any] = written.annotate(
        owed_group=F("reflection__cohort"),
        owed_subject=F("reflection__cohort"),
        owed_due=due,
        owed_expires=ExpressionWrapper(due + WINDOW, output_field=DateTimeField()),
    ).annotate(owed_key=Concat(Value(f"{KIND}:"), *(Cast(part, CharField()) for part in parts)))
    return found


def waiting_for(message: Message) -> QuerySet[Any]:
    """What its person has not seen, whenever it was written."""
    return waiting().filter(
        reflection__cohort=message.subject_id, owed_recipient=message.recipient_id
    )


def link(message: Message) -> str:
    """To the one entry that it is about, or to where they all are. One signs in there."""
    replies = list(waiting_for(message).select_related("reflection"))
    entries = {reply.reflection for reply in replies}
    if len(entries) == 1:
        path = entries.pop().get_absolute_url()
    elif any(entry.author_id == message.recipient_id for entry in entries):
        path = reverse("reflections:reflection_list")
    else:
        cohort = Cohort.objects.get(pk=message.subject_id)
        path = reverse("home:cohort_reflections", args=[cohort.public_id])
    return f"{settings.BASE_URL}{path}"


def compose(message: Message) -> Letter:
    """How many, and after which workshops; not what they say, nor who says it."""
    cohort = Cohort.objects.select_related("programme").get(pk=message.subject_id)
    replies = list(waiting_for(message).select_related("reflection__workshop"))
    values = {**cohort_values(cohort, message.recipient), "replies": counted(len(replies))}
    words = render_template(cohort, KIND, WORDING, values)
    return write_letter(
        message,
        "reply_digest",
        subject=words.subject,
        context={
            "body": words.body,
            "cohort_name": cohort.name,
            "replies": values["replies"],
            "lines": lines_of(replies, message.recipient_id),
            "reaches_nobody": False,  # the letter says so itself
            "button_label": "Read them" if len(replies) != 1 else "Read it",
            "button_url": PRIVATE_LINK,
        },
    )


def lines_of(replies: list[Reply], person: int | None) -> list[str]:
    """“2 replies to what you wrote about workshop 3”, in the order of the workshops; others' entries at the end."""
    own = Counter(
        reply.reflection.workshop.position if reply.reflection.workshop else 0
        for reply in replies
        if reply.reflection.author_id == person
    )
    lines = [
        f"{counted(number)} to what you wrote{f' about workshop {position}' if position else ''}"
        for position, number in sorted(own.items())
    ]
    elsewhere = len(replies) - own.total()
    return (
        [*lines, f"{counted(elsewhere)} in a conversation that you are part of"]
        if elsewhere
        else lines
    )


def counted(number: int) -> str:
    return "1 reply" if number == 1 else f"{number} replies"


REPLIES = Rule(
    kind=KIND,
    text=RuleText(
        title="Replies to what somebody wrote",
        for_recipient="That there are replies to what you wrote, once a day at most",
        why="Whoever has replies that they have not seen gets it at eight the next morning, once a day at most.",
        wording=WORDING,
    ),
    schedule=Schedule(
        rows=rows,
        window=WINDOW,
    ),
    compose=compose,
    link=link,
    visibility=Visibility.NOTHING,
    is_optional=True,
)
