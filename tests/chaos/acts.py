"""Changes that people make during a storm (see __main__.py), such as cancelling a workshop.

Each change makes some messages untrue: they are no longer due, or have an old address. Once the
change is committed, they must not be sent.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from cohorts.models import Membership
from tests.chaos.population import Owed
from workshops.models import Workshop
from workshops.times import Arrangement, Slot


@dataclass(frozen=True)
class Act:
    """A change that was made, and the keys of the messages that must not be sent after it.

    The change was committed between the Unix times `began` and `committed`.
    """

    what: str
    keys: frozenset[str]
    began: float
    committed: float
    old_address: str = ""


def cancel(owed: Owed) -> None:
    Workshop.objects.get(pk=owed.workshop).cancel(
        by=User.objects.get(is_administrator=True), at=timezone.now()
    )


def move(owed: Owed) -> None:
    workshop = Workshop.objects.get(pk=owed.workshop)
    assert workshop.starts_at
    starts = workshop.starts_at + timedelta(days=28)
    workshop.arrange(
        Arrangement(Slot(starts, starts + timedelta(hours=3)), workshop.venue, ""),
        at=timezone.now(),
    )


def leave(owed: Owed) -> None:
    Membership.objects.get(user=owed.person).leave(by=None, at=timezone.now())


def erase(owed: Owed) -> None:
    User.objects.get(pk=owed.person).delete()


def take_another_address(owed: Owed) -> None:
    User.objects.filter(pk=owed.person).update(email=f"new-{owed.address}")


OF_WORKSHOP: dict[str, tuple[Callable[[Owed], None], tuple[str, ...]]] = {
    "cancel": (cancel, ("day-before", "week-before", "invitation", "calendar-entries")),
    "move": (move, ("day-before", "week-before")),
}
OF_PERSON: dict[str, Callable[[Owed], None]] = {
    "leave": leave,
    "erase": erase,
    "new address": take_another_address,
}
ALL = (*OF_WORKSHOP, *OF_PERSON)


def do(what: str, owed: list[Owed], touched: set[int], chance: random.Random) -> Act | None:
    """Make the change `what` to a random workshop, or to a person expected at a random workshop.

    Each workshop is changed only once. Return None if no workshop is left to change.
    """
    if what in OF_WORKSHOP:
        act, kinds = OF_WORKSHOP[what]
        free = [
            one for one in owed if one.workshop not in touched and one.key.split(":")[0] in kinds
        ]
    else:
        act, free = OF_PERSON[what], [one for one in owed if one.workshop not in touched]
    if not free:
        return None
    chosen = chance.choice(free)
    touched.add(chosen.workshop)
    same = [
        one.key
        for one in owed
        if one.workshop == chosen.workshop and (what in OF_WORKSHOP or one.person == chosen.person)
    ]
    began = time.time()
    act(chosen)
    old = chosen.address if what == "new address" else ""
    return Act(what, frozenset(same), began, time.time(), old)
