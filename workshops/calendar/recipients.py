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
from outbox.models import Message, MessageQuerySet, OptOut
from workshops.calendar.news import ENTRIES_KIND, INVITE_KIND
from workshops.messages.invitations import cohorts_changed_since
from workshops.models import Change, Workshop

CANCEL_KIND = "calendar-cancelled"


def with_last_changed(workshops: QuerySet[Workshop]) -> QuerySet[Workshop]:
    """Annotate workshops with `last_changed_at`, when their calendar entries last changed.

    That is the time of the change with the workshop's current `sequence`, or `scheduled_at` if no
    change has that. The query joins the change, because PostgreSQL would evaluate a subquery again
    wherever its result is used. `last_changed_by` (its pk), `last_changed_kind` and
    `last_changed_from` (the start before it) are NULL if there is no such change. Filter by these,
    because Django joins `last_change` again in each `filter()` that names it.
    """
    last = FilteredRelation("changes", condition=Q(changes__sequence=F("sequence")))
    found: QuerySet[Workshop] = workshops.annotate(last_change=last).annotate(
        last_changed_at=Coalesce("last_change__at", "scheduled_at"),
        last_changed_by=F("last_change__pk"),
        last_changed_kind=F("last_change__kind"),
        last_changed_from=F("last_change__starts_before"),
    )
    return found


def owed(
    rows: QuerySet[Workshop], kind: str, *, due: Combinable, expires: Combinable
) -> QuerySet[Workshop]:
    """Annotate rows with the `owed_…` columns that message rules need.

    Rows that would expire before they are due are left out.
    """
    found: QuerySet[Workshop] = rows.annotate(
        owed_due=due,
        owed_expires=expires,
        owed_key=key_of(kind),
        owed_recipient=F("member_user_id"),
        owed_membership=F("member_id"),
        owed_version=F("sequence"),
        owed_group=F("cohort"),
        owed_subject=F("pk"),
    ).filter(owed_expires__gt=F("owed_due"))
    return found


def had_current_entry() -> Q:
    """Return a `Q` object for rows whose member was sent the current entry with all others.

    The rows are those of `with_last_changed`. If the current entry was sent alone, the message has
    the row's key.
    """
    together = Message.objects.filter(
        kind=ENTRIES_KIND,
        group_id=OuterRef("cohort"),
        recipient=OuterRef("member_user_id"),
        membership_id=OuterRef("member_id"),
        due_at__gte=OuterRef("last_changed_at"),
        sent_at__isnull=False,
    )
    return Q(Exists(together))


def key_of(kind: str, column: type[F] = F) -> Concat:
    """Return an expression for the key of a message about a row's workshop to its member.

    `column` is OuterRef in a subquery about the row.
    """
    parts: list[Combinable] = [
        Value(f"{kind}:"),
        column("pk"),
        Value(":"),
        column("sequence"),
        Value(":"),
        column("member_id"),
    ]
    return Concat(*(Cast(part, CharField()) for part in parts))


