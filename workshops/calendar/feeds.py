"""A person's workshops in every cohort, for the calendar program that subscribes to them; and the addresses for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import User
from cohorts.models import Membership
from workshops.calendar import ical
from workshops.calendar.ical import Entry
from workshops.calendar.invites import with_last_changed
from workshops.models import Attendance, CalendarFeed, Workshop
from workshops.register.rsvp import answer_url

LOOKS_BACK = timedelta(days=365)
ROLES = {
    CalendarFeed.Kind.TAKING_PART: Membership.Role.PARTICIPANT,
    CalendarFeed.Kind.FACILITATING: Membership.Role.FACILITATOR,
}


@dataclass(frozen=True)
class Offer:
    """A calendar that somebody may subscribe to, with its address once they have made one."""

    kind: CalendarFeed.Kind
    feed: CalendarFeed | None

    @property
    def address(self) -> str:
        return address_of(self.feed) if self.feed else ""

    @property
    def webcal(self) -> str:
        """The same for a browser to hand to the calendar program."""
        return "webcal" + self.address[self.address.index(":") :] if self.feed else ""


def address_of(feed: CalendarFeed) -> str:
    return settings.BASE_URL + reverse("workshops:calendar_feed", args=[feed.token])


def offers_for(user: User) -> list[Offer]:
    """Which calendars somebody may have: what they take part in, and who facilitates, that too. Two queries."""
    kinds = [CalendarFeed.Kind.TAKING_PART]
    if user.memberships.active().facilitating().exists():
        kinds.append(CalendarFeed.Kind.FACILITATING)
    feeds = {feed.kind: feed for feed in user.calendar_feeds.filter(revoked_at=None)}
    # Who facilitates no more can still see, and stop, an address that they have.
    kinds += [CalendarFeed.Kind(kind) for kind in feeds if kind not in kinds]
    return [Offer(kind, feeds.get(kind)) for kind in kinds]


def text_of(feed: CalendarFeed, moment: datetime) -> str:
    """The calendar as a program reads it; as long as nothing changes, the same to the byte. Two queries."""
    return ical.feed(entries_of(feed, moment), name=feed.get_kind_display())


def entries_of(feed: CalendarFeed, moment: datetime) -> list[Entry]:
    """Of the past year and to come, those in whose beginning the person is or was in the cohort; a workshop once."""
    memberships = list(Membership.objects.filter(user=feed.user_id).order_by("pk"))
    by_number = {membership.pk: membership for membership in memberships}
    found = {workshop.pk: workshop for workshop in workshops_of(feed, moment)}
    return [
        entry(
            workshop,
            by_number[workshop.member_id],
            earlier=sum(
                one.cohort_id == workshop.cohort_id and one.pk < workshop.member_id
                for one in memberships
            ),
        )
        for workshop in found.values()
    ]


def workshops_of(feed: CalendarFeed, moment: datetime) -> QuerySet[Any]:
    """A row for each workshop and membership, the later membership last."""
    said = Attendance.objects.filter(workshop=OuterRef("pk"), membership=OuterRef("member_id"))
    theirs = (
        Workshop.objects.filter(
            Q(cohort__memberships__left_at=None)
            | Q(cohort__memberships__left_at__gt=F("starts_at")),
            # What was off before they came never was in their calendar.
            Q(cancelled_at=None) | Q(cancelled_at__gte=F("cohort__memberships__joined_at")),
            starts_at__gt=moment - LOOKS_BACK,
            cohort__memberships__user=feed.user_id,
            cohort__memberships__role=ROLES[CalendarFeed.Kind(feed.kind)],
            cohort__memberships__joined_at__lte=F("starts_at"),
        )
        .annotate(
            member_id=F("cohort__memberships__pk"),
            answer=Coalesce(Subquery(said.values("answer")[:1]), Value("")),
        )
        .select_related("cohort")
        .order_by("starts_at", "pk", "member_id")
    )
    return with_last_changed(theirs)


def entry(workshop: Any, membership: Membership, *, earlier: int) -> Entry:
    """The same entry as the e-mails bring, so that whoever has both sees one that changes in place."""
    return ical.entry_of(
        workshop,
        workshop.slot,
        role=membership.role,
        sequence=ical.sequence_of(workshop, earlier),
        stamp=workshop.last_changed_at,
        url=(
            settings.BASE_URL + workshop.get_absolute_url()
            if membership.is_facilitator
            else answer_url(workshop, membership)
        ),
        answer=workshop.answer,
        is_cancelled=workshop.is_cancelled,
    )
