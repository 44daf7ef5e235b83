"""What follows if a workshop is moved, cancelled or reinstated: asked of the rules that send, before it is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from outbox.forecast import Foreseen, foresee, foresee_after
from workshops.models import Attendance, Workshop
from workshops.times import Arrangement, Slot

# All that is ever sent about a workshop is due by then after its end.
AFTERWARDS = timedelta(days=14)


@dataclass(frozen=True)
class Told:
    """A message that goes out at once, and to whom; of a confidential kind, nobody is named or counted."""

    title: str
    names: list[str]


@dataclass(frozen=True)
class Shift:
    """A message to come: when it was to go out and when it is to instead; None where it was not, or is not.

    `people` is how many it goes to; None of a confidential kind.
    """

    title: str
    before: datetime | None
    after: datetime | None
    people: int | None

    @property
    def stays(self) -> bool:
        """It goes out when it was to, and to others."""
        return self.before == self.after


@dataclass(frozen=True)
class Consequences:
    """What is sent at once, and what is sent at another time or no more."""

    told: list[Told]
    shifts: list[Shift]


def of_moving(
    workshop: Workshop, arrangement: Arrangement, *, by: User, at: datetime
) -> Consequences:
    return follow(
        workshop, lambda one: one.arrange(arrangement, by=by, at=at), arrangement.slot, at
    )


def of_cancelling(workshop: Workshop, *, by: User, at: datetime) -> Consequences:
    return follow(workshop, lambda one: one.cancel(by=by, at=at), None, at)


def of_reinstating(workshop: Workshop, *, by: User, at: datetime) -> Consequences:
    return follow(workshop, lambda one: one.reinstate(by=by, at=at), None, at)


def follow(
    workshop: Workshop, act: Callable[[Workshop], object], slot: Slot | None, moment: datetime
) -> Consequences:
    """The cohort's messages as they are to be sent, before and after the act. Three queries beside the act's own."""
    until = max([moment, *(one.ends_at for one in (workshop.slot, slot) if one)]) + AFTERWARDS
    group_id = workshop.cohort_id
    before = foresee(group_id, moment, until)
    after = foresee_after(
        lambda: act(Workshop.objects.get(pk=workshop.pk)), group_id, moment, until
    )
    return Consequences(
        told_at_once(set(after) - set(before), moment), shifts(before, after, moment)
    )


def told_at_once(new: Iterable[Foreseen], moment: datetime) -> list[Told]:
    by_title: dict[str, set[int]] = defaultdict(set)
    for one in sorted(new):
        if one.due_at <= moment:
            by_title[one.title].update(() if not one.shows_recipients else (one.recipient,))
    names = dict(
        User.objects.filter(pk__in=set().union(*by_title.values())).values_list("pk", "name")
    )
    return [Told(title, sorted(names[one] for one in people)) for title, people in by_title.items()]


def shifts(before: Iterable[Foreseen], after: Iterable[Foreseen], moment: datetime) -> list[Shift]:
    """Of each kind about each thing, where what is to come changes; in the order in which it goes out."""
    were, are = to_come(before, moment), to_come(after, moment)
    found = [
        Shift(
            title=some[0].title,
            before=old[0].due_at if old else None,
            after=new[0].due_at if new else None,
            people=None if not some[0].shows_recipients else len(some),
        )
        for key in were.keys() | are.keys()
        if (old := were.get(key, [])) != (new := are.get(key, [])) and (some := new or old)
    ]
    return sorted(found, key=lambda shift: (shift.after or shift.before or moment, shift.title))


def to_come(
    foreseen: Iterable[Foreseen], moment: datetime
) -> dict[tuple[str, int], list[Foreseen]]:
    found: dict[tuple[str, int], list[Foreseen]] = defaultdict(list)
    for one in sorted(foreseen):
        if one.due_at > moment:
            found[one.kind, one.subject_id].append(one)
    return found


@dataclass(frozen=True)
class Said:
    """What people have said of a date beforehand; another date takes it back."""

    coming: int
    apologies: int

    def __bool__(self) -> bool:
        return bool(self.coming or self.apologies)


def asked_again(workshop: Workshop, slot: Slot | None, moment: datetime) -> Said:
    """Whose answers another slot takes back, so that they are asked again. One query at most."""
    if slot == workshop.slot or (slot and slot.starts_at <= moment):
        return Said(0, 0)
    answers = list(workshop.attendances.exclude(answer="").values_list("answer", flat=True))
    return Said(answers.count(Attendance.Answer.COMING), answers.count(Attendance.Answer.APOLOGIES))