def invite_rows(since: datetime, until: datetime) -> QuerySet[Workshop]:
    """Return a row for each update of an entry that may be due between `since` and `until`.

    Each active member who was sent the entry gets one for each change to an upcoming workshop. So
    do members who get no entries by e-mail, unless the change is a first date. The update is due
    when the entry last changed or when the member joined, whichever is later, and expires when the
    workshop begins. If a workshop was moved from the future to the past, the members whose
    calendars have it get an update, which expires on the date that it had.
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
        | Q(was_moved_to_the_past(), has_entry(), last_changed_from__gt=since),
        # Nobody has an older entry of a workshop that got its first date with its first change.
        ~Q(last_changed_kind=Change.Kind.PLANNED, sequence=1),
    )
    expires = Case(
        When(was_moved_to_the_past(), then=F("last_changed_from")),
        default=F("starts_at"),
        output_field=DateTimeField(),
    )
    due = Greatest(F("last_changed_at"), F("member_joined_at"))
    is_update = Q(had_entry() & ~had_current_entry()) | Q(
        ~Q(last_changed_kind=Change.Kind.PLANNED),
        wants_no_entries(),
        last_changed_by__isnull=False,
        last_changed_at__gt=F("member_joined_at"),
    )
    return owed(dated.filter(is_update), INVITE_KIND, due=due, expires=expires)


def was_moved_to_the_past() -> Q:
    """Return a `Q` object for rows of `with_last_changed` that were moved from future to past."""
    return Q(
        last_changed_kind=Change.Kind.MOVED,
        last_changed_at__gte=F("starts_at"),
        last_changed_from__gt=F("last_changed_at"),
    )


def wants_no_entries() -> Q:
    """Return a `Q` object for rows whose member has opted out of entries by e-mail."""
    return Q(Exists(OptOut.objects.filter(kind=ENTRIES_KIND, person=OuterRef("member_user_id"))))


def sent_entries() -> MessageQuerySet:
    """Return a subquery of the e-mails that brought the row's member the workshop's entry.

    An e-mail with all entries is about the cohort. It had the workshops that had a date when it was
    due: if one changes before the e-mail is sent, the e-mail is dropped (see `entries.rows`).
    """
    changes = Change.objects.filter(workshop=OuterRef(OuterRef("pk")), at__lte=OuterRef("due_at"))
    all_together = Q(
        Q(due_at__gte=OuterRef("scheduled_at")) | Exists(changes),
        kind=ENTRIES_KIND,
        group_id=OuterRef("cohort"),
    )
    found: MessageQuerySet = Message.objects.filter(
        Q(~Q(calendar=""), kind=INVITE_KIND, subject_id=OuterRef("pk")) | all_together,
        recipient=OuterRef("member_user_id"),
        sent_at__isnull=False,
    )
    return found


def has_entry() -> Q:
    """Return a `Q` object for rows whose member was sent an entry that has not been cancelled."""
    cancelled = Message.objects.filter(
        kind=CANCEL_KIND,
        subject_id=OuterRef(OuterRef("pk")),
        recipient=OuterRef("recipient"),
        sent_at__isnull=False,
        pk__gt=OuterRef("pk"),
    )
    return Q(Exists(sent_entries().filter(~Exists(cancelled))))


def had_entry(*, besides: Q | None = None) -> Q:
    """Return a `Q` object for rows whose member was sent the entry since they joined.

    A message about the workshop's current version counts even if it was not sent, because it was
    queued when each first entry was an e-mail of its own. Messages `besides` do not count.
    """
    theirs = sent_entries().filter(membership_id=OuterRef("member_id"))
    if besides is not None:
        theirs = theirs.exclude(besides)
    queued = Message.objects.filter(key=key_of(INVITE_KIND, OuterRef))
    return Q(Exists(theirs)) | Q(Exists(queued))


def cancel_rows(since: datetime, until: datetime) -> QuerySet[Workshop]:
    """Return a row for each cancellation that may be due between `since` and `until`.

    A member who was sent a calendar entry gets one when the workshop is cancelled or loses its
    date, or when they leave. A member who gets no entries by e-mail gets one when the workshop is
    cancelled or loses its date. It expires when the workshop would have begun. A member who leaves
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
    due = Case(
        When(cancelled_at__isnull=False, then=F("cancelled_at")),
        When(starts_at=None, then=Subquery(undated.values("at")[:1])),
        default=F("member_left_at"),
        output_field=DateTimeField(),
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
            member_joined_at=F("cohort__memberships__joined_at"),
            member_left_at=F("cohort__memberships__left_at"),
            member_left_silently=F("cohort__memberships__left_silently"),
        )
        .filter(~had_their_email(), member_left_silently=False)
        # Leave out a membership that ended if the person has rejoined: the calendar entry now
        # belongs to the later membership.
        .filter(~Exists(later), member_user_id__isnull=False)
        .annotate(cancel_due=due)
        .annotate(invited_last=last_entry(), cancelled_last=last_cancellation())
        .filter(
            Q(
                Q(cancelled_last=None) | Q(cancelled_last__lt=F("invited_last")),
                invited_last__isnull=False,
            )
            | Q(
                wants_no_entries(),
                invited_last=None,
                member_left_at=None,
                member_joined_at__lt=F("cancel_due"),
            )
        )
        .filter(
            Q(member_left_at=None)
            | Q(cancelled_at__isnull=False)
            | Q(starts_at=None)
            | ~Q(Exists(earlier_entries()))
        )
    )
    expires = Coalesce("starts_at", Subquery(undated.values("starts_before")[:1]))
    return owed(rows, CANCEL_KIND, due=F("cancel_due"), expires=expires)


def had_their_email() -> Q:
    """Return a `Q` object for rows whose member has left, and was sent the e-mail about leaving."""
    theirs = Message.objects.filter(
        kind=CANCEL_KIND,
        membership_id=OuterRef("member_id"),
        due_at=OuterRef("member_left_at"),
        sent_at__isnull=False,
    )
    return Q(Exists(theirs))


def earlier_entries() -> QuerySet[Workshop]:
    """Return a subquery for workshops in the member's calendar before the row's workshop.

    Only workshops after the member left count.
    """
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


def last_entry() -> Subquery:
    """Return a subquery for the last e-mail to the row's member with the workshop's entry.

    It yields the message's primary key, or NULL. An e-mail that was due after the cancellation had
    no entry of the workshop.
    """
    sent = sent_entries().filter(due_at__lte=OuterRef("cancel_due"))
    return Subquery(sent.order_by("-pk").values("pk")[:1])


def last_cancellation() -> Subquery:
    """Return a subquery for the last cancellation e-mail to the row's member about the workshop.

    It yields the message's primary key, or NULL.
    """
    sent = Message.objects.filter(
        kind=CANCEL_KIND,
        subject_id=OuterRef("pk"),
        recipient=OuterRef("member_user_id"),
        sent_at__isnull=False,
    )
    return Subquery(sent.order_by("-pk").values("pk")[:1])
