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
from django.utils.translation import gettext_lazy, ngettext_lazy

from accounts.models import User
from cohorts.message_templates import render_template, with_timing
from cohorts.models import Membership
from outbox.content.email import PRIVATE_LINK, Letter, write_letter
from outbox.content.placeholders import Words
from outbox.local_time import MinutesAfter, WallClock
from outbox.models import Message, MessageOverride, OptOut
from outbox.rules import Overrides, Rule, RuleText, Schedule, Timing, Visibility
from surveys.links import SURVEY_LINK, survey_url
from surveys.models import Receipt, Survey
from workshops.messages.placeholders import WORKSHOP_FIELDS, values_about, workshop_to_write_of
from workshops.models import Attendance, Workshop
from workshops.register.expected import with_expected_members

# A survey is not stale: one that should have gone by a new timing goes at once, while it is open.
SURVEY_TIMING = Timing(
    label=gettext_lazy("minutes after the end"),
    phrase=ngettext_lazy(
        "%(count)d minute after the end", "%(count)d minutes after the end", "count"
    ),
    phrase_at_zero=gettext_lazy("right after the end"),
    minutes=30,
    most=1440,
    catches_up=True,
)
SURVEY_WINDOW = timedelta(days=5)
NUDGE_TIMING = Timing(
    label=gettext_lazy("days after they were asked"),
    phrase=ngettext_lazy(
        "%(count)d day after they were asked", "%(count)d days after they were asked", "count"
    ),
    days=3,
    at=time(9),
    least=1,
    most=7,
)
NUDGE_WINDOW = timedelta(days=4)
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
MINUTES_A_DAY = 24 * 60
LONGEST_AFTER_THE_END = timedelta(minutes=SURVEY_TIMING.most)
SURVEY_WORDING = Words(
    subject="How was “{workshop}” for you?",
    body=(
        "Dear {first_name},\n\nThank you for the half day. There are five questions about workshop {number}, and they "
        "take two minutes."
    ),
    fields=WORKSHOP_FIELDS,
    to="each participant who was there",
    around=(
        "After your words come: that there is no name on their answers, who sees them and when; until when the survey "
        "is open; and the button. What is said about names and answers can’t be changed, as it must stay true."
    ),
)
NUDGE_WORDING = Words(
    subject="Still time to say how “{workshop}” was",
    body=(
        "Dear {first_name},\n\nWe have no answers from you yet about workshop {number}, “{workshop}”. "
        "It takes two minutes."
    ),
    fields=WORKSHOP_FIELDS,
    to="each participant who has not answered",
    around=(
        "After your words come: that there is no name on their answers, and that nobody is told who has answered; "
        "until when the survey is open; and the button. What is said about names can’t be changed: it must stay true."
    ),
)


def silent() -> QuerySet[Any]:
    """A row for each workshop that is on and each participant whose answers it lacks."""
    answered = Receipt.objects.filter(
        survey__workshop=OuterRef("pk"), membership=OuterRef("member_id")
    )
    return asked_how_it_was().filter(~Exists(answered))


