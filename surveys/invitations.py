"""The e-mail that asks for answers to a survey, after the workshop, and who is asked.

The two reminders are in `surveys/reminders.py`.

Messages in the outbox are the only record of who was invited (docs/decisions/0005).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
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
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, Least
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.message_templates import render_template, with_timing
from cohorts.models import Membership
from outbox.compiled_query import MOMENT, BindParam, CompiledSelect
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import Words
from outbox.local_time import MinutesAfter
from outbox.models import Message
from outbox.rules import Overrides, Rule, RuleText, Schedule, Timing, Visibility
from surveys.closing import closing_time
from surveys.links import SURVEY_LINK, survey_url
from surveys.models import Receipt, Survey
from surveys.opening import get_or_create_survey
from surveys.pairs import IN_PAIRS, has_survey, other_of_pair, was_at_first
from surveys.questionnaire_messages import has_participants
from surveys.replies import latest_reply
from workshops.messages.placeholders import WORKSHOP_FIELDS, values_about, workshop_for_email
from workshops.models import Attendance, Workshop
from workshops.register.expected import has_declined, with_expected_members

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
LONGEST_AFTER_THE_END = timedelta(minutes=SURVEY_TIMING.most)
SURVEY_WORDING = Words(
    subject=_("How was “{workshop}” for you?"),
    body=_(
        "Dear {first_name},\n\nThank you for the half day. There are a few questions about "
        "workshop {number}, and they take two minutes."
    ),
    fields=WORKSHOP_FIELDS,
    to=_("each participant who was there"),
    around=_(
        "Below your text we add: how anonymous answers are, who sees them and when; "
        "until when the survey is open; and the button. You can’t change what it says about "
        "names and answers, because it must stay true."
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
    the cohort are excluded. If the cohort has a survey after every second workshop, the first of
    two has none, and the people who were at the first are asked after the second (surveys.pairs).

    Adds `closes` (when the survey closes) and `member_public_id` to the annotations of
    `with_expected_members`.
    """
    marked = Attendance.objects.filter(workshop=OuterRef("pk")).exclude(mark="")
    in_the_room = Attendance.objects.in_the_room().filter(
        workshop=OuterRef("pk"), membership=OuterRef("member_id")
    )
    return (
        with_expected_members(Workshop.objects.all())
        .annotate(
            member_public_id=F("cohort__memberships__public_id"),
            member_left_at=F("cohort__memberships__left_at"),
            closes=closing_time(),
        )
        .filter(
            Exists(in_the_room) | was_at_first() | ~Exists(marked) & ~has_declined(),
            has_survey(),
            member_left_at=None,
        )
    )


def workshops_with_survey() -> QuerySet[Any]:
    """Return a row for each planned workshop that is followed by a survey, annotated `closes`.

    Leaves out workshops of cohorts without participants, and those whose register says that nobody
    came. In a cohort that has a survey after every second workshop, people may have come to the
    first of the two.
    """
    marked = Attendance.objects.filter(workshop=OuterRef("pk")).exclude(mark="")
    in_the_room = Attendance.objects.in_the_room().filter(workshop=OuterRef("pk"))
    found: QuerySet[Any] = (
        Workshop.objects.on()
        .annotate(closes=closing_time())
        .filter(has_survey(), has_participants(), IN_PAIRS | Exists(in_the_room) | ~Exists(marked))
    )
    return found


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


def with_due(rows: QuerySet[Any], *, due: Combinable, window: timedelta) -> QuerySet[Any]:
    """Annotate what the survey's or reminder's message is about, and when it is due.

    Leaves out messages that are due only after the survey closes. Leaves out workshops whose date
    was set only after their survey was due.
    """
    found: QuerySet[Any] = (
        rows.annotate(owed_group=F("cohort"), owed_subject=F("pk"), owed_due=due)
        .annotate(owed_expires=Least(as_datetime(F("owed_due") + window), F("closes")))
        .filter(scheduled_at__lte=F("survey_due"), closes__gt=F("owed_due"))
    )
    return found


def owed(rows: QuerySet[Any], kind: str, *, due: Combinable, window: timedelta) -> QuerySet[Any]:
    """Annotate the rows as `Schedule.rows` requires, for the survey or the reminder.

    Leaves out what `with_due` leaves out.
    """
    found: QuerySet[Any] = with_due(
        rows.annotate(
            owed_key=key_of(kind),
            owed_recipient=F("member_user_id"),
            owed_membership=F("member_id"),
            owed_version=F("version"),
        ),
        due=due,
        window=window,
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


def link(message: Message) -> str:
    """Return the URL of the recipient's survey. From now on the survey has its own questions."""
    workshop = workshop_for_email(message.subject_id)
    get_or_create_survey(workshop)
    return survey_url(workshop, Membership.objects.addressed_by(message))


def render_survey_email(message: Message, template: str, wording: Words) -> EmailContent:
    workshop = workshop_for_email(message.subject_id)
    survey = Survey.objects.about(workshop)
    words = render_template(
        workshop.cohort, message.kind, wording, values_about(workshop, message.recipient)
    )
    return render_email(
        message,
        template,
        subject=words.subject,
        context={
            "body": words.body,
            "workshop": workshop,
            "earlier": other_of_pair(workshop),
            "zone": workshop.cohort.zone,
            "cohort_name": workshop.cohort.name,
            "survey": survey,
            "closes_at": survey.closes_at,
            "reply": latest_reply(workshop.cohort_id, workshop.position),
            "button_label": gettext("Say how it was"),
            "button_url": PRIVATE_LINK,
        },
        reply_to=workshop.cohort.reply_addresses(),
    )


def compose_survey(message: Message) -> EmailContent:
    return render_survey_email(message, "survey", SURVEY_WORDING)


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
