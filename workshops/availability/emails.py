"""The two e-mails of an availability poll: an invitation, and one reminder before it closes."""

from __future__ import annotations

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
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, Greatest
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from cohorts.message_templates import COHORT_FIELDS, cohort_values, render_template, with_timing
from cohorts.models import Membership
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import NamedField, Words
from outbox.local_time import WallClock
from outbox.models import Message
from outbox.rules import Overrides, Rule, RuleText, Schedule, Timing
from ui import dates
from workshops.availability.polls import ANSWER_LINK, MAX_OPEN
from workshops.messages.invitations import in_reach_since
from workshops.models import AvailabilityAnswer, AvailabilityPoll
from workshops.working_days import on_working_day

ASK_KIND, NUDGE_KIND = "availability", "availability-nudge"
NUDGE_TIMING = Timing(
    label=_("days before the last day to answer"),
    phrase=ngettext_lazy(
        "%(count)d day before the last day to answer",
        "%(count)d days before the last day to answer",
        "count",
    ),
    days=2,
    at=time(9),
    most=14,
)
# The least time between a member's invitation and the reminder.
REMINDER_GAP = timedelta(days=1)
FIELDS = (
    *COHORT_FIELDS,
    NamedField("answer_by", _("the last day to answer"), _("Friday 5 March 2027")),
)
AROUND = _(
    "After your words come: which days we ask about, the last day to answer, the button, and who "
    "sees the answers."
)
ASK_WORDING = Words(
    subject=_("When are you free? {cohort}"),
    body=_(
        "Dear {first_name},\n\nBefore the dates of the workshops are set, please tap the half days"
        " that you can’t make. It is one page, and takes a minute."
    ),
    fields=FIELDS,
    to=_("each member"),
    when=_("as you ask when people are free"),
    around=AROUND,
)
NUDGE_WORDING = Words(
    subject=_("Still time to say when you are free: {cohort}"),
    body=_(
        "Dear {first_name},\n\nWe don’t know yet which half days you can’t make. The dates of the "
        "workshops are set soon, and we would like them to suit you."
    ),
    fields=FIELDS,
    to=_("each member who has not answered"),
    around=AROUND,
)


def unanswered() -> QuerySet[Any]:
    """Return a row for each active member who has not answered a poll that nobody has closed.

    A row is a poll, annotated with the member's columns. `member_asked_at` is when the poll opened
    or the member joined, whichever is later.
    """
    answered = AvailabilityAnswer.objects.filter(
        poll=OuterRef("pk"), membership=OuterRef("member_id")
    )
    return (
        AvailabilityPoll.objects.filter(closed_at=None)
        .annotate(
            member_id=F("cohort__memberships__pk"),
            member_user_id=F("cohort__memberships__user"),
            member_joined_at=F("cohort__memberships__joined_at"),
            member_left_at=F("cohort__memberships__left_at"),
        )
        .filter(~Exists(answered), member_id__isnull=False, member_left_at=None)
        .annotate(
            member_asked_at=Greatest("asked_at", in_reach_since(prefix="cohort__memberships__"))
        )
    )


def key_of(kind: str) -> Concat:
    parts: list[Combinable | str] = [Value(f"{kind}:"), "pk", Value(":"), "member_id"]
    return Concat(*(Cast(part, CharField()) for part in parts))


def owed(rows: QuerySet[Any], kind: str, due: Combinable) -> QuerySet[Any]:
    """Annotate rows of `unanswered` with the `owed_…` columns that message rules need.

    A message is due at `due`, and expires when the poll closes. Rows are left out if the poll
    closes before they are due.
    """
    found: QuerySet[Any] = rows.annotate(
        owed_key=key_of(kind),
        owed_recipient=F("member_user_id"),
        owed_membership=F("member_id"),
        owed_group=F("cohort"),
        owed_subject=F("pk"),
        owed_due=due,
        owed_expires=F("closes_at"),
    ).filter(owed_expires__gt=F("owed_due"))
    return found


