"""Calendar feeds: a person's workshops in every cohort, for a calendar program that subscribes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from cohorts.models import Membership
from workshops.calendar import ical
from workshops.calendar.ical import Entry
from workshops.calendar.invites import with_last_changed
from workshops.models import Attendance, CalendarFeed, Workshop
from workshops.register.rsvp import rsvp_url

# Workshops that began longer ago than this are left out.
PAST_WINDOW = timedelta(days=365)
ROLES = {
    CalendarFeed.Kind.TAKING_PART: Membership.Role.PARTICIPANT,
    CalendarFeed.Kind.FACILITATING: Membership.Role.FACILITATOR,
}


@dataclass(frozen=True)
class Offer:
    """A kind of calendar that a person can subscribe to, with their feed if they have one."""

    kind: CalendarFeed.Kind
    feed: CalendarFeed | None

    @property
    def address(self) -> str:
        return self.feed.url if self.feed else ""

    @property
    def webcal(self) -> str:
        """The address with the scheme that browsers pass on to a calendar program."""
        return "webcal" + self.address[self.address.index(":") :] if self.feed else ""


def offers_for(user: User) -> list[Offer]:
    """Return the calendars that a person can have; facilitators have a second one. Two queries."""
    kinds = [CalendarFeed.Kind.TAKING_PART]
    if user.memberships.active().facilitating().exists():
        kinds.append(CalendarFeed.Kind.FACILITATING)
    feeds = {feed.kind: feed for feed in user.calendar_feeds.filter(revoked_at=None)}
    # Former facilitators can still see and stop an address that they have.
    kinds += [CalendarFeed.Kind(kind) for kind in feeds if kind not in kinds]
    return [Offer(kind, feeds.get(kind)) for kind in kinds]


def feed_text(feed: CalendarFeed, moment: datetime) -> str:
    """Return the feed as iCalendar text, byte for byte the same until something changes.

    Two queries.
    """
    return ical.feed(feed_entries(feed, moment), name=feed.get_kind_display())


def feed_entries(feed: CalendarFeed, moment: datetime) -> list[Entry]:
    """Return an entry for each workshop of the past year and to come.

    These are the workshops that began, or will begin, while the person is in the cohort. Somebody
    with two memberships in one cohort gets each workshop once.
    """
    memberships = list(Membership.objects.filter(user=feed.user_id).order_by("pk"))
    by_number = {membership.pk: membership for membership in memberships}
    found = {workshop.pk: workshop for workshop in workshop_rows(feed, moment)}
    return [
        feed_entry(
            workshop,
            by_number[workshop.member_id],
            earlier=sum(
                one.cohort_id == workshop.cohort_id and one.pk < workshop.member_id
                for one in memberships
            ),
        )
        for workshop in found.values()
    ]


def workshop_rows(feed: CalendarFeed, moment: datetime) -> QuerySet[Any]:
    """Return a row for each workshop and membership, later memberships last."""
    attendances = Attendance.objects.filter(
        workshop=OuterRef("pk"), membership=OuterRef("member_id")
    )
    rows = (
        Workshop.objects.filter(
            Q(cohort__memberships__left_at=None)
            | Q(cohort__memberships__left_at__gt=F("starts_at")),
            # A workshop cancelled before they joined was never in their calendar.
            Q(cancelled_at=None) | Q(cancelled_at__gte=F("cohort__memberships__joined_at")),
            starts_at__gt=moment - PAST_WINDOW,
            cohort__memberships__user=feed.user_id,
            cohort__memberships__role=ROLES[CalendarFeed.Kind(feed.kind)],
            cohort__memberships__joined_at__lte=F("starts_at"),
        )
        .annotate(
            member_id=F("cohort__memberships__pk"),
            answer=Coalesce(Subquery(attendances.values("answer")[:1]), Value("")),
        )
        .select_related("cohort")
        .order_by("starts_at", "pk", "member_id")
    )
    return with_last_changed(rows)


def feed_entry(workshop: Any, membership: Membership, *, earlier: int) -> Entry:
    """Return the entry with the UID and sequence of the e-mailed one, so that they merge."""
    return ical.entry_of(
        workshop,
        workshop.slot,
        role=membership.role,
        sequence=ical.sequence_of(workshop, earlier),
        stamp=workshop.last_changed_at,
        url=(
            settings.BASE_URL + workshop.get_absolute_url()
            if membership.is_facilitator
            else rsvp_url(workshop, membership)
        ),
        answer=workshop.answer,
        is_cancelled=workshop.is_cancelled,
    )
