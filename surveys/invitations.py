"""Who is asked how a workshop was: once when it has ended, and once more if they have not answered.

Who was asked is in the outbox: the invitation to a survey is its message (docs/decisions/0005).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat, Least

from accounts.models import User
from cohorts.models import Membership
from outbox.letters import PRIVATE_LINK, Letter, write_letter
from outbox.models import Message
from outbox.rules import Rule
from outbox.wallclock import WallClock
from surveys.links import path_of, url_of
from surveys.models import Receipt, Survey
from workshops.models import Attendance, Workshop

AFTER_THE_END = timedelta(minutes=30)
SURVEY_WINDOW = timedelta(days=5)
NUDGE_AFTER_DAYS = 3
NUDGE_WINDOW = timedelta(days=4)
NINE = time(9)


def silent() -> QuerySet[Any]:
    """A row for each workshop that is on and each participant whose answers it lacks, with when it `closes`.

    They are those marked present or partly; all who were expected if nobody is marked; nobody who has left. Of a
    workshop to come nobody is marked, so they are all who will be expected.
    """
    marked = Attendance.objects.filter(workshop=OuterRef("pk")).exclude(mark="")
    in_the_room = Attendance.objects.in_the_room().filter(
        workshop=OuterRef("pk"), membership=OuterRef("member_id")
    )
    answered = Receipt.objects.filter(survey__workshop=OuterRef("pk"), membership=OuterRef("member_id"))
    return (
        Workshop.objects.with_expected()
        .annotate(
            member_public_id=F("cohort__memberships__public_id"),
            member_left_at=F("cohort__memberships__left_at"),
            closes=Coalesce("survey__closing_at", moment(F("ends_at") + Survey.OPEN_FOR)),
        )
        .filter(Exists(in_the_room) | ~Exists(marked), ~Exists(answered), member_left_at=None)
    )


def moment(expression: Combinable) -> Combinable:
    return ExpressionWrapper(expression, output_field=DateTimeField())


def key_of(kind: str) -> Concat:
    parts: list[Combinable] = [
        Value(f"{kind}:"),
        F("pk"),
        Value(":"),
        F("version"),
        Value(":"),
        F("member_id"),
    ]
    return Concat(*(Cast(part, CharField()) for part in parts))


def owed(rows: QuerySet[Any], kind: str, *, due: Combinable, window: timedelta) -> QuerySet[Any]:
    """What both rules owe: nothing after the survey closes, nor about a time that was set once it had passed."""
    found: QuerySet[Any] = (
        rows.annotate(
            owed_key=key_of(kind),
            owed_recipient=F("member_user_id"),
            owed_stream=F("cohort"),
            owed_about=F("pk"),
            owed_due=due,
        )
        .annotate(owed_expires=Least(moment(F("owed_due") + window), F("closes")))
        .filter(scheduled_at__lte=F("ends_at") + AFTER_THE_END, owed_expires__gt=F("owed_due"))
    )
    return found


def survey_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Half an hour after the end; those marked as attending later are owed it as they are marked."""
    ended = silent().filter(ends_at__gt=since - AFTER_THE_END, ends_at__lte=until - AFTER_THE_END)
    return owed(ended, "survey", due=moment(F("ends_at") + AFTER_THE_END), window=SURVEY_WINDOW)


def nudge_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """At nine on the third day after they were asked, or after they will be.

    Who was never asked is not nudged, and who was asked late (the register came late, or the mail server was away) has
    their three days too.
    """
    asked = Message.objects.filter(key=OuterRef("survey_key"))
    ended = silent().filter(
        # At the latest it is due three days after the last moment to be asked.
        ends_at__gt=since - AFTER_THE_END - SURVEY_WINDOW - timedelta(days=NUDGE_AFTER_DAYS + 1),
        ends_at__lte=until - timedelta(days=NUDGE_AFTER_DAYS - 1),
    )
    known = ended.annotate(
        survey_key=key_of("survey"),
        survey_due=moment(F("ends_at") + AFTER_THE_END),
    ).annotate(asked_at=Subquery(asked.values("sent_at")[:1]))
    to_nudge = known.filter(Q(asked_at__isnull=False) | ~Exists(asked) & Q(survey_due__gt=since))
    nine = WallClock(Coalesce("asked_at", "survey_due"), "cohort__time_zone", days=NUDGE_AFTER_DAYS, at=NINE)
    return owed(to_nudge, "survey-nudge", due=nine, window=NUDGE_WINDOW)


def member_of(message: Message) -> Membership:
    """Whom it asks: one person may have been in a cohort twice, so the key names the membership."""
    return Membership.objects.get(pk=message.key.rsplit(":", 1)[1])


def link(message: Message) -> str:
    return url_of(Workshop.objects.get(pk=message.about), member_of(message))


def letter(message: Message, template: str, subject: str) -> Letter:
    workshop = Workshop.objects.select_related("cohort").get(pk=message.about)
    return write_letter(
        template,
        subject=subject.format(title=workshop.title),
        context={
            "workshop": workshop,
            "zone": workshop.cohort.zone,
            "cohort_name": workshop.cohort.name,
            "person": message.recipient,
            "closes_at": Survey.objects.about(workshop).closes_at,
            "button_label": "Say how it was",
            "button_url": PRIVATE_LINK,
        },
        reply_to=workshop.cohort.reply_addresses(),
    )


def compose_survey(message: Message) -> Letter:
    return letter(message, "survey", "How was “{title}” for you?")


def compose_nudge(message: Message) -> Letter:
    return letter(message, "survey_nudge", "Still time to say how “{title}” was")


SURVEY = Rule(
    kind="survey",
    title="Feedback survey",
    window=SURVEY_WINDOW,
    rows=survey_rows,
    compose=compose_survey,
    link=link,
    confidential=True,
)
NUDGE = Rule(
    kind="survey-nudge",
    title="Nudge: survey not answered",
    window=NUDGE_WINDOW,
    rows=nudge_rows,
    compose=compose_nudge,
    link=link,
    confidential=True,
)


@dataclass(frozen=True)
class Due:
    """A survey that somebody can answer now, and where."""

    workshop: Workshop
    url: str


def surveys_due_for(user: User, moment: datetime) -> list[Due]:
    """What the person can still say how it was, the latest first. One query."""
    waiting = silent().filter(member_user_id=user.pk, ends_at__lte=moment, closes__gt=moment)
    return [
        Due(workshop, path_of(workshop.public_id, workshop.member_public_id))
        for workshop in waiting.order_by("-ends_at")
    ]
