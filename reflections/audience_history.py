"""Who could read an entry when: written down by every verb that changes it, and shown to its author alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, OuterRef, Q

from accounts.models import User
from cohorts.models import Membership
from reflections.audience import everybody, facilitators, told
from reflections.audience_names import readers_of
from reflections.models import Audience, AudiencePeriod, Reflection


def record(entry: Reflection, *, at: datetime) -> None:
    """Ends the time that is open, and begins one with the audience that the entry has by now. Two queries or three."""
    opened = entry.audience_periods.filter(ended_at=None).first()
    if opened:
        at = max(at, opened.began_at)  # another server's clock may be a little behind
        opened.ended_at = at
        opened.save(update_fields=["ended_at"])
    if entry.shared_at is not None:
        entry.audience_periods.create(
            audience=entry.audience,
            began_at=at,
            shared_at=entry.shared_at,
            changed_at=entry.changed_at,
        )


@dataclass(frozen=True)
class Stretch:
    """A time through which an entry had one audience. `readers` could read it at some moment of it, by name.

    Of the time that has not ended, `no_longer` are those of them who can't read it any more.
    """

    audience: str
    began_at: datetime
    ended_at: datetime | None = None
    readers: Sequence[User] = ()
    no_longer: Sequence[User] = ()

    @property
    def is_shared(self) -> bool:
        return self.audience != Audience.ONLY_ME

    @property
    def still(self) -> list[User]:
        return [person for person in self.readers if person not in self.no_longer]


def stretches(entry: Reflection) -> list[Stretch]:
    """The whole history, the latest first, with the times between in which nobody else could read it.

    Four queries, however long it is.
    """
    by_sharing = readers_by_sharing(entry)
    now = readers_of(entry)
    told_times = [
        Stretch(
            one.audience,
            one.began_at,
            one.ended_at,
            by_sharing[one.pk],
            [] if one.ended_at else [person for person in by_sharing[one.pk] if person not in now],
        )
        for one in entry.audience_periods.exclude(ended_at=F("began_at"))
    ]
    return list(with_times_alone(entry, told_times))[::-1]


def with_times_alone(entry: Reflection, shared: Sequence[Stretch]) -> Iterator[Stretch]:
    alone_since: datetime | None = entry.recorded_since or entry.written_at
    for one in shared:
        if alone_since is not None and alone_since < one.began_at:
            yield Stretch(Audience.ONLY_ME, alone_since, one.began_at)
        yield one
        alone_since = one.ended_at
    if alone_since is not None:
        yield Stretch(Audience.ONLY_ME, alone_since)


def readers_by_sharing(entry: Reflection) -> defaultdict[int, list[User]]:
    """Whoever could read it at some moment of each time, by the time's pk. Two queries.

    That somebody left, or that words were changed, in the course of it takes nothing from what they could read before.
    """
    theirs = Membership.objects.filter(
        user=OuterRef("person"), cohort=OuterRef("reflection__cohort")
    )
    times = {"shared_at": OuterRef("shared_at"), "changed_at": OuterRef("changed_at")}
    pairs = (
        AudiencePeriod.objects.filter(reflection=entry)
        .annotate(person=F("reflection__cohort__memberships__user"))
        .exclude(person=entry.author_id)
        .filter(
            Q(audience=Audience.COHORT) & told(theirs, everybody, **times)
            | Q(audience=Audience.FACILITATORS) & told(theirs, facilitators, **times)
        )
        .order_by()
        .values_list("pk", "person")
        .distinct()
    )
    found = defaultdict[int, list[User]](list)
    known = list(pairs)
    people = User.objects.in_bulk({person for _, person in known})
    for sharing, person in sorted(known, key=lambda pair: (people[pair[1]].name, pair[1])):
        found[sharing].append(people[person])
    return found