def ask_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each invitation that may be due between `since` and `until`.

    An invitation is due when the poll opens or when e-mail can first reach the member, whichever is
    later.
    """
    return owed(
        unanswered().filter(asked_at__lte=until, closes_at__gt=since),
        ASK_KIND,
        F("member_asked_at"),
    )


def nudge_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each reminder that may be due between `since` and `until`.

    Reminders are due at 9am two days before the poll closes, in local time, unless the cohort or
    its programme has another timing. If that is a weekend or a bank holiday, they are due at 9am on
    the next working day.

    A member gets no reminder if the poll opened, they joined, or their invitation was sent within a
    day (REMINDER_GAP) before the reminder is due. They get none either if their invitation is in
    the outbox but was not sent.
    """
    ending = unanswered().filter(
        closes_at__gt=since, closes_at__lte=until + timedelta(days=NUDGE_TIMING.most + 1)
    )
    rows = with_timing(ending, NUDGE_KIND, NUDGE_TIMING)
    due = WallClock("closes_at", "cohort__time_zone", days=-F("timing_days"), at=F("timing_at"))
    found = owed(rows, NUDGE_KIND, on_working_day(due)).annotate(
        ask_key=key_of(ASK_KIND),
        invited_before=ExpressionWrapper(
            F("owed_due") - REMINDER_GAP, output_field=DateTimeField()
        ),
    )
    asked = Message.objects.filter(key=OuterRef("ask_key"))
    late = asked.filter(Q(sent_at=None) | Q(sent_at__gt=OuterRef("invited_before")))
    to_nudge: QuerySet[Any] = found.filter(~Exists(late), member_asked_at__lte=F("invited_before"))
    return to_nudge


def compose(message: Message) -> EmailContent:
    """Return the e-mail for an invitation or a reminder."""
    poll = AvailabilityPoll.objects.select_related("cohort__programme").get(pk=message.subject_id)
    cohort = poll.cohort
    is_reminder = message.kind == NUDGE_KIND
    answer_by = dates.long_day(dates.day_of(poll.closes_at, cohort.zone))
    words = render_template(
        cohort,
        message.kind,
        NUDGE_WORDING if is_reminder else ASK_WORDING,
        {**cohort_values(cohort, message.recipient), "answer_by": answer_by},
    )
    return render_email(
        message,
        "availability",
        subject=words.subject,
        context={
            "body": words.body,
            "poll": poll,
            "answer_by": answer_by,
            "cohort_name": cohort.name,
            "is_reminder": is_reminder,
            "button_label": gettext("Tap the half days you can’t make"),
            "button_url": PRIVATE_LINK,
        },
        reply_to=cohort.reply_addresses(),
    )


def link(message: Message) -> str:
    membership = Membership.objects.addressed_by(message)
    poll = AvailabilityPoll.objects.get(pk=message.subject_id)
    return ANSWER_LINK.url(poll.public_id, membership.public_id)


ASK = Rule(
    kind=ASK_KIND,
    text=RuleText(
        title=_("When are you free?"),
        for_recipient=_(
            "The question when you are free, because the dates are set by what you and the others "
            "say."
        ),
        why=_("Everybody in the cohort gets it as you ask, and who joins later as they join."),
        wording=ASK_WORDING,
    ),
    schedule=Schedule(
        rows=ask_rows,
        # An invitation may be sent for as long as the poll is open: at most MAX_OPEN, and one hour
        # more if the clocks change.
        window=MAX_OPEN + timedelta(hours=1),
    ),
    compose=compose,
    link=link,
)
NUDGE = Rule(
    kind=NUDGE_KIND,
    text=RuleText(
        title=_("Reminder: when are you free?"),
        for_recipient=_("A reminder to say when you are free, if you haven’t yet"),
        why=_("People who have not answered by then get it {when}, or on the next working day."),
        wording=NUDGE_WORDING,
    ),
    schedule=Schedule(
        rows=nudge_rows,
        # A reminder may be sent until the poll closes. It is due at most NUDGE_TIMING.most days
        # before the day on which the poll closes. Add a day for the time of day.
        window=timedelta(days=NUDGE_TIMING.most + 1),
        timing=NUDGE_TIMING,
    ),
    compose=compose,
    link=link,
    is_optional=True,
    overrides=Overrides(
        early=lambda moment: Q(closes_at__gt=moment),
    ),
)
