"""Who is owed a reminder of a workshop: the expected, a week and a day before, at nine by the cohort's clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat

from cohorts.models import Membership
from outbox.letters import PRIVATE_LINK, Letter, write_letter
from outbox.models import Message
from outbox.rules import Rule
from outbox.wallclock import WallClock
from ui import dates
from workshops.answering import answer_url
from workshops.models import Attendance, Workshop

NINE = time(9)


def nine_o_clock(days: int) -> WallClock:
    """9:00 in the cohort's place, so many days after the workshop's."""
    return WallClock("starts_at", "cohort__time_zone", days=days, at=NINE)


def reminders(
    kind: str, since: datetime, until: datetime, *, due: WallClock, expires: Combinable
) -> QuerySet[Workshop]:
    """A row for each participant expected at a workshop that begins after `since` and no later than `until`.

    Nobody is reminded who has sent apologies, who joined after the reminder was due, or of a workshop that got its time
    after it was due: what lay in the past by then is not sent.
    """
    said_no = Attendance.objects.filter(
        workshop=OuterRef("pk"), membership=OuterRef("member_id"), answer=Attendance.Answer.APOLOGIES
    )
    key: list[Combinable | str] = [Value(f"{kind}:"), "pk", Value(":"), "version", Value(":"), "member_id"]
    return (
        Workshop.objects.filter(starts_at__gt=since, starts_at__lte=until)
        .with_expected()
        .annotate(
            member_joined_at=F("cohort__memberships__joined_at"),
            owed_due=due,
            owed_expires=expires,
            owed_key=Concat(*(Cast(part, CharField()) for part in key)),
            owed_recipient=F("member_user_id"),
            owed_stream=F("cohort"),
            owed_about=F("pk"),
        )
        .filter(~Exists(said_no), scheduled_at__lte=F("owed_due"), member_joined_at__lte=F("owed_due"))
    )


def week_before(since: datetime, until: datetime) -> QuerySet[Workshop]:
    # What is due in these days speaks of workshops six to eight days later, whatever the hour and the clocks do.
    return reminders(
        "week-before",
        since + timedelta(days=6),
        until + timedelta(days=8),
        due=nine_o_clock(-7),
        expires=nine_o_clock(-4),
    )


def day_before(since: datetime, until: datetime) -> QuerySet[Workshop]:
    return reminders(
        "day-before", since, until + timedelta(days=2), due=nine_o_clock(-1), expires=F("starts_at")
    )


def link(message: Message) -> str:
    """Where its person says whether they come, without signing in."""
    workshop = Workshop.objects.only("public_id", "cohort").get(pk=message.about)
    participants = Membership.objects.active().participating()
    return answer_url(workshop, participants.get(cohort=workshop.cohort_id, user=message.recipient_id))


def compose(message: Message) -> Letter:
    """The reminder, as things stand when it is written."""
    workshop = Workshop.objects.select_related("cohort").get(pk=message.about)
    reply_to = workshop.cohort.reply_addresses()
    return write_letter(
        "workshop_reminder",
        # The day, not "tomorrow": it may reach them the next morning, and a second copy is the same to the byte.
        subject=f"Reminder: {workshop.title}, {day_of(workshop)}",
        context={
            "workshop": workshop,
            "cohort_name": workshop.cohort.name,
            "zone": workshop.cohort.time_zone,
            "day": day_of(workshop),
            "has_facilitators": bool(reply_to),
            "person": message.recipient,
            "is_coming": workshop.attendances.filter(
                membership__user=message.recipient, answer=Attendance.Answer.COMING
            ).exists(),
            "button_label": "Say if you’re coming",
            "button_url": PRIVATE_LINK,
        },
        reply_to=reply_to,
    )


def day_of(workshop: Workshop) -> str:
    """Thursday 18 March, by the cohort's clock; empty if its date has just been taken away, and nothing is sent."""
    if workshop.starts_at is None:
        return ""
    day = dates.day_of(workshop.starts_at, workshop.cohort.zone)
    return f"{day:%A} {dates.day_month(day)}"


WEEK_BEFORE = Rule(
    kind="week-before",
    title="Reminder, one week before",
    window=timedelta(days=3, hours=1),
    rows=week_before,
    compose=compose,
    link=link,
)
DAY_BEFORE = Rule(
    kind="day-before",
    title="Reminder, the day before",
    # The day before at nine to the last minute of the day itself, and an hour more when the clocks go back.
    window=timedelta(hours=40),
    rows=day_before,
    compose=compose,
    link=link,
)
