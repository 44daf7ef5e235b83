"""Calendar entries by e-mail: each member gets one of every workshop to come, changed and taken back in place.

The letter that brings an entry is also the notice of what it brings: a workshop planned, moved, given another place or
on again; and the letter that takes one back says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Literal

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat, Greatest

from cohorts.message_templates import render_template
from cohorts.models import Membership
from outbox.content.email import PRIVATE_LINK, Letter, write_letter
from outbox.content.placeholders import Words
from outbox.models import Message, MessageQuerySet
from outbox.rules import Rule, RuleText, Schedule
from workshops.calendar.ical import Invited, Party, entry_of, invitation, sequence_of
from workshops.messages.invitations import with_news
from workshops.messages.placeholders import (
    WORKSHOP_FIELDS,
    day_of,
    values_about,
    workshop_to_write_of,
)
from workshops.models import Attendance, Change, Workshop
from workshops.register.rsvp import rsvp_url
from workshops.times import Arrangement, Slot

BRINGS, TAKES_BACK = "calendar", "calendar-cancelled"
WINDOW = timedelta(days=14)
BRINGS_WORDING = Words(
    subject="",
    body="Dear {first_name},",
    fields=WORKSHOP_FIELDS,
    to="each member",
    when="whenever a workshop gets a date, another date or place, or is on again",
    around=(
        "After your words comes what has happened: that the workshop is planned, has another date or place, or is on "
        "again, and why. Then when and where, and the button by which they say if they are coming."
    ),
)
TAKES_BACK_WORDING = Words(
    subject="",
    body="Dear {first_name},",
    fields=WORKSHOP_FIELDS,
    to="each member who has it in their calendar",
    when="when a workshop is cancelled, loses its date, or they leave",
    around=(
        "After your words comes what has happened: that the workshop is cancelled, is to have another date, or goes on "
        "without them, and why. Then when and where it was to be."
    ),
)


# Who is owed what -----------------------------------------------------------------------------------------------------


def with_last_changed(workshops: QuerySet[Workshop]) -> QuerySet[Workshop]:
    """With `last_changed_at`, when calendars last had to hear of each; of one dated without a word of how, when it was.

    The last change is that which left the workshop's `sequence` as it is. It is joined, as PostgreSQL works out a
    subquery anew wherever its answer is named.
    """
    last = FilteredRelation("changes", condition=Q(changes__sequence=F("sequence")))
    found: QuerySet[Workshop] = workshops.annotate(last_change=last).annotate(
        last_changed_at=Coalesce("last_change__at", "scheduled_at")
    )
    return found


def owed(
    rows: QuerySet[Workshop], kind: str, *, due: Combinable, expires: Combinable
) -> QuerySet[Workshop]:
    key: list[Combinable] = [
        Value(f"{kind}:"),
        F("pk"),
        Value(":"),
        F("sequence"),
        Value(":"),
        F("member_id"),
    ]
    found: QuerySet[Workshop] = rows.annotate(
        owed_due=due,
        owed_expires=expires,
        owed_key=Concat(*(Cast(part, CharField()) for part in key)),
        owed_recipient=F("member_user_id"),
        owed_membership=F("member_id"),
        owed_version=F("sequence"),
        owed_group=F("cohort"),
        owed_subject=F("pk"),
    ).filter(owed_expires__gt=F("owed_due"))
    return found


def brought(since: datetime, until: datetime) -> QuerySet[Workshop]:
    """A row for each workshop to come and each member, once it is arranged as it is and they have joined."""
    rows = (
        Workshop.objects.on()
        .filter(
            cohort__in=with_news(since),
            starts_at__gt=since,
            cohort__memberships__left_at=None,
            cohort__memberships__joined_at__lt=F("starts_at"),
            cohort__memberships__joined_at__lte=until,
        )
        .annotate(
            member_id=F("cohort__memberships__pk"), member_user_id=F("cohort__memberships__user")
        )
    )
    due = Greatest(F("last_changed_at"), F("cohort__memberships__joined_at"))
    return owed(with_last_changed(rows), BRINGS, due=due, expires=F("starts_at"))


def taken_back(since: datetime, until: datetime) -> QuerySet[Workshop]:
    """A row for each member who has the entry of a workshop that is off, lost its date, or goes on without them."""
    undated = Change.objects.filter(workshop=OuterRef("pk"), kind=Change.Kind.UNDATED).order_by(
        "-pk"
    )
    # Whatever comes to be due after `since` does so because of one of these.
    lately_undated = undated.order_by().filter(at__gt=since)
    left = Membership.objects.filter(cohort=OuterRef("cohort"), left_at__gt=since)
    later = Membership.objects.filter(
        cohort=OuterRef("cohort"), user=OuterRef("member_user_id"), pk__gt=OuterRef("member_id")
    )
    rows = (
        Workshop.objects.filter(
            Q(cancelled_at__isnull=False)
            | Q(starts_at=None)
            | Q(cohort__memberships__left_at__isnull=False),
            Q(starts_at=None) | Q(starts_at__gt=since),
            Q(cancelled_at__gt=since) | Exists(lately_undated) | Exists(left),
        )
        .annotate(
            member_id=F("cohort__memberships__pk"),
            member_user_id=F("cohort__memberships__user"),
            member_left_at=F("cohort__memberships__left_at"),
        )
        # Somebody who came back has the entry by their new membership.
        .filter(~Exists(later), member_user_id__isnull=False)
        .annotate(brought_last=last_sent(BRINGS), taken_last=last_sent(TAKES_BACK))
        .filter(
            Q(taken_last=None) | Q(taken_last__lt=F("brought_last")), brought_last__isnull=False
        )
    )
    due = Case(
        When(cancelled_at__isnull=False, then=F("cancelled_at")),
        When(starts_at=None, then=Subquery(undated.values("at")[:1])),
        default=F("member_left_at"),
        output_field=DateTimeField(),
    )
    # Until it would have begun.
    expires = Coalesce("starts_at", Subquery(undated.values("starts_before")[:1]))
    return owed(rows, TAKES_BACK, due=due, expires=expires)


def last_sent(kind: str) -> Subquery:
    """The number of the last message of this kind that a person has had about a workshop: later ones have higher."""
    sent = Message.objects.filter(
        kind=kind,
        subject_id=OuterRef("pk"),
        recipient=OuterRef("member_user_id"),
        sent_at__isnull=False,
    )
    return Subquery(sent.order_by("-pk").values("pk")[:1])


# What is new to them --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class News:
    """What has become of a workshop since its member was last told: how, from what, and why."""

    kind: Change.Kind
    before: Slot | None
    reason: str


def news_of(workshop: Workshop, membership: Membership, message: Message) -> News:
    """What was changed since the entry that the member has; of who has none, since they joined."""
    theirs: MessageQuerySet = Message.objects.filter(
        kind=BRINGS, subject_id=workshop.pk, sent_at__isnull=False
    )
    had = theirs.filter(membership_id=membership.pk).exclude(pk=message.pk).order_by("-pk").first()
    changes = workshop.changes.order_by("sequence")
    since = Q(sequence__gt=had.subject_version) if had else Q(at__gt=membership.joined_at)
    changes = changes.filter(since)
    made = list(changes)
    reasons = [change.reason for change in made if change.reason]
    before = made[0].arrangement_before if made else Arrangement(None, "", "")
    return News(
        kind=kind_of_news(before, workshop.arrangement, {change.kind for change in made}),
        before=before.slot,
        reason=reasons[-1] if reasons else "",
    )


def kind_of_news(before: Arrangement, now: Arrangement, made: set[str]) -> Change.Kind:
    if before.slot is None:
        return Change.Kind.PLANNED
    if Change.Kind.REINSTATED in made:
        return Change.Kind.REINSTATED
    if now.slot != before.slot:
        return Change.Kind.MOVED
    return Change.Kind.RELOCATED if now != before else Change.Kind.PLANNED


SUBJECTS = {
    Change.Kind.PLANNED: "For your calendar: {title}, {day}",
    Change.Kind.MOVED: "Moved: {title} is now on {day}",
    Change.Kind.RELOCATED: "Another place: {title}, {day}",
    Change.Kind.REINSTATED: "On again: {title}, {day}",
}


# The letters ----------------------------------------------------------------------------------------------------------


def subject_of(message: Message) -> tuple[Workshop, Membership]:
    """Return the workshop and the membership that the message is about."""
    workshop = workshop_to_write_of(message.subject_id)
    membership = Membership.objects.select_related("user").addressed_by(message)
    return workshop, membership


def compose(message: Message) -> Letter:
    """The notice with its entry, as things stand when it is written."""
    workshop, membership = subject_of(message)
    news, slot = news_of(workshop, membership, message), workshop.slot
    day = day_of(slot, workshop.cohort)
    return write(
        "calendar",
        BRINGS_WORDING,
        message,
        workshop,
        membership,
        subject=SUBJECTS[news.kind].format(title=workshop.title, day=day),
        calendar=stream(message, workshop, membership, slot, "REQUEST") if slot else "",
        context={
            "news": news,
            "day": day,
            "was": news.before if news.before != slot else None,
            "button_label": "The workshop’s page"
            if membership.is_facilitator
            else "Say if you’re coming",
            "button_url": PRIVATE_LINK,
        },
    )


def compose_cancelled(message: Message) -> Letter:
    """What is off, and why: the workshop, its date, or their part in it."""
    workshop, membership = subject_of(message)
    undated = last_of(workshop, Change.Kind.UNDATED)
    slot = workshop.slot or (undated.arrangement_before.slot if undated else None)
    day = day_of(slot, workshop.cohort)
    if workshop.is_cancelled:
        subject, why = (
            f"Cancelled: {workshop.title}, {day}",
            last_of(workshop, Change.Kind.CANCELLED),
        )
    elif not workshop.is_planned:
        subject, why = f"Not on {day} after all: {workshop.title}", undated
    else:
        subject, why = f"Out of your calendar: {workshop.title}, {day}", None
    return write(
        "calendar_cancelled",
        TAKES_BACK_WORDING,
        message,
        workshop,
        membership,
        subject=subject,
        calendar=stream(message, workshop, membership, slot, "CANCEL") if slot else "",
        context={"slot": slot, "day": day, "reason": why.reason if why else ""},
    )


def last_of(workshop: Workshop, kind: Change.Kind) -> Change | None:
    return workshop.changes.filter(kind=kind).order_by("sequence").last()


def write(
    template: str,
    wording: Words,
    message: Message,
    workshop: Workshop,
    membership: Membership,
    *,
    subject: str,
    calendar: str,
    context: dict[str, object],
) -> Letter:
    cohort = workshop.cohort
    reply_to = cohort.reply_addresses()
    values = values_about(workshop, membership.user)
    facts = {
        "body": render_template(cohort, message.kind, wording, values).body,
        "workshop": workshop,
        "cohort_name": cohort.name,
        "zone": cohort.time_zone,
        "is_facilitator": membership.is_facilitator,
        "has_facilitators": bool(reply_to),
    }
    return write_letter(
        message,
        template,
        subject=subject,
        context=facts | context,
        reply_to=reply_to,
        calendar=calendar,
    )


def stream(
    message: Message,
    workshop: Workshop,
    membership: Membership,
    slot: Slot,
    method: Literal["REQUEST", "CANCEL"],
) -> str:
    """The entry for their own calendar, with nobody else in it."""
    cohort, is_off = workshop.cohort, method == "CANCEL"
    earlier = cohort.memberships.filter(user=membership.user_id, pk__lt=membership.pk).count()
    attendance = Attendance.objects.filter(workshop=workshop, membership=membership).first()
    answer = attendance.answer if attendance else ""
    entry = entry_of(
        workshop,
        slot,
        role=membership.role,
        sequence=sequence_of(workshop, earlier, has_left=is_off and not membership.is_active),
        stamp=message.due_at,
        url="" if is_off else PRIVATE_LINK,
        answer=answer,
        is_cancelled=is_off,
    )
    return invitation(
        entry,
        method=method,
        organiser=Party(cohort.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
        invited=Invited(membership.user.name, membership.user.email, membership.role, answer),
    )


def link(message: Message) -> str:
    """Where a participant says whether they come, without signing in; a facilitator looks at the workshop."""
    workshop, membership = subject_of(message)
    if membership.is_facilitator:
        return settings.BASE_URL + workshop.get_absolute_url()
    return rsvp_url(workshop, membership)


CALENDAR = Rule(
    kind=BRINGS,
    text=RuleText(
        title="Calendar invitation",
        for_recipient=(
            "Each workshop for your calendar, and word of a new date, time or place, "
            "because you would miss it."
        ),
        why="Everybody gets the entry for their calendar, and again whenever the date or the place changes.",
        wording=BRINGS_WORDING,
    ),
    schedule=Schedule(
        rows=brought,
        window=WINDOW,
    ),
    compose=compose,
    link=link,
)
CALENDAR_CANCELLED = Rule(
    kind=TAKES_BACK,
    text=RuleText(
        title="Calendar cancellation",
        for_recipient="Word that a workshop is off, because you would set out for nothing.",
        why="Whoever has the entry gets it taken out of their calendar: the workshop is off, or they have left.",
        wording=TAKES_BACK_WORDING,
    ),
    schedule=Schedule(
        rows=taken_back,
        window=WINDOW,
    ),
    compose=compose_cancelled,
    link=link,
)
