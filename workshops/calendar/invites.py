"""Calendar entries by e-mail: an invitation to each upcoming workshop, updates and cancellations.

The e-mail with an invitation or update also says what has changed: the workshop was planned, moved,
given another place or reinstated. The e-mail with a cancellation says why the entry is removed.
"""

from __future__ import annotations

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
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.message_templates import render_template
from cohorts.models import Membership
from outbox.content.email import PRIVATE_LINK, Letter, write_letter
from outbox.content.placeholders import Words
from outbox.models import Message
from outbox.rules import Rule, RuleText, Schedule
from workshops.calendar.ical import Attendee, Party, entry_of, invitation, sequence_of
from workshops.calendar.news import INVITE_KIND, news_of
from workshops.messages.invitations import cohorts_changed_since
from workshops.messages.placeholders import (
    WORKSHOP_FIELDS,
    day_of,
    values_about,
    workshop_for_email,
)
from workshops.models import Attendance, Change, Workshop
from workshops.register.rsvp import rsvp_url
from workshops.times import Slot

CANCEL_KIND = "calendar-cancelled"
WINDOW = timedelta(days=14)
INVITE_WORDING = Words(
    subject="",
    body=_("Dear {first_name},"),
    fields=WORKSHOP_FIELDS,
    to=_("each member"),
    when=_("whenever a workshop gets a date, another date or place, or is reinstated"),
    around=_(
        "Below your text we add what has happened: the workshop is planned, has another date or "
        "place, or is reinstated, and why. Then when and where, and the button to say if they are "
        "coming."
    ),
)
CANCEL_WORDING = Words(
    subject="",
    body=_("Dear {first_name},"),
    fields=WORKSHOP_FIELDS,
    to=_("each member who has it in their calendar"),
    when=_("when a workshop is cancelled, loses its date, or they leave"),
    around=_(
        "Below your text we add what has happened: the workshop is cancelled, is getting another "
        "date, or goes on without them, and why. Then when and where it was to be."
    ),
)


# Recipients


def with_last_changed(workshops: QuerySet[Workshop]) -> QuerySet[Workshop]:
    """Annotate workshops with `last_changed_at`, when their calendar entries last changed.

    That is the time of the change with the workshop's current `sequence`, or `scheduled_at` if
    there is none. The change is joined, because PostgreSQL evaluates a subquery again wherever its
    result is used.
    """
    last = FilteredRelation("changes", condition=Q(changes__sequence=F("sequence")))
    found: QuerySet[Workshop] = workshops.annotate(last_change=last).annotate(
        last_changed_at=Coalesce("last_change__at", "scheduled_at")
    )
    return found


def owed(
    rows: QuerySet[Workshop], kind: str, *, due: Combinable, expires: Combinable
) -> QuerySet[Workshop]:
    """Annotate rows as a message rule needs them, with `owed_…` columns.

    Rows that would expire before they are due are left out.
    """
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


