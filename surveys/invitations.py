"""The e-mails about a survey: the invitation after the workshop, and one reminder (the nudge).

Messages in the outbox are the only record of who was invited (docs/decisions/0005).
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
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.message_templates import render_template, with_timing
from cohorts.models import Membership
from outbox.compiled_query import MOMENT, BindParam, CompiledSelect
from outbox.content.email import PRIVATE_LINK, Letter, write_letter
from outbox.content.placeholders import Words
from outbox.local_time import MinutesAfter, WallClock
from outbox.models import Message, MessageOverride, OptOut
from outbox.rules import Overrides, Rule, RuleText, Schedule, Timing, Visibility
from surveys.links import SURVEY_LINK, survey_url
from surveys.models import Receipt, Survey
from workshops.messages.placeholders import WORKSHOP_FIELDS, values_about, workshop_for_email
from workshops.models import Attendance, Workshop
from workshops.register.expected import with_expected_members
from workshops.working_days import LONGEST_SHIFT, on_working_day

# If a new timing puts the due time of a survey in the past, the survey is sent immediately
# (`catches_up`), because people can answer it for days.
SURVEY_TIMING = Timing(
    label=_("minutes after the end"),
    phrase=ngettext_lazy(
        "%(count)d minute after the end", "%(count)d minutes after the end", "count"
    ),
    phrase_at_zero=_("right after the end"),
    minutes=30,
    most=1440,
    catches_up=True,
)
SURVEY_WINDOW = timedelta(days=5)
NUDGE_TIMING = Timing(
    label=_("days after they were asked"),
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
LONGEST_AFTER_THE_END = timedelta(minutes=SURVEY_TIMING.most)
LONGEST_UNTIL_SENT = LONGEST_AFTER_THE_END + SURVEY_WINDOW
SURVEY_WORDING = Words(
    subject=_("How was “{workshop}” for you?"),
    body=_(
        "Dear {first_name},\n\nThank you for the half day. There are five questions about workshop "
        "{number}, and they take two minutes."
    ),
    fields=WORKSHOP_FIELDS,
    to=_("each participant who was there"),
    around=_(
        "Below your text we add: that answers are not linked to names, who sees them and when; "
        "until when the survey is open; and the button. You can’t change what it says about "
        "names and answers, because it must stay true."
    ),
)
NUDGE_WORDING = Words(
    subject=_("Still time to say how “{workshop}” was"),
    body=_(
        "Dear {first_name},\n\nWe have no answers from you yet about workshop {number}, "
        "“{workshop}”. It takes two minutes."
    ),
    fields=WORKSHOP_FIELDS,
    to=_("each participant who has not answered"),
    around=_(
        "Below your text we add: that answers are not linked to names, and that nobody can see "
        "who has answered; until when the survey is open; and the button. You can’t change what "
        "it says about names, because it must stay true."
    ),
)


def not_answered() -> QuerySet[Any]:
    """Return the rows of `survey_audience` without archived cohorts and those who answered."""
    answered = Receipt.objects.filter(
        survey__workshop=OuterRef("pk"), membership=OuterRef("member_id")
    )
    return survey_audience().filter(~Exists(answered), cohort__archived_at=None)


def survey_audience() -> QuerySet[Any]:
    """Return a row for each planned workshop and each participant whom its survey is for.

    The survey is for the people who are marked present or partly present. If nobody is marked, as
    before a workshop, it is for everybody expected who did not send apologies. People who have left
    the cohort are excluded.

    Adds `closes` (when the survey closes) and `member_public_id` to the annotations of
    `with_expected_members`.
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
            closes=Coalesce("survey__closing_at", as_datetime(F("ends_at") + Survey.OPEN_FOR)),
        )
        .filter(
            Exists(in_the_room) | ~Exists(marked) & ~Exists(sent_apologies), member_left_at=None
        )
    )


def as_datetime(expression: Combinable) -> Combinable:
    return ExpressionWrapper(expression, output_field=DateTimeField())


def key_of(kind: str) -> Concat:
    """Return an SQL expression for a message's key: kind, workshop and its version, and member."""
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
    """Annotate `survey_due`: when the survey is due, by the cohort's timing or the default."""
    timed = with_timing(rows, "survey", SURVEY_TIMING, name="survey")
    found: QuerySet[Any] = timed.annotate(survey_due=MinutesAfter("ends_at", "survey_minutes"))
    return found


def owed(rows: QuerySet[Any], kind: str, *, due: Combinable, window: timedelta) -> QuerySet[Any]:
    """Annotate the rows as `Schedule.rows` requires, for the survey or the reminder.

    Leaves out messages that are due only after the survey closes. Leaves out workshops whose date
    was set only after their survey was due.
    """
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
        .annotate(owed_expires=Least(as_datetime(F("owed_due") + window), F("closes")))
        .filter(scheduled_at__lte=F("survey_due"), closes__gt=F("owed_due"))
    )
    return found


