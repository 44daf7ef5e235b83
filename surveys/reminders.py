"""The two reminders of a survey, to people who have not answered it.

When a reminder is due depends on the workshop alone, not on when a person was asked. So PostgreSQL
works it out once for each workshop, and joins members only to workshops whose reminder is due.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from cohorts.message_templates import with_timing
from outbox.content.email import EmailContent
from outbox.content.placeholders import Words
from outbox.local_time import MinutesAfter, WallClock, WorkingTime
from outbox.models import Message, MessageOverride, OptOut
from outbox.rules import Overrides, Rule, RuleText, Schedule, Timing, Visibility
from surveys.invitations import (
    as_datetime,
    key_of,
    link,
    not_answered,
    owed,
    render_survey_email,
    with_due,
    with_survey_due,
    workshops_with_survey,
)
from workshops.messages.placeholders import WORKSHOP_FIELDS
from workshops.working_days import LONGEST_SHIFT, NINE, on_working_day

FIRST_KIND, SECOND_KIND = "survey-nudge", "survey-nudge-2"
LABEL = _("days after the workshop")
PHRASE = ngettext_lazy(
    "%(count)d day after the workshop", "%(count)d days after the workshop", "count"
)
# At 9am on the next day, everybody would have been asked less than a day before.
FIRST_TIMING = Timing(label=LABEL, phrase=PHRASE, days=3, at=NINE, least=2, most=9)
SECOND_TIMING = Timing(label=LABEL, phrase=PHRASE, days=6, at=NINE, least=2, most=13)
WINDOW = timedelta(days=4)
A_DAY = timedelta(days=1)
TO = _("each participant who has not answered")
AROUND = _(
    "Below your text we add: how anonymous answers are, and that nobody can see who has answered; "
    "until when the survey is open; and the button. You can’t change what it says about names, "
    "because it must stay true."
)
FIRST_WORDING = Words(
    subject=_("Still time to say how “{workshop}” was"),
    body=_(
        "Dear {first_name},\n\nWe have no answers from you yet about workshop {number}, "
        "“{workshop}”. It takes two minutes."
    ),
    fields=WORKSHOP_FIELDS,
    to=TO,
    around=AROUND,
)
SECOND_WORDING = Words(
    subject=_("The survey about “{workshop}” is still open"),
    body=_(
        "Dear {first_name},\n\nYou can still say how workshop {number}, “{workshop}”, was for you. "
        "It takes two minutes."
    ),
    fields=WORKSHOP_FIELDS,
    to=TO,
    around=AROUND,
)


def first_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each first reminder to send, to people who have not answered."""
    rows, due = first_due(not_answered(), since, until)
    return reminders(rows, FIRST_KIND, due=due, since=since)