def asked_how_it_was() -> QuerySet[Any]:
    """A row for each workshop that is on and each participant whose answers it asks for, with when it `closes`.

    They are those marked present or partly; if nobody is marked, all who were expected and sent no apologies; nobody
    who has left. Of a workshop to come nobody is marked, so they are all who will be expected as things stand.
    """
    marked = Attendance.objects.filter(workshop=OuterRef("pk")).exclude(mark="")
    in_the_room = Attendance.objects.in_the_room().filter(
        workshop=OuterRef("pk"), membership=OuterRef("member_id")
    )
    sent_apologies = Attendance.objects.filter(
        workshop=OuterRef("pk"),
        membership=OuterRef("member_id"),
        answer=Attendance.Answer.APOLOGIES,
    )
    return (
        with_expected_members(Workshop.objects.all())
        .annotate(
            member_public_id=F("cohort__memberships__public_id"),
            member_left_at=F("cohort__memberships__left_at"),
            closes=Coalesce("survey__closing_at", moment(F("ends_at") + Survey.OPEN_FOR)),
        )
        .filter(
            Exists(in_the_room) | ~Exists(marked) & ~Exists(sent_apologies), member_left_at=None
        )
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


def with_survey_due(rows: QuerySet[Any]) -> QuerySet[Any]:
    """When each workshop's survey goes out, by its cohort's timing."""
    timed = with_timing(rows, "survey", SURVEY_TIMING, name="survey")
    found: QuerySet[Any] = timed.annotate(survey_due=MinutesAfter("ends_at", "survey_minutes"))
    return found


def owed(rows: QuerySet[Any], kind: str, *, due: Combinable, window: timedelta) -> QuerySet[Any]:
    """What both rules owe: nothing after the survey closes, nor about a time that was set once it had passed."""
    found: QuerySet[Any] = (
        rows.annotate(
            owed_key=key_of(kind),
            owed_recipient=F("member_user_id"),
            owed_membership=F("member_id"),
            owed_version=F("version"),
            owed_group=F("cohort"),
            owed_subject=F("pk"),
            owed_due=due,
        )
        .annotate(owed_expires=Least(moment(F("owed_due") + window), F("closes")))
        .filter(scheduled_at__lte=F("survey_due"), closes__gt=F("owed_due"))
    )
    return found


def survey_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Half an hour after the end, or as their cohort says; those marked as attending later as they are marked.

    Whoever was asked since it began is not asked again as its end is put right, because it ran over, say.
    """
    asked_since_it_began = Message.objects.filter(
        # The first two find them by index.
        group_id=OuterRef("cohort"),
        due_at__gte=OuterRef("starts_at"),
        kind="survey",
        subject_id=OuterRef("pk"),
        recipient=OuterRef("member_user_id"),
        sent_at__isnull=False,
    )
    ended = silent().filter(
        ~Exists(asked_since_it_began), ends_at__gt=since - LONGEST_AFTER_THE_END, ends_at__lte=until
    )
    return owed(with_survey_due(ended), "survey", due=F("survey_due"), window=SURVEY_WINDOW)


def nudge_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Whoever has not answered."""
    return nudges(silent(), since, until)


def nudges_as_planned(since: datetime, until: datetime) -> QuerySet[Any]:
    """As if nobody had answered yet."""
    return nudges(asked_how_it_was(), since, until)


def nudges(people: QuerySet[Any], since: datetime, until: datetime) -> QuerySet[Any]:
    """At nine on the third day after they were asked, or will be; or as their cohort says.

    Who was never asked is not nudged, because they refuse surveys, say, or the facilitators skip this one; and who was
    asked late (the register came late, or the mail server was away) has their three days too.
    """
    refused = OptOut.objects.filter(kind="survey", person=OuterRef("member_user_id"))
    about_this = MessageOverride.objects.of("survey", OuterRef("pk"))
    skipped = about_this.reaching(OuterRef("member_user_id")).skipping()
    asked = Message.objects.filter(key=OuterRef("survey_key"))
    known = (
        ended_in_time(people, since, until)
        .annotate(survey_key=key_of("survey"))
        .annotate(asked_at=Subquery(asked.order_by().values("sent_at")[:1]))
    )
    to_nudge = known.filter(
        Q(asked_at__isnull=False) | ~Exists(asked) & ~Exists(skipped) & Q(survey_due__gt=since),
        ~Exists(refused),
    )
    due = WallClock(
        Coalesce("asked_at", "survey_due"),
        "cohort__time_zone",
        days=F("timing_days"),
        at=F("timing_at"),
    )
    return owed(to_nudge, "survey-nudge", due=due, window=NUDGE_WINDOW)


def ended_in_time(people: QuerySet[Any], since: datetime, until: datetime) -> QuerySet[Any]:
    """Of workshops whose nudge may be due between the two, with both kinds' timing.

    All that is asked here is of the workshop alone, so that few people need be looked at.
    """
    ended = people.filter(
        # At the latest it is due so many days after the last moment to be asked.
        ends_at__gt=since
        - LONGEST_AFTER_THE_END
        - SURVEY_WINDOW
        - NUDGE_TIMING.most * A_DAY
        - A_DAY,
        ends_at__lte=until - (NUDGE_TIMING.least - 1) * A_DAY,
    )
    timed = with_timing(with_survey_due(ended), "survey-nudge", NUDGE_TIMING).annotate(
        days_after_end=days_after("ends_at", F("timing_days"))
    )
    asked_lately = (
        Message.objects.filter(
            # The first two find them by index; a survey is due after the end.
            group_id=OuterRef("cohort"),
            due_at__gte=OuterRef("ends_at"),
            kind="survey",
            subject_id=OuterRef("pk"),
        )
        .annotate(days_after_asked=days_after("sent_at", OuterRef("timing_days")))
        .filter(days_after_asked__gt=since - A_DAY - AN_HOUR)
    )
    # The same by their cohort's own timing; and somebody was asked lately enough, or is to be.
    found: QuerySet[Any] = timed.filter(
        Q(survey_due__gt=since) | Exists(asked_lately),
        days_after_end__gt=since - LONGEST_AFTER_THE_END - SURVEY_WINDOW - A_DAY,
        days_after_end__lte=until + A_DAY,
    )
    return found


def days_after(moment: str, days: Combinable) -> MinutesAfter:
    return MinutesAfter(moment, days * Value(MINUTES_A_DAY))


def link(message: Message) -> str:
    return survey_url(
        workshop_to_write_of(message.subject_id), Membership.objects.addressed_by(message)
    )


def letter(message: Message, template: str, wording: Words) -> Letter:
    workshop = workshop_to_write_of(message.subject_id)
    words = render_template(
        workshop.cohort, message.kind, wording, values_about(workshop, message.recipient)
    )
    return write_letter(
        message,
        template,
        subject=words.subject,
        context={
            "body": words.body,
            "workshop": workshop,
            "zone": workshop.cohort.zone,
            "cohort_name": workshop.cohort.name,
            "closes_at": Survey.objects.about(workshop).closes_at,
            "button_label": "Say how it was",
            "button_url": PRIVATE_LINK,
        },
        reply_to=workshop.cohort.reply_addresses(),
    )


def compose_survey(message: Message) -> Letter:
    return letter(message, "survey", SURVEY_WORDING)


def compose_nudge(message: Message) -> Letter:
    return letter(message, "survey_nudge", NUDGE_WORDING)


SURVEY = Rule(
    kind="survey",
    text=RuleText(
        title="Feedback survey",
        for_recipient="The feedback survey after a workshop",
        why="Everybody marked as present gets it {when}; without a register, everybody who sent no apologies.",
        wording=SURVEY_WORDING,
    ),
    schedule=Schedule(
        rows=survey_rows,
        window=SURVEY_WINDOW,
        timing=SURVEY_TIMING,
    ),
    compose=compose_survey,
    link=link,
    visibility=Visibility.OUTCOME,
    is_optional=True,
    overrides=Overrides(
        early=lambda moment: Q(ends_at__lte=moment),
        too_early="A survey asks how a workshop was, so it can be sent once that is over.",
    ),
)
NUDGE = Rule(
    kind="survey-nudge",
    text=RuleText(
        title="Nudge: survey not answered",
        for_recipient="One reminder of a feedback survey, if you get them and haven’t answered",
        why="Whoever has not answered by then gets it {when}, once and no more.",
        wording=NUDGE_WORDING,
    ),
    schedule=Schedule(
        rows=nudge_rows,
        rows_as_planned=nudges_as_planned,
        window=NUDGE_WINDOW,
        timing=NUDGE_TIMING,
    ),
    compose=compose_nudge,
    link=link,
    visibility=Visibility.SCHEDULE,
    is_optional=True,
    overrides=Overrides(
        too_early="People were promised these days to answer in, so nobody is nudged sooner.",
    ),
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
        Due(workshop, SURVEY_LINK.path(workshop.public_id, workshop.member_public_id))
        for workshop in waiting.order_by("-ends_at")
    ]
