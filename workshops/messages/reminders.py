"""The two reminders of a workshop: a week and a day before, unless the cohort sets other times."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, Least
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from cohorts.message_templates import render_template, with_timing
from cohorts.models import Cohort, Membership
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import Words
from outbox.delivery.batch_cache import cached_per_batch
from outbox.local_time import WallClock
from outbox.models import Message
from outbox.rules import Overrides, Rule, RuleText, Schedule, Timing
from workshops.extras import extras_for_email
from workshops.messages.placeholders import WORKSHOP_FIELDS, values_about, workshop_for_email
from workshops.models import Attendance, Workshop
from workshops.register.expected import with_expected_members
from workshops.register.rsvp import rsvp_url

NINE = time(9)
A_WEEK = Timing(
    label=_("days before the workshop"),
    phrase=ngettext_lazy(
        "%(count)d day before the workshop", "%(count)d days before the workshop", "count"
    ),
    days=7,
    at=NINE,
    least=2,
)
A_DAY = Timing(
    label=_("days before the workshop"),
    phrase=ngettext_lazy(
        "%(count)d day before the workshop", "%(count)d days before the workshop", "count"
    ),
    days=1,
    at=NINE,
    most=3,
)
# The reminder a week before expires this many days after it was due.
WEEK_BEFORE_FOR_DAYS = 3
WORDING = Words(
    # The subject names the day and doesn't say “tomorrow”, because the e-mail may arrive a day
    # late.
    subject=_("Reminder: {workshop}, {day}"),
    body=_("Dear {first_name},\n\nWorkshop {number} of {cohort} is on {day}."),
    fields=WORKSHOP_FIELDS,
    to=_("each participant who has not sent apologies"),
    around=_(
        "Below your text we add: for people who said so, that they are coming; when and where; the "
        "joining link and the prework; what else belongs to the workshop; and the button to say if "
        "they are coming."
    ),
)


def local_due_time(*, later: int = 0) -> WallClock:
    """Return an SQL expression for the reminder's due time (in UTC), plus `later` days.

    The due time follows from the cohort's timing, which is in local time.
    """
    return WallClock(
        "starts_at", "cohort__time_zone", days=Value(later) - F("timing_days"), at=F("timing_at")
    )


def reminders(
    kind: str, timing: Timing, since: datetime, until: datetime, *, expires: Combinable
) -> QuerySet[Workshop]:
    """Return a row for each reminder that may be due between `since` and `until`.

    Each participant expected at a workshop gets one, unless they have sent apologies. There is no
    reminder if the participant joined, or the workshop's time was set, after the reminder was due.
    `kind` and `timing` are those of the rule, `expires` is when the reminder expires.
    """
    said_no = Attendance.objects.filter(
        workshop=OuterRef("pk"),
        membership=OuterRef("member_id"),
        answer=Attendance.Answer.APOLOGIES,
    )
    key: list[Combinable | str] = [
        Value(f"{kind}:"),
        "pk",
        Value(":"),
        "version",
        Value(":"),
        "member_id",
    ]
    # Select the workshops whose reminder may be due under any timing that a cohort can choose.
    # Add a day at both ends for the time of day, time zones and clock changes.
    begins = (since + timedelta(days=timing.least - 1), until + timedelta(days=timing.most + 1))
    begun = Workshop.objects.filter(starts_at__gt=begins[0], starts_at__lte=begins[1])
    found: QuerySet[Workshop] = (
        with_timing(with_expected_members(begun), kind, timing)
        .annotate(
            member_joined_at=F("cohort__memberships__joined_at"),
            owed_due=local_due_time(),
            owed_expires=expires,
            owed_key=Concat(*(Cast(part, CharField()) for part in key)),
            owed_recipient=F("member_user_id"),
            owed_membership=F("member_id"),
            owed_version=F("version"),
            owed_group=F("cohort"),
            owed_subject=F("pk"),
        )
        .filter(
            ~Exists(said_no),
            scheduled_at__lte=F("owed_due"),
            member_joined_at__lte=F("owed_due"),
            owed_expires__gt=F("owed_due"),
        )
    )
    return found


def week_before(since: datetime, until: datetime) -> QuerySet[Workshop]:
    expires = Least(local_due_time(later=WEEK_BEFORE_FOR_DAYS), F("starts_at"))
    return reminders("week-before", A_WEEK, since, until, expires=expires)


def day_before(since: datetime, until: datetime) -> QuerySet[Workshop]:
    return reminders("day-before", A_DAY, since, until, expires=F("starts_at"))


def link(message: Message) -> str:
    """Return the recipient's RSVP link."""
    workshop = workshop_for_email(message.subject_id)
    return rsvp_url(workshop, participants_of(workshop.cohort)[message.recipient_id])


@cached_per_batch
def participants_of(cohort: Cohort) -> dict[int | None, Membership]:
    """Return a dict that maps users' primary keys to the cohort's active participants."""
    return {member.user_id: member for member in cohort.memberships.active().participating()}


@cached_per_batch
def coming_to(workshop: Workshop) -> set[int]:
    """Return the primary keys of the users who have answered that they are coming."""
    coming = workshop.attendances.filter(answer=Attendance.Answer.COMING)
    return set(coming.values_list("membership__user", flat=True))


def compose(message: Message) -> EmailContent:
    workshop = workshop_for_email(message.subject_id)
    values = values_about(workshop, message.recipient)
    words = render_template(workshop.cohort, message.kind, WORDING, values)
    reply_to = workshop.cohort.reply_addresses()
    return render_email(
        message,
        "workshop_reminder",
        subject=words.subject,
        context={
            "body": words.body,
            "workshop": workshop,
            "cohort_name": workshop.cohort.name,
            "zone": workshop.cohort.time_zone,
            "day": values["day"],
            "extras": extras_for_email(workshop),
            "has_facilitators": bool(reply_to),
            "is_coming": message.recipient_id in coming_to(workshop),
            "button_label": gettext("Say if you’re coming"),
            "button_url": PRIVATE_LINK,
        },
        reply_to=reply_to,
    )


def not_begun(moment: datetime) -> Q:
    """Return a `Q` object for the workshops whose reminder facilitators may send early.

    They may send it at any time before the workshop, because the e-mail names the day.
    """
    return Q(starts_at__gt=moment)


WEEK_BEFORE = Rule(
    kind="week-before",
    text=RuleText(
        title=_("First reminder"),
        for_recipient=_("The first reminder of a workshop, usually a week before"),
        why=_("Everybody expected gets it {when}, unless they sent apologies."),
        wording=WORDING,
    ),
    schedule=Schedule(
        rows=week_before,
        window=timedelta(days=WEEK_BEFORE_FOR_DAYS, hours=1),
        timing=A_WEEK,
    ),
    compose=compose,
    link=link,
    is_optional=True,
    overrides=Overrides(
        early=not_begun,
    ),
)
DAY_BEFORE = Rule(
    kind="day-before",
    text=RuleText(
        title=_("Last reminder"),
        for_recipient=_("The last reminder of a workshop, usually the day before"),
        why=_("Everybody expected gets it {when}, unless they sent apologies."),
        wording=WORDING,
    ),
    schedule=Schedule(
        rows=day_before,
        # A reminder may be sent until the workshop begins. It is due at most A_DAY.most days before
        # the day of the workshop. Add a day for the time of day, and an hour in case the clocks
        # change.
        window=timedelta(days=A_DAY.most + 1, hours=1),
        timing=A_DAY,
    ),
    compose=compose,
    link=link,
    is_optional=True,
    overrides=Overrides(
        early=not_begun,
    ),
)
