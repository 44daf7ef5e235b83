"""Preview what confirming a plan changes, and exactly which messages it sends to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from outbox.forecast import Foreseen, foresee, foresee_after
from workshops.planning import scheduling
from workshops.planning.draft_plan import DraftPlan

# Every message about a workshop is due within this time of its end.
HORIZON = timedelta(days=60)


@dataclass(frozen=True)
class MessageGroup:
    """Messages of one kind to the same people. `names` is empty for a confidential kind."""

    title: str
    moments: list[datetime]
    names: list[str]
    messages: int
    shows_recipients: bool


@dataclass(frozen=True)
class PlanPreview:
    """The messages sent on confirmation, and those sent later."""

    changes: bool
    now: list[MessageGroup]
    later: list[MessageGroup]

    @property
    def people_now(self) -> int:
        return len({name for group in self.now for name in group.names})


def preview_plan(plan: DraftPlan, *, by: User, seen: str) -> PlanPreview:
    """Save the plan, evaluate the message rules, and roll back."""
    if not plan.changes_anything():
        return PlanPreview(changes=False, now=[], later=[])
    group_id, moment = plan.cohort.pk, plan.moment
    until = max([moment, *(slot.ends_at for slot in plan.slots.values())]) + HORIZON
    due_anyway = set(foresee(group_id, moment, until))
    found = foresee_after(lambda: save_plan(plan, by=by, seen=seen), group_id, moment, until)
    people = User.objects.in_bulk({one.recipient for one in found if one.shows_recipients})
    due = [one for one in found if one.due_at <= moment and one not in due_anyway]
    ahead = [one for one in found if one.due_at > moment]
    return PlanPreview(
        changes=True, now=group_messages(due, people), later=group_messages(ahead, people)
    )


def save_plan(plan: DraftPlan, *, by: User, seen: str) -> None:
    """Raises StaleError if somebody else has changed the workshops since the token `seen`."""
    scheduling.schedule_series(
        cohort=plan.cohort,
        arrangements=plan.arrangements,
        override_reasons=plan.override_reasons,
        by=by,
        at=plan.moment,
        seen=seen,
    )


def group_messages(foreseen: Iterable[Foreseen], people: dict[int, User]) -> list[MessageGroup]:
    """Group messages by kind and recipients, soonest first."""
    batches: defaultdict[tuple[str, int, datetime], list[Foreseen]] = defaultdict(list)
    for one in sorted(foreseen):
        # Group confidential messages under a single time. Individual times would reveal who was
        # marked late, and so who had answered.
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
