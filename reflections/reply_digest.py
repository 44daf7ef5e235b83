"""The daily e-mail about new replies, sent at 8am the next day, without the text of the replies.

The e-mail has no Reply-To address. An answer to the e-mail would be meant for the author of a
reply, but would reach somebody else.
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
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cohorts.message_templates import COHORT_FIELDS, cohort_values, render_template
from cohorts.models import Cohort, Membership
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import NamedField, Words
from outbox.local_time import WallClock
from outbox.models import Message
from outbox.rules import Rule, RuleText, Schedule, Visibility
from reflections.models import Audience, Reply
from reflections.models.entries import reply_readable_by

KIND = "reply-digest"
EIGHT = time(8)
WINDOW = timedelta(days=2)
# Bounds of the time from a reply until the e-mail about it: 8 to 32 hours, and an hour more or less
# if the clocks change.
LONGEST_WAIT, SHORTEST_WAIT = timedelta(hours=33), timedelta(hours=7)
WORDING = Words(
    subject=_("You have {replies} to read"),
    body=_("Dear {first_name},\n\nSomebody has replied to you in {cohort} since you last looked."),
    fields=(
        *COHORT_FIELDS,
        NamedField(
            "replies", _("how many replies they have not seen"), _("2 replies"), is_personal=True
        ),
    ),
    to=_("each person with new replies to what they wrote, or to a reply of theirs"),
    when=_("at 8am the next morning, at most once a day"),
    around=_(
        "Your text is followed by what the replies are to, by workshop; a sentence that their text "
        "is never in an e-mail; and the button. Nobody else is told who gets this."
    ),
)


def unseen_replies() -> QuerySet[Any]:
    """Return a row for each reply and each member to notify of the reply (`owed_recipient`).

    The reflection's author is notified if they have not seen the reply. Other people are notified
    if they wrote in the thread before the reply, and not since. Everybody must be in the cohort
    now, and be able to read the reply. Nobody is notified of their own reply.
    """
    theirs = Reply.objects.filter(author=OuterRef("owed_recipient")).filter(
        Q(pk=OuterRef("in_answer_to")) | Q(in_answer_to=OuterRef("in_answer_to"))
    )
    wrote_before = theirs.filter(written_at__lt=OuterRef("written_at"))
    wrote_since = theirs.filter(written_at__gt=OuterRef("written_at"))
    is_unseen = Q(reflection__replies_seen_at=None) | Q(
        reflection__replies_seen_at__lt=F("written_at")
    )
    memberships = Membership.objects.filter(
        user=OuterRef("owed_recipient"), cohort=OuterRef("reflection__cohort")
    )
    found: QuerySet[Any] = (
        Reply.objects.filter(deleted_at=None)
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
            & Exists(wrote_before)
            & ~Exists(wrote_since)
        )
        .filter(reply_readable_by(reader=F("owed_recipient"), memberships=memberships))
    )
    return found


def rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each reply and recipient (see `unseen_replies` and `Schedule.rows`).

    A message is due at 8am on the day after the reply, in the cohort's time zone. The rows for one
    recipient, cohort and day have the same key, so they become one message.
    """
    due = WallClock("written_at", "reflection__cohort__time_zone", days=1, at=EIGHT)
    written = unseen_replies().filter(
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


def unseen_replies_for(message: Message) -> QuerySet[Any]:
    """Return the unseen replies in the cohort that the e-mail to the recipient is about."""
    return unseen_replies().filter(
        reflection__cohort=message.subject_id, owed_recipient=message.recipient_id
    )


def link(message: Message) -> str:
    """Return the URL of the reflection with the unseen replies or, if there are several, of a list.

    The list is the recipient's journal if they wrote any of the reflections. Otherwise it is the
    page with the cohort's shared reflections.
    """
    replies = list(unseen_replies_for(message).select_related("reflection"))
    entries = {reply.reflection for reply in replies}
    if len(entries) == 1:
        path = entries.pop().get_absolute_url()
    elif any(entry.author_id == message.recipient_id for entry in entries):
        path = reverse("reflections:reflection_list")
    else:
        cohort = Cohort.objects.get(pk=message.subject_id)
        path = reverse("home:cohort_reflections", args=[cohort.public_id])
    return f"{settings.BASE_URL}{path}"


def compose(message: Message) -> EmailContent:
    """Return the e-mail, with the number of replies per workshop but not their text or authors."""
    cohort = Cohort.objects.select_related("programme").get(pk=message.subject_id)
    replies = list(unseen_replies_for(message).select_related("reflection__workshop"))
    values = {**cohort_values(cohort, message.recipient), "replies": reply_count(len(replies))}
    words = render_template(cohort, KIND, WORDING, values)
    return render_email(
        message,
        "reply_digest",
        subject=words.subject,
        context={
            "body": words.body,
            "cohort_name": cohort.name,
            "replies": values["replies"],
            "lines": lines_of(replies, message.recipient_id),
            "reaches_nobody": False,  # The template has its own sentence about that.
            "button_label": ngettext("Read the reply", "Read the replies", len(replies)),
            "button_url": PRIVATE_LINK,
        },
    )


def lines_of(replies: list[Reply], person: int | None) -> list[str]:
    """Return lines such as “2 replies to what you wrote about workshop 3”, one for each workshop.

    The last line counts the replies to other people's reflections. `person` is the recipient's pk.
    """
    own = Counter(
        reply.reflection.workshop.position if reply.reflection.workshop else 0
        for reply in replies
        if reply.reflection.author_id == person
    )
    lines = [own_line(position, number) for position, number in sorted(own.items())]
    elsewhere = len(replies) - own.total()
    if elsewhere:
        lines.append(
            ngettext(
                "%(count)d reply in a conversation that you are part of",
                "%(count)d replies in a conversation that you are part of",
                elsewhere,
            )
            % {"count": elsewhere}
        )
    return lines


def own_line(position: int, number: int) -> str:
    """Return the line about the workshop at `position`; 0 stands for no workshop."""
    values = {"count": number, "position": position}
    if position:
        return (
            ngettext(
                "%(count)d reply to what you wrote about workshop %(position)d",
                "%(count)d replies to what you wrote about workshop %(position)d",
                number,
            )
            % values
        )
    return (
        ngettext("%(count)d reply to what you wrote", "%(count)d replies to what you wrote", number)
        % values
    )


def reply_count(number: int) -> str:
    return ngettext("%(count)d reply", "%(count)d replies", number) % {"count": number}


REPLIES = Rule(
    kind=KIND,
    text=RuleText(
        title=_("Replies to what somebody wrote"),
        for_recipient=_("Replies to what you wrote, at most once a day"),
        why=_(
            "Sent to each person with replies that they have not seen, at 8am the next morning, at "
            "most once a day."
        ),
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
