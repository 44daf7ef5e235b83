"""The recipients of calendar entries by e-mail: who is owed an entry, update or cancellation."""

from __future__ import annotations

from datetime import datetime

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

from cohorts.models import Membership
from outbox.models import Message
from workshops.calendar.news import INVITE_KIND
from workshops.messages.invitations import cohorts_changed_since
from workshops.models import Change, Workshop

CANCEL_KIND = "calendar-cancelled"


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
    changed or when the member joined, whichever is later, and expires when the workshop begins. If
    a workshop was moved from the future to the past, the members whose calendars have it get an
    update, which expires on the date that it had.
    """
    rows = (
        Workshop.objects.on()
        .filter(
            cohort__in=cohorts_changed_since(since),
            cohort__memberships__left_at=None,
            cohort__memberships__joined_at__lte=until,
        )
        .annotate(
            member_id=F("cohort__memberships__pk"),
            member_user_id=F("cohort__memberships__user"),
            member_joined_at=F("cohort__memberships__joined_at"),
        )
    )
    dated = with_last_changed(rows).filter(
        Q(
            Q(starts_at__gt=F("last_changed_at")),
            starts_at__gt=since,
            member_joined_at__lt=F("starts_at"),
        )
        | Q(was_moved_to_the_past(), has_entry(), last_change__starts_before__gt=since)
    )
    expires = Case(
        When(was_moved_to_the_past(), then=F("last_change__starts_before")),
        default=F("starts_at"),
        output_field=DateTimeField(),
    )
    due = Greatest(F("last_changed_at"), F("member_joined_at"))
    return owed(dated, INVITE_KIND, due=due, expires=expires)


def was_moved_to_the_past() -> Q:
    """Return a `Q` object for rows of `with_last_changed` that were moved from future to past."""
    return Q(
        last_change__kind=Change.Kind.MOVED,
        last_change__at__gte=F("starts_at"),
        last_change__starts_before__gt=F("last_change__at"),
    )


def has_entry() -> Q:
    """Return a `Q` object for rows whose member was sent an entry that has not been cancelled."""
    sent = Message.objects.filter(
        subject_id=OuterRef("pk"), recipient=OuterRef("member_user_id"), sent_at__isnull=False
    )
    cancelled = Message.objects.filter(
        kind=CANCEL_KIND,
        subject_id=OuterRef("subject_id"),
        recipient=OuterRef("recipient"),
        sent_at__isnull=False,
        pk__gt=OuterRef("pk"),
    )
    return Q(Exists(sent.filter(~Exists(cancelled), kind=INVITE_KIND)))


def cancel_rows(since: datetime, until: datetime) -> QuerySet[Workshop]:
    """Return a row for each cancellation that may be due between `since` and `until`.

    A member who was sent a calendar entry gets one when the workshop is cancelled or loses its
    date, or when they leave. It expires when the workshop would have begun. A member who leaves
    gets one e-mail about all workshops to come, in the row of the first; or none, if they were
    removed silently.
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
            member_left_silently=F("cohort__memberships__left_silently"),
        )
        .filter(~had_their_email(), member_left_silently=False)
        # Leave out a membership that ended if the person has rejoined: the calendar entry now
        # belongs to the later membership.
        .filter(~Exists(later), member_user_id__isnull=False)
        .annotate(invited_last=last_sent(INVITE_KIND), cancelled_last=last_sent(CANCEL_KIND))
        .filter(
            Q(cancelled_last=None) | Q(cancelled_last__lt=F("invited_last")),
            invited_last__isnull=False,
        )
        .filter(
            Q(member_left_at=None)
            | Q(cancelled_at__isnull=False)
            | Q(starts_at=None)
            | ~Q(Exists(earlier_entries()))
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


def had_their_email() -> Q:
    """Return a `Q` object for rows whose member has left, and was sent the e-mail about it."""
    theirs = Message.objects.filter(
        kind=CANCEL_KIND,
        membership_id=OuterRef("member_id"),
        due_at=OuterRef("member_left_at"),
        sent_at__isnull=False,
    )
    return Q(Exists(theirs))


def earlier_entries() -> QuerySet[Workshop]:
    """Return a subquery of earlier workshops, after the member left, that their calendar has."""
    return (
        Workshop.objects.on()
        .filter(
            cohort=OuterRef("cohort"),
            starts_at__gt=OuterRef("member_left_at"),
            starts_at__lt=OuterRef("starts_at"),
        )
        .annotate(member_user_id=OuterRef("member_user_id"))
        .filter(has_entry())
    )


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
