"""Calendar feeds: a person's workshops in all cohorts, for calendar programs that subscribe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from accounts.models import User
from cohorts.models import Membership
from workshops.calendar import ical
from workshops.calendar.ical import Entry
from workshops.calendar.recipients import with_last_changed
from workshops.models import Attendance, CalendarFeed, Workshop
from workshops.register.rsvp import rsvp_url

# Feeds leave out workshops that began longer ago than this.
PAST_WINDOW = timedelta(days=365)
ROLES = {
    CalendarFeed.Kind.TAKING_PART: Membership.Role.PARTICIPANT,
    CalendarFeed.Kind.FACILITATING: Membership.Role.FACILITATOR,
}


@dataclass(frozen=True)
class Offer:
    """A kind of calendar feed that a person can have, and the feed if they have created one."""

    kind: CalendarFeed.Kind
    feed: CalendarFeed | None

    @property
    def address(self) -> str:
        return self.feed.url if self.feed else ""

    @property
    def webcal(self) -> str:
        """The address with the scheme `webcal`, which browsers pass on to a calendar program.

        Empty if the person has not created the feed.
        """
        return "webcal" + self.address[self.address.index(":") :] if self.feed else ""


def offers_for(user: User) -> list[Offer]:
    """Return an offer for each kind of feed that the user can have. Makes two queries.

    Only active facilitators can create a FACILITATING feed. Former facilitators may still have one.
    """
    kinds = [CalendarFeed.Kind.TAKING_PART]
    if user.memberships.active().facilitating().exists():
        kinds.append(CalendarFeed.Kind.FACILITATING)
    feeds = {feed.kind: feed for feed in user.calendar_feeds.filter(revoked_at=None)}
    # Former facilitators can still see their feed, and stop it.
    kinds += [CalendarFeed.Kind(kind) for kind in feeds if kind not in kinds]
    return [Offer(kind, feeds.get(kind)) for kind in kinds]


def feed_text(feed: CalendarFeed, moment: datetime) -> str:
    """Return the feed as iCalendar text. Makes two queries, and those of the apps to the right.

    The text is the same, byte for byte, until one of its entries changes.
    """
    entries = feed_entries(feed, moment)
    for path in settings.MORE_CALENDAR_ENTRIES:
        entries += import_string(path)(feed, moment)
    return ical.feed(entries, name=feed.get_kind_display())


def feed_entries(feed: CalendarFeed, moment: datetime) -> list[Entry]:
    """Return an entry for each of the person's workshops, in the past year and to come.

    These are the workshops that began, or will begin, while the person is in the cohort. Somebody
    who left a cohort and came back gets one entry for each workshop. Makes two queries.
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
    """Return a row for each workshop and each membership through which the feed includes it.

    A row is a workshop, annotated with the membership's `member_id` and RSVP (`answer`), and with
    `last_changed_at`. If a workshop has several rows, the latest membership comes last.
    """
    attendances = Attendance.objects.filter(
        workshop=OuterRef("pk"), membership=OuterRef("member_id")
    )
    rows = (
        Workshop.objects.filter(
            Q(cohort__memberships__left_at=None)
            | Q(cohort__memberships__left_at__gt=F("starts_at")),
            # A workshop that was cancelled before the person joined was never in their calendar.
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
    """Return the feed's entry for a row of `workshop_rows`.

    Its UID and sequence are those of the entry that the person got by e-mail, so that calendar
    programs show one event. `earlier` is the number of the person's earlier memberships.
    """
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
