"""The audience history of a reflection: who could read it, and when. Only its author sees it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, OuterRef

from accounts.models import User
from cohorts.models import Membership
from reflections.audience.readers import readers_of
from reflections.audience.rules import Audience, can_read_as_member
from reflections.models import AudiencePeriod, Reflection


def record_audience(entry: Reflection, *, at: datetime) -> None:
    """Record the reflection's present audience in its history.

    Ends the current `AudiencePeriod` and, if the reflection is shared, creates a new one. Makes two
    or three queries.
    """
    current = entry.audience_periods.filter(ended_at=None).first()
    if current:
        # A period must not end before it began. Its start can be after `at`, if a server with a
        # clock slightly ahead of ours recorded it.
        at = max(at, current.began_at)
        current.ended_at = at
        current.save(update_fields=["ended_at"])
    if entry.shared_at is not None:
        entry.audience_periods.create(
            audience=entry.audience,
            began_at=at,
            shared_at=entry.shared_at,
            changed_at=entry.changed_at,
        )


@dataclass(frozen=True)
class Period:
    """A period during which a reflection had one audience, with the people who could read it then.

    The current period has no `ended_at`. Its `former_readers` are those of its `readers` who can't
    read the reflection any more; other periods have none.
    """

    audience: Audience
    began_at: datetime
    ended_at: datetime | None = None
    readers: Sequence[User] = ()
    former_readers: Sequence[User] = ()

    @property
    def is_shared(self) -> bool:
        return self.audience != Audience.ONLY_ME

    @property
    def remaining_readers(self) -> list[User]:
        return [person for person in self.readers if person not in self.former_readers]


def periods_of(entry: Reflection) -> list[Period]:
    """Return the periods of a reflection's history, latest first.

    Includes the periods in which only the author could read the reflection. Makes at most four
    queries, however long the history is.
    """
    by_period = readers_by_period(entry)
    now = readers_of(entry)
    shared = [
        Period(
            Audience(one.audience),
            one.began_at,
            one.ended_at,
            by_period[one.pk],
            [] if one.ended_at else [person for person in by_period[one.pk] if person not in now],
        )
        for one in entry.audience_periods.exclude(ended_at=F("began_at"))
    ]
    return list(with_private_periods(entry, shared))[::-1]


def with_private_periods(entry: Reflection, shared: Sequence[Period]) -> Iterator[Period]:
    """Yield the shared periods (oldest first) and the private periods between them."""
    private_since: datetime | None = entry.recorded_since or entry.written_at
    for one in shared:
        if private_since is not None and private_since < one.began_at:
            yield Period(Audience.ONLY_ME, private_since, one.began_at)
        yield one
        private_since = one.ended_at
    if private_since is not None:
        yield Period(Audience.ONLY_ME, private_since)


def readers_by_period(entry: Reflection) -> defaultdict[int, list[User]]:
    """Return a dict that maps each period's pk to the people who could read the reflection then.

    The author is left out. People who left, or lost access by an edit, during a period are
    included: they could read the reflection at the start of the period. Makes at most two queries.
    """
    memberships = Membership.objects.filter(
        user=OuterRef("person"), cohort=OuterRef("reflection__cohort")
    )
    pairs = list(
        AudiencePeriod.objects.filter(reflection=entry)
        .annotate(person=F("reflection__cohort__memberships__user"))
        .exclude(person=entry.author_id)
        .filter(can_read_as_member(memberships))
        .order_by()
        .values_list("pk", "person")
        .distinct()
    )
    found = defaultdict[int, list[User]](list)
    people = User.objects.in_bulk({person for _, person in pairs})
    for period, person in sorted(pairs, key=lambda pair: (people[pair[1]].name, pair[1])):
        found[period].append(people[person])
    return found