def survey_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each survey to send (see `Schedule.rows`).

    By default, a survey is due half an hour after the workshop's end. A participant who is marked
    as attending only later gets a row from then on. A participant who has already been sent the
    survey gets no row, so that a correction of the workshop's end doesn't send it again.
    """
    asked_since_it_began = Message.objects.filter(
        # The first two lookups use the index on `group_id` and `due_at`.
        group_id=OuterRef("cohort"),
        due_at__gte=OuterRef("starts_at"),
        kind="survey",
        subject_id=OuterRef("pk"),
        recipient=OuterRef("member_user_id"),
        sent_at__isnull=False,
    )
    ended = not_answered().filter(
        ~Exists(asked_since_it_began), ends_at__gt=since - LONGEST_AFTER_THE_END, ends_at__lte=until
    )
    return owed(with_survey_due(ended), "survey", due=F("survey_due"), window=SURVEY_WINDOW)


def nudge_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each reminder to send, to people who have not answered."""
    return nudges(not_answered(), since, until)


def nudges_as_planned(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return the rows that `nudge_rows` would return if nobody had answered yet."""
    return nudges(survey_audience(), since, until)


def nudges(people: QuerySet[Any], since: datetime, until: datetime) -> QuerySet[Any]:
    """Return those rows of `people` that get a reminder, as `Schedule.rows` requires.

    By default, a reminder is due at 9am on the third day after the person's survey was sent or, if
    that is no working day, on the next one. If the survey's message doesn't exist yet, the due time
    of the survey is used. People get no reminder if they opted out of surveys, or if their survey
    was skipped or not sent.
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
    return owed(to_nudge, "survey-nudge", due=on_working_day(due), window=NUDGE_WINDOW)


def ended_in_time(people: QuerySet[Any], since: datetime, until: datetime) -> QuerySet[Any]:
    """Return the rows of workshops whose reminder may be due, with the timing of both e-mails.

    The filters use no columns of members, so that the database can apply them before it joins the
    members.
    """
    ended = people.filter(
        # A survey is sent at most LONGEST_AFTER_THE_END plus SURVEY_WINDOW after the workshop's
        # end. Its reminder is due at most NUDGE_TIMING.most days after that, plus a day until the
        # local time, plus LONGEST_SHIFT until a working day.
        ends_at__gt=since - LONGEST_UNTIL_SENT - NUDGE_TIMING.most * A_DAY - A_DAY - LONGEST_SHIFT,
        ends_at__lte=until - (NUDGE_TIMING.least - 1) * A_DAY,
    )
    timed = with_timing(with_survey_due(ended), "survey-nudge", NUDGE_TIMING).annotate(
        days_after_end=days_after("ends_at", F("timing_days"))
    )
    asked_lately = (
        Message.objects.filter(
            # The first two lookups use the index on `group_id` and `due_at`. The second excludes no
            # survey, because a survey is always due after the workshop's end.
            group_id=OuterRef("cohort"),
            due_at__gte=OuterRef("ends_at"),
            kind="survey",
            subject_id=OuterRef("pk"),
        )
        .annotate(days_after_asked=days_after("sent_at", OuterRef("timing_days")))
        .filter(days_after_asked__gt=since - A_DAY - AN_HOUR - LONGEST_SHIFT)
    )
    # The filters on `ends_at` above allow for any timing that a cohort may choose. The filters
    # below use the cohort's own timing, and leave out workshops whose survey was sent too long ago.
    found: QuerySet[Any] = timed.filter(
        Q(survey_due__gt=since) | Exists(asked_lately),
        days_after_end__gt=since - LONGEST_UNTIL_SENT - A_DAY - LONGEST_SHIFT,
        days_after_end__lte=until + A_DAY,
    )
    return found


def days_after(moment: str, days: Combinable) -> MinutesAfter:
    return MinutesAfter(moment, days * Value(24 * 60))


def link(message: Message) -> str:
    return survey_url(
        workshop_for_email(message.subject_id), Membership.objects.addressed_by(message)
    )


def letter(message: Message, template: str, wording: Words) -> Letter:
    workshop = workshop_for_email(message.subject_id)
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
            "button_label": gettext("Say how it was"),
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
        title=_("Feedback survey"),
        for_recipient=_("The feedback survey after a workshop"),
        why=_(
            "Everyone marked as present gets it {when}. If no register was taken, everyone who "
            "sent no apologies gets it."
        ),
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
        too_early=_("A survey can only be sent once the workshop is over."),
    ),
)
NUDGE = Rule(
    kind="survey-nudge",
    text=RuleText(
        title=_("Reminder: survey not answered"),
        for_recipient=_("One reminder of a feedback survey, if you have not answered it"),
        why=_("People who have not answered get it {when}, or on the next working day, once only."),
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
        too_early=_("People were promised this many days to answer, so nobody is reminded sooner."),
    ),
)


@dataclass(frozen=True)
class Due:
    """A survey that a person can answer now: its workshop's title, and the path to answer it."""

    title: str
    url: str


# Compiled once in each process, because building this query takes longer than running it.
SURVEYS_DUE = CompiledSelect(
    not_answered()
    .filter(member_user_id=BindParam("user"), ends_at__lte=MOMENT, closes__gt=MOMENT)
    .order_by("-ends_at")
    .values_list("title", "public_id", "member_public_id"),
    prepare=True,
)


def surveys_due_for(user: User, moment: datetime) -> list[Due]:
    """Return the surveys that the user can answer now, latest workshop first. Makes one query."""
    return [
        Due(title, SURVEY_LINK.path(workshop_id, member_id))
        for title, workshop_id, member_id in SURVEYS_DUE(user=user.pk, moment=moment)
    ]