def invite_rows(since: datetime, until: datetime) -> QuerySet[Workshop]:
    """Return a row for each invitation or update that may be due between `since` and `until`.

    Each active member gets one for each upcoming workshop. It is due when the calendar entry last
    changed or when the member joined, whichever is later, and expires when the workshop begins.
    """
    rows = (
        Workshop.objects.on()
        .filter(
            cohort__in=cohorts_changed_since(since),
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
    return owed(with_last_changed(rows), INVITE_KIND, due=due, expires=F("starts_at"))


def cancel_rows(since: datetime, until: datetime) -> QuerySet[Workshop]:
    """Return a row for each cancellation that may be due between `since` and `until`.

    A member who was sent a calendar entry gets one when the workshop is cancelled or loses its
    date, or when they leave. It expires when the workshop would have begun.
    """
    undated = Change.objects.filter(workshop=OuterRef("pk"), kind=Change.Kind.UNDATED).order_by(
        "-pk"
    )
    # A cancellation is due after `since` only if the workshop was cancelled or lost its date, or
    # somebody left, after `since`.
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
        # Leave out a membership that ended if the person has rejoined: the calendar entry now
        # belongs to the later membership.
        .filter(~Exists(later), member_user_id__isnull=False)
        .annotate(invited_last=last_sent(INVITE_KIND), cancelled_last=last_sent(CANCEL_KIND))
        .filter(
            Q(cancelled_last=None) | Q(cancelled_last__lt=F("invited_last")),
            invited_last__isnull=False,
        )
    )
    due = Case(
        When(cancelled_at__isnull=False, then=F("cancelled_at")),
        When(starts_at=None, then=Subquery(undated.values("at")[:1])),
        default=F("member_left_at"),
        output_field=DateTimeField(),
    )
    expires = Coalesce("starts_at", Subquery(undated.values("starts_before")[:1]))
    return owed(rows, CANCEL_KIND, due=due, expires=expires)


def last_sent(kind: str) -> Subquery:
    """Return a subquery for the last message of this kind that the row's member was sent.

    It yields the primary key of the last such message about the row's workshop, or NULL.
    """
    sent = Message.objects.filter(
        kind=kind,
        subject_id=OuterRef("pk"),
        recipient=OuterRef("member_user_id"),
        sent_at__isnull=False,
    )
    return Subquery(sent.order_by("-pk").values("pk")[:1])


SUBJECTS = {
    Change.Kind.PLANNED: _("For your calendar: %(title)s, %(day)s"),
    Change.Kind.MOVED: _("Moved: %(title)s is now on %(day)s"),
    Change.Kind.RELOCATED: _("New place: %(title)s, %(day)s"),
    Change.Kind.REINSTATED: _("Reinstated: %(title)s, %(day)s"),
}


# The e-mails


def subject_of(message: Message) -> tuple[Workshop, Membership]:
    """Return the workshop and the membership that the message is about."""
    workshop = workshop_for_email(message.subject_id)
    membership = Membership.objects.select_related("user").addressed_by(message)
    return workshop, membership


def compose(message: Message) -> Letter:
    """Return the e-mail that adds or updates a calendar entry."""
    workshop, membership = subject_of(message)
    news, slot = news_of(workshop, membership, message), workshop.slot
    day = day_of(slot, workshop.cohort)
    return write(
        "calendar",
        INVITE_WORDING,
        message,
        workshop,
        membership,
        subject=SUBJECTS[news.kind] % {"title": workshop.title, "day": day},
        calendar=calendar_text(message, workshop, membership, slot, "REQUEST") if slot else "",
        context={
            "news": news,
            "day": day,
            "was": news.before if news.before != slot else None,
            "button_label": gettext("The workshop’s page")
            if membership.is_facilitator
            else gettext("Say if you’re coming"),
            "button_url": PRIVATE_LINK,
        },
    )


def compose_cancelled(message: Message) -> Letter:
    """Return the e-mail that removes a calendar entry, and says why."""
    workshop, membership = subject_of(message)
    undated = last_of(workshop, Change.Kind.UNDATED)
    slot = workshop.slot or (undated.arrangement_before.slot if undated else None)
    day = day_of(slot, workshop.cohort)
    if workshop.is_cancelled:
        subject = gettext("Cancelled: %(title)s, %(day)s")
        why = last_of(workshop, Change.Kind.CANCELLED)
    elif not workshop.is_planned:
        subject, why = gettext("No longer on %(day)s: %(title)s"), undated
    else:
        subject, why = gettext("Removed from your calendar: %(title)s, %(day)s"), None
    return write(
        "calendar_cancelled",
        CANCEL_WORDING,
        message,
        workshop,
        membership,
        subject=subject % {"title": workshop.title, "day": day},
        calendar=calendar_text(message, workshop, membership, slot, "CANCEL") if slot else "",
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


def calendar_text(
    message: Message,
    workshop: Workshop,
    membership: Membership,
    slot: Slot,
    method: Literal["REQUEST", "CANCEL"],
) -> str:
    """Return iCalendar text with the member's entry for the workshop. It names no other member."""
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
        attendee=Attendee(membership.user.name, membership.user.email, membership.role, answer),
    )


def link(message: Message) -> str:
    """Return the recipient's RSVP link; for a facilitator, the URL of the workshop's page."""
    workshop, membership = subject_of(message)
    if membership.is_facilitator:
        return settings.BASE_URL + workshop.get_absolute_url()
    return rsvp_url(workshop, membership)


CALENDAR = Rule(
    kind=INVITE_KIND,
    text=RuleText(
        title=_("Calendar invitation"),
        for_recipient=_(
            "Each workshop for your calendar, and any new date, time or place. You can’t turn it "
            "off, because you would miss the workshop."
        ),
        why=_(
            "Everybody gets the calendar entry, and again whenever the date or the place changes."
        ),
        wording=INVITE_WORDING,
    ),
    schedule=Schedule(
        rows=invite_rows,
        window=WINDOW,
    ),
    compose=compose,
    link=link,
)
CALENDAR_CANCELLED = Rule(
    kind=CANCEL_KIND,
    text=RuleText(
        title=_("Calendar cancellation"),
        for_recipient=_(
            "That a workshop is off. You can’t turn it off, because you would set out for nothing."
        ),
        why=_(
            "Removes the entry of everybody who has it, if the workshop is off or they have left."
        ),
        wording=CANCEL_WORDING,
    ),
    schedule=Schedule(
        rows=cancel_rows,
        window=WINDOW,
    ),
    compose=compose_cancelled,
    link=link,
)
