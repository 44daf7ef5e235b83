"""The audience of an announcement: the people to whom it would be sent at a given moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from cohorts.models import Membership
from outbox.bounces.suppression import suppressed_among
from workshops.models import Announcement, Attendance


def with_audience(announcements: QuerySet[Any], members: str) -> QuerySet[Any]:
    """Return a row for each announcement and each of `members` who is in its audience now.

    `members` is a lookup path from announcements to memberships. The audience of an announcement to
    everybody is all active participants; to selected people, the active participants among them.
    The audience of an announcement about a workshop is the active participants with a certain RSVP,
    or with a certain mark on its register. If that workshop has no date or is cancelled, the
    audience is empty.
    """
    answers = Attendance.objects.filter(
        workshop=OuterRef("workshop"), membership=OuterRef("member_id")
    )
    is_coming = Exists(answers.filter(answer=Attendance.Answer.COMING))
    has_answered = Exists(answers.exclude(answer=""))
    was_present = Exists(answers.in_the_room())
    was_absent = Exists(answers.filter(mark=Attendance.Mark.ABSENT))
    # Some send apologies and come nevertheless.
    stayed_away = Exists(
        answers.excused().exclude(mark__in=(Attendance.Mark.PRESENT, Attendance.Mark.PARTLY))
    )
    selected = Announcement.addressees.through._default_manager.filter(
        announcement=OuterRef("pk"), membership=OuterRef("member_id")
    )
    about_workshop = Q(workshop__starts_at__isnull=False, workshop__cancelled_at=None)
    people: QuerySet[Any] = announcements.annotate(
        member_id=F(f"{members}__pk"),
        member_user_id=F(f"{members}__user"),
        member_role=F(f"{members}__role"),
        member_left_at=F(f"{members}__left_at"),
        member_is_known=F(f"{members}__user__is_active"),
    ).filter(
        Q(audience=Announcement.Audience.EVERYBODY)
        | Q(audience=Announcement.Audience.SELECTED) & Exists(selected)
        | about_workshop & Q(audience=Announcement.Audience.COMING) & is_coming
        | about_workshop & Q(audience=Announcement.Audience.SILENT) & ~has_answered
        | about_workshop & Q(audience=Announcement.Audience.APOLOGIES) & stayed_away
        | about_workshop & Q(audience=Announcement.Audience.PRESENT) & was_present
        | about_workshop & Q(audience=Announcement.Audience.ABSENT) & was_absent,
        member_role=Membership.Role.PARTICIPANT,
        member_left_at=None,
        member_is_known=True,
    )
    return people


@dataclass(frozen=True)
class Audience:
    """The people to whom an unsent announcement goes at `moment`, ordered by name.

    `unreachable` holds the primary keys of the memberships whose e-mail address is suppressed, or
    not known.
    """

    people: list[Membership]
    unreachable: frozenset[int]
    moment: datetime

    @property
    def count(self) -> int:
        """The number of people who would get the announcement immediately.

        The others get it if their address is corrected or added before it expires.
        """
        return len(self.people) - len(self.unreachable)

    @property
    def with_address(self) -> list[Membership]:
        return [one for one in self.people if one.user.email]

    @property
    def without_address(self) -> list[Membership]:
        return [one for one in self.people if not one.user.email]


def audience_of(draft: Announcement, moment: datetime) -> Audience:
    """Return the people to whom the draft would be sent. Makes three queries.

    It would be sent at `moment`, or later if it has a time to be sent at. Nobody gets a draft about
    a workshop that has no date. Once it is over, nobody gets a draft to those who are coming, or
    who have not answered. If the announcement is scheduled, return those of its addressees who are
    still in its audience.
    """
    workshop = draft.workshop
    members = "cohort__memberships" if draft.is_draft else "addressees"
    moment = max(moment, draft.sends_at or moment)
    if workshop and draft.asks_for_rsvp and (not workshop.ends_at or workshop.ends_at <= moment):
        return Audience([], frozenset(), moment)
    rows = with_audience(Announcement.objects.filter(pk=draft.pk), members)
    people = list(Membership.objects.filter(pk__in=rows.values("member_id")).by_name())
    suppressed = suppressed_among(person.user.email for person in people)
    unreachable = frozenset(
        person.pk for person in people if not person.user.email or person.user.email in suppressed
    )
    return Audience(people, unreachable, moment)
