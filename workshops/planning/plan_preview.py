"""What confirming a plan does, told before it is done: what changes, and exactly whom it writes to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from outbox.forecast import Foreseen, foresee, foresee_after
from workshops.planning import scheduling
from workshops.planning.draft_plan import Plan

# All that is ever sent about a workshop is due by then after it.
AFTERWARDS = timedelta(days=60)


@dataclass(frozen=True)
class Sending:
    """Messages of one kind to the same people, and when each goes out; of a confidential kind nobody is named."""

    title: str
    moments: list[datetime]
    names: list[str]
    messages: int
    shows_recipients: bool


@dataclass(frozen=True)
class Consequences:
    """What goes out as soon as the plan is confirmed, and what later. All empty where it changes nothing."""

    changes: bool
    now: list[Sending]
    later: list[Sending]

    @property
    def people_now(self) -> int:
        return len({name for sending in self.now for name in sending.names})


def consequences(plan: Plan) -> Consequences:
    """Asked of the rules that send: the plan is carried out, they are asked, and it is taken back."""
    if not plan.changes_anything():
        return Consequences(changes=False, now=[], later=[])
    group_id, moment = plan.cohort.pk, plan.moment
    ends = [slot.ends_at for slot in plan.form.slots.values()]
    until = max([moment, *ends]) + AFTERWARDS
    anyway = set(foresee(group_id, moment, until))
    found = foresee_after(lambda: carry_out(plan), group_id, moment, until)
    people = User.objects.in_bulk({one.recipient for one in found if one.shows_recipients})
    due = [one for one in found if one.due_at <= moment and one not in anyway]
    ahead = [one for one in found if one.due_at > moment]
    return Consequences(changes=True, now=sendings(due, people), later=sendings(ahead, people))


def carry_out(plan: Plan) -> bool:
    """Saves the plan; False, and nothing is saved, if somebody else has changed the workshops since it was opened."""
    return scheduling.schedule_series(
        cohort=plan.cohort,
        arrangements=plan.form.arrangements(),
        kept_because=plan.form.reasons(),
        by=plan.user,
        at=plan.moment,
        as_seen=plan.seen,
    )


def sendings(foreseen: Iterable[Foreseen], people: dict[int, User]) -> list[Sending]:
    """By kind, and within a kind by whom each message goes to; the soonest first."""
    batches: defaultdict[tuple[str, int, datetime], list[Foreseen]] = defaultdict(list)
    for one in sorted(foreseen):
        # A time of its own for each would say who was marked late, and so who has answered: one tells for all.
        moment = (
            one.due_at if one.shows_recipients else datetime.min.replace(tzinfo=one.due_at.tzinfo)
        )
        batches[one.kind, one.subject_id, moment].append(one)
    alike: defaultdict[tuple[str, frozenset[int]], list[list[Foreseen]]] = defaultdict(list)
    for (kind, _, _), batch in batches.items():
        known = [] if not batch[0].shows_recipients else [one.recipient for one in batch]
        alike[kind, frozenset(known)].append(batch)
    return [
        Sending(
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
