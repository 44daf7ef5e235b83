"""The calendar entries of sets' meetings, for e-mails and for calendar feeds."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from cohorts.models import Membership
from sets.models import Meeting, SetMembership
from workshops.calendar.ical import Entry
from workshops.models import CalendarFeed
from workshops.times import Slot

# Feeds leave out meetings that began longer ago than this.
PAST_WINDOW = timedelta(days=365)


def entry_of(meeting: Meeting, *, sequence: int, is_cancelled: bool = False) -> Entry:
    """Return the meeting's calendar entry, which names nobody in the set."""
    cohort = meeting.set.grouping.cohort
    url = settings.BASE_URL + meeting.set.get_absolute_url()
    return Entry(
        uid=f"{meeting.public_id}@{urlsplit(settings.BASE_URL).hostname}",
        sequence=sequence,
        stamp=meeting.changed_at,
        slot=Slot(meeting.starts_at, meeting.ends_at),
        zone=cohort.zone,
        title=f"{meeting.set} ({cohort.name})",
        venue=meeting.place,
        joining_link=meeting.joining_link,
        words=_("Your set’s page: %(url)s") % {"url": url},
        url=url,
        is_cancelled=is_cancelled,
        is_busy=not is_cancelled,
    )


def sequence_of(meeting: Meeting, member: Membership, *, has_left: bool = False) -> int:
    """Return the SEQUENCE of a member's entry, which increases with each version of the entry.

    Leaving the set and coming back each make a new version. Makes one query.
    """
    places = SetMembership.objects.filter(set=meeting.set_id, membership__user=member.user_id)
    return 2 * (meeting.sequence + max(0, places.count() - 1)) + has_left


def feed_entries(feed: CalendarFeed, moment: datetime) -> list[Entry]:
    """Return the entries of the meetings of the sets that the feed's user is in now.

    Includes those of the past year. Makes one query.
    """
    if feed.kind != CalendarFeed.Kind.TAKING_PART:
        return []
    since = moment - PAST_WINDOW
    meetings = (
        Meeting.objects.filter(
            set__places__membership__user=feed.user_id,
            set__places__left_at=None,
            set__places__membership__left_at=None,
            set__grouping__published_at__isnull=False,
            set__grouping__cohort__uses_sets=True,
            starts_at__gt=since,
            cancelled_at=None,
        )
        .select_related("set__grouping__cohort")
        .order_by("starts_at", "pk")
    )
    return [entry_of(meeting, sequence=2 * meeting.sequence) for meeting in meetings]
