"""Previews of a change to a workshop: the messages it sends, and the RSVPs it deletes.

The change moves, cancels or reinstates the workshop. The message rules are evaluated before and
after the change, which is then rolled back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from outbox.forecast import Foreseen, foresee, foresee_after
from workshops.models import Attendance, Workshop
from workshops.times import Arrangement, Slot

# A preview shows messages due up to this long after the end of the workshop.
HORIZON = timedelta(days=14)


@dataclass(frozen=True)
class ImmediateMessage:
    """Messages with one title that are sent as soon as the change is saved.

    `names` are the recipients' names; empty if the kind's recipients may not be shown.
    """

    title: str
    names: list[str]


@dataclass(frozen=True)
class RescheduledMessage:
    """Future messages of one kind about one object (a workshop, say) that the change affects.

    `before` is the earliest due time without the change, and `after` with it; None if there are no
    such messages. `people` is the number of recipients; None if it may not be shown.
    """

    title: str
    before: datetime | None
    after: datetime | None
    people: int | None

    @property
    def has_same_time(self) -> bool:
        """Whether the change affects only the recipients, and not the time."""
        return self.before == self.after


@dataclass(frozen=True)
class MovePreview:
    """The messages that a change sends immediately, and those that it reschedules or cancels."""

    immediate: list[ImmediateMessage]
    rescheduled: list[RescheduledMessage]


def preview_move(
    workshop: Workshop, arrangement: Arrangement, *, by: User, at: datetime
) -> MovePreview:
    return preview(
        workshop, lambda one: one.arrange(arrangement, by=by, at=at), arrangement.slot, at
    )


def preview_cancel(workshop: Workshop, *, by: User, at: datetime) -> MovePreview:
    return preview(workshop, lambda one: one.cancel(by=by, at=at), None, at)


def preview_reinstate(workshop: Workshop, *, by: User, at: datetime) -> MovePreview:
    return preview(workshop, lambda one: one.reinstate(by=by, at=at), None, at)


def preview(
    workshop: Workshop, act: Callable[[Workshop], object], slot: Slot | None, moment: datetime
) -> MovePreview:
    """Return how a change to the workshop, made by `act`, affects the cohort's messages.

    `slot` is the slot of the workshop after the change. Makes at most three queries besides those
    that load and change the workshop.
    """
    until = max([moment, *(one.ends_at for one in (workshop.slot, slot) if one)]) + HORIZON
    group_id = workshop.cohort_id
    before = foresee(group_id, moment, until)
    after = foresee_after(
        lambda: act(Workshop.objects.get(pk=workshop.pk)), group_id, moment, until
    )
    return MovePreview(
        immediate_messages(set(after) - set(before), moment),
        rescheduled_messages(before, after, moment),
    )


def immediate_messages(new: Iterable[Foreseen], moment: datetime) -> list[ImmediateMessage]:
    by_title: dict[str, set[int]] = defaultdict(set)
    for one in sorted(new):
        if one.due_at <= moment:
            by_title[one.title].update(() if not one.shows_recipients else (one.recipient,))
    names = dict(
        User.objects.filter(pk__in=set().union(*by_title.values())).values_list("pk", "name")
    )
    return [
        ImmediateMessage(title, sorted(names[one] for one in people))
        for title, people in by_title.items()
    ]


def rescheduled_messages(
    before: Iterable[Foreseen], after: Iterable[Foreseen], moment: datetime
) -> list[RescheduledMessage]:
    """Return the messages due after `moment` whose time or recipients change, the earliest first.

    The list has one item for the messages of one kind about one object.
    """
    old_by_key, new_by_key = future(before, moment), future(after, moment)
    found = [
        RescheduledMessage(
            title=some[0].title,
            before=old[0].due_at if old else None,
            after=new[0].due_at if new else None,
            people=None if not some[0].shows_recipients else len(some),
        )
        for key in old_by_key.keys() | new_by_key.keys()
        if (old := old_by_key.get(key, [])) != (new := new_by_key.get(key, []))
        and (some := new or old)
    ]
    return sorted(found, key=lambda one: (one.after or one.before or moment, one.title))


def future(foreseen: Iterable[Foreseen], moment: datetime) -> dict[tuple[str, int], list[Foreseen]]:
    """Return a dict that maps (kind, `subject_id`) to the messages due after `moment`."""
    found: dict[tuple[str, int], list[Foreseen]] = defaultdict(list)
    for one in sorted(foreseen):
        if one.due_at > moment:
            found[one.kind, one.subject_id].append(one)
    return found


@dataclass(frozen=True)
class AnswerCounts:
    """The number of people who have answered that they are coming, and who have sent apologies."""

    coming: int
    apologies: int

    def __bool__(self) -> bool:
        return bool(self.coming or self.apologies)


def answers_to_reset(workshop: Workshop, slot: Slot | None, moment: datetime) -> AnswerCounts:
    """Count the RSVPs that moving the workshop to this slot would delete. At most one query."""
    if slot == workshop.slot or (slot and slot.starts_at <= moment):
        return AnswerCounts(0, 0)
    answers = list(workshop.attendances.exclude(answer="").values_list("answer", flat=True))
    return AnswerCounts(
        answers.count(Attendance.Answer.COMING), answers.count(Attendance.Answer.APOLOGIES)
    )
