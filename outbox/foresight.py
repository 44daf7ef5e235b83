"""What will be sent, and to whom, as things stand and as they would be: asked of the same rules that send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Value

from outbox.plan import is_confidential, title_of, union
from outbox.rules import all_rules

COLUMNS = ("owed_kind", "owed_about", "owed_due", "owed_recipient")


@dataclass(frozen=True, order=True)
class Foreseen:
    """One message that is to be sent: when it comes to be owed, its kind, about what, to whom (numbers)."""

    due_at: datetime
    kind: str
    about: int
    recipient: int

    @property
    def title(self) -> str:
        return title_of(self.kind)

    @property
    def is_confidential(self) -> bool:
        """Whom it goes to is told to nobody; that it goes out, and when, may be."""
        return is_confidential(self.kind)


def foresee(stream: int, moment: datetime, until: datetime) -> list[Foreseen]:
    """What is owed in a stream as of `moment` or comes to be by `until`, and is not written yet. One query."""
    parts = [
        rule.unwritten(rows.filter(owed_stream=stream))
        .annotate(owed_kind=Value(rule.kind, CharField()))
        .order_by()
        .values_list(*COLUMNS)
        for rule in all_rules().values()
        for rows in (rule.owed(moment), rule.due(moment, until))
    ]
    return sorted(Foreseen(due, kind, about, person) for kind, about, due, person in union(parts))


def foresee_after(
    act: Callable[[], object], stream: int, moment: datetime, until: datetime
) -> list[Foreseen]:
    """The same as it would be if `act` were done: it is done, the rules are asked, and it is taken back."""
    with transaction.atomic():
        act()
        found = foresee(stream, moment, until)
        transaction.set_rollback(True)
    return found