def first_plan(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each workshop (see `Schedule.plan`)."""
    rows, due = first_due(workshops_with_survey(), since, until)
    return planned(rows, due=due, since=since)


def second_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each second reminder to send, to people who have not answered.

    Somebody whose first reminder was sent less than a day before gets no second one.
    """
    reminded = Message.objects.filter(
        key=OuterRef("first_key"), sent_at__gt=OuterRef("a_day_before")
    )
    rows, due = second_due(not_answered(), since, until)
    found = reminders(rows, SECOND_KIND, due=due, since=since)
    to_remind: QuerySet[Any] = found.annotate(first_key=key_of(FIRST_KIND)).filter(
        ~Exists(reminded)
    )
    return to_remind


def second_plan(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each workshop (see `Schedule.plan`)."""
    rows, due = second_due(workshops_with_survey(), since, until)
    return planned(rows, due=due, since=since)


def first_due(
    workshops: QuerySet[Any], since: datetime, until: datetime
) -> tuple[QuerySet[Any], WorkingTime]:
    """Return the rows whose first reminder may be due then, and the expression for when it is.

    By default, it is due at 9am on the third day after the workshop or, if that is no working day,
    on the next one.
    """
    ended = workshops.filter(
        # Add a day for the time of day, and LONGEST_SHIFT until a working day.
        ends_at__gt=since - (FIRST_TIMING.most + 1) * A_DAY - LONGEST_SHIFT,
        ends_at__lte=until - (FIRST_TIMING.least - 1) * A_DAY,
    )
    timed = with_timing(ended, FIRST_KIND, FIRST_TIMING).annotate(earliest=local_time("timing"))
    due_lately = timed.filter(earliest__gt=since - LONGEST_SHIFT, earliest__lte=until)
    return due_lately, on_working_day(F("earliest"))


def second_due(
    workshops: QuerySet[Any], since: datetime, until: datetime
) -> tuple[QuerySet[Any], WorkingTime]:
    """Return the rows whose second reminder may be due then, and the expression for when it is.

    By default, it is due at 9am on the sixth day after the workshop, or on the next working day.
    It is never due before the first has been due for a day.
    """
    ended = workshops.filter(
        # The longest delay is that of a first reminder, a day more, and a delay of its own.
        ends_at__gt=since - (SECOND_TIMING.most + 2) * A_DAY - 2 * LONGEST_SHIFT,
        ends_at__lte=until - (SECOND_TIMING.least - 1) * A_DAY,
    )
    timed = with_timing(
        with_timing(ended, SECOND_KIND, SECOND_TIMING), FIRST_KIND, FIRST_TIMING, name="first"
    ).annotate(
        earliest=Greatest(local_time("timing"), a_day_after(local_time("first"))),
        after_the_first=a_day_after(on_working_day(local_time("first"))),
    )
    due_lately = timed.filter(earliest__gt=since - 2 * LONGEST_SHIFT, earliest__lte=until)
    return due_lately, on_working_day(Greatest(local_time("timing"), F("after_the_first")))


def local_time(timing: str) -> WallClock:
    """Return the time of a reminder by the timing with this prefix, on whatever day it falls."""
    return WallClock("ends_at", "cohort__time_zone", days=F(f"{timing}_days"), at=F(f"{timing}_at"))


def a_day_after(moment: Combinable) -> MinutesAfter:
    return MinutesAfter(moment, Value(24 * 60))


def reminders(
    rows: QuerySet[Any], kind: str, *, due: WorkingTime, since: datetime
) -> QuerySet[Any]:
    """Return the rows of people who were asked at least a day before `due`, with `owed_…` columns.

    If the survey's message doesn't exist yet, the due time of the survey is used. People get no
    reminder if they opted out of surveys, or if their survey was skipped or not sent.
    """
    found = owed(with_survey_due(rows), kind, due=due, window=WINDOW).annotate(
        survey_key=key_of("survey"), a_day_before=as_datetime(F("owed_due") - A_DAY)
    )
    asked = Message.objects.filter(key=OuterRef("survey_key"))
    asked_too_late = asked.filter(Q(sent_at=None) | Q(sent_at__gt=OuterRef("a_day_before")))
    about_this = MessageOverride.objects.of("survey", OuterRef("pk"))
    skipped = about_this.reaching(OuterRef("member_user_id")).skipping()
    refused = OptOut.objects.filter(kind="survey", person=OuterRef("member_user_id"))
    to_remind: QuerySet[Any] = found.filter(
        Q(~Exists(skipped), survey_due__gt=since) | Exists(asked),
        ~Exists(asked_too_late),
        ~Exists(refused),
    )
    return to_remind


def planned(rows: QuerySet[Any], *, due: WorkingTime, since: datetime) -> QuerySet[Any]:
    """Return the rows of workshops whose reminder is to come or was, as `Schedule.plan` requires.

    Leaves out workshops whose survey is skipped for everybody, or was sent only within a day before
    `due`.
    """
    found = with_due(with_survey_due(rows), due=due, window=WINDOW).annotate(
        a_day_before=as_datetime(F("owed_due") - A_DAY)
    )
    asked = Message.objects.filter(
        # The first two lookups use the index on `group_id` and `due_at`.
        group_id=OuterRef("cohort"),
        due_at__gte=OuterRef("starts_at"),
        kind="survey",
        subject_id=OuterRef("pk"),
    )
    skipped = MessageOverride.objects.of("survey", OuterRef("pk")).reaching(None).skipping()
    to_come: QuerySet[Any] = found.filter(
        Q(~Exists(asked), ~Exists(skipped), survey_due__gt=since)
        | Q(Exists(asked.filter(sent_at__lte=OuterRef("a_day_before")))),
    )
    return to_come


def compose(message: Message) -> EmailContent:
    if message.kind == SECOND_KIND:
        return render_survey_email(message, "survey_nudge_2", SECOND_WORDING)
    return render_survey_email(message, "survey_nudge", FIRST_WORDING)


NOT_SOONER = Overrides(
    too_early=_("People were promised this many days to answer, so nobody is reminded sooner.")
)
FIRST = Rule(
    kind=FIRST_KIND,
    text=RuleText(
        title=_("Reminder: survey not answered"),
        for_recipient=_("The first reminder of a feedback survey, if you have not answered it"),
        why=_("People who have not answered get it {when}, or on the next working day."),
        wording=FIRST_WORDING,
    ),
    schedule=Schedule(rows=first_rows, plan=first_plan, window=WINDOW, timing=FIRST_TIMING),
    compose=compose,
    link=link,
    visibility=Visibility.SCHEDULE,
    is_optional=True,
    overrides=NOT_SOONER,
)
SECOND = Rule(
    kind=SECOND_KIND,
    text=RuleText(
        title=_("Second reminder: survey not answered"),
        for_recipient=_(
            "The second and last reminder of a feedback survey, if you have not answered it"
        ),
        why=_(
            "People who have still not answered get it {when}, or on the next working day, but at "
            "least a day after the first reminder."
        ),
        wording=SECOND_WORDING,
    ),
    schedule=Schedule(rows=second_rows, plan=second_plan, window=WINDOW, timing=SECOND_TIMING),
    compose=compose,
    link=link,
    visibility=Visibility.SCHEDULE,
    is_optional=True,
    overrides=NOT_SOONER,
)
