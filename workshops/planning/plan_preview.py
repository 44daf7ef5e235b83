"""The preview of a plan: whether it changes anything, and which messages it sends to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from accounts.models import User
from outbox.forecast import Foreseen, foresee, foresee_after
from workshops.models import AvailabilityPoll
from workshops.planning import scheduling
from workshops.planning.draft_plan import DraftPlan

# The preview shows messages due up to this long after the end of the last workshop.
HORIZON = timedelta(days=60)


@dataclass(frozen=True)
class MessageGroup:
    """Messages of one kind to the same people.

    `moments` holds their due times, `messages` their number. `names` is empty and `messages` is 0
    if the kind's recipients may not be shown.
    """

    title: str
    moments: list[datetime]
    names: list[str]
    messages: int
    shows_recipients: bool


@dataclass(frozen=True)
class PlanPreview:
    """The messages that confirming a plan sends immediately (`now`), and those it sends later.

    `changes` says whether the plan differs from the saved one.
    """

    changes: bool
    now: list[MessageGroup]
    later: list[MessageGroup]

    @property
    def people_now(self) -> int:
        return len({name for group in self.now for name in group.names})


def preview_plan(
    plan: DraftPlan, *, by: User, seen: str, closes: AvailabilityPoll | None = None
) -> PlanPreview:
    """Return what confirming the plan would change. `closes` is an open poll to close with it.

    Saves the plan, evaluates the message rules, and rolls back. Raises StaleError as `save_plan`
    does.
    """
    if not plan.changes_anything():
        return PlanPreview(changes=False, now=[], later=[])
    group_id, moment = plan.cohort.pk, plan.moment
    until = max([moment, *(slot.ends_at for slot in plan.slots.values())]) + HORIZON
    due_anyway = set(foresee(group_id, moment, until))
    save = partial(save_plan, plan, by=by, seen=seen, closes=closes)
    found = foresee_after(save, group_id, moment, until)
    people = User.objects.in_bulk({one.recipient for one in found if one.shows_recipients})
    due = [one for one in found if one.due_at <= moment and one not in due_anyway]
    ahead = [one for one in found if one.due_at > moment]
    return PlanPreview(
        changes=True, now=group_messages(due, people), later=group_messages(ahead, people)
    )


@transaction.atomic
def save_plan(
    plan: DraftPlan, *, by: User, seen: str, closes: AvailabilityPoll | None = None
) -> None:
    """Save the plan's dates, places and override reasons, and close the open poll `closes`.

    Raises StaleError if the workshops have changed since the version token `seen`, unless they
    already are as planned.
    """
    scheduling.schedule_series(
        cohort=plan.cohort,
        arrangements=plan.arrangements,
        override_reasons=plan.override_reasons,
        by=by,
        at=plan.moment,
        seen=seen,
    )
    if closes is not None:
        closes.close(by=by, at=plan.moment)


def group_messages(foreseen: Iterable[Foreseen], people: dict[int, User]) -> list[MessageGroup]:
    """Return the messages grouped by kind and recipients, the soonest group first.

    `people` maps primary keys to the users whose names may be shown.
    """
    batches: defaultdict[tuple[str, int, datetime], list[Foreseen]] = defaultdict(list)
    for one in sorted(foreseen):
        # Don't group by due time if recipients may not be shown. Somebody marked late on the
        # register gets the survey later than others. A separate group for them would reveal whether
        # they have answered.
        moment = (
            one.due_at if one.shows_recipients else datetime.min.replace(tzinfo=one.due_at.tzinfo)
        )
        batches[one.kind, one.subject_id, moment].append(one)
    alike: defaultdict[tuple[str, frozenset[int]], list[list[Foreseen]]] = defaultdict(list)
    for (kind, _, _), batch in batches.items():
        known = [] if not batch[0].shows_recipients else [one.recipient for one in batch]
        alike[kind, frozenset(known)].append(batch)
    return [
        MessageGroup(
            title=same[0][0].title,
            moments=sorted({batch[0].due_at for batch in same}),
            names=sorted(
                (people[number].name for number in numbers if number in people), key=str.casefold
            ),
            messages=sum(map(len, same)) if numbers else 0,
            shows_recipients=same[0][0].shows_recipients,
        )
        for (_, numbers), same in alike.items()
    ]
