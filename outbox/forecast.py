"""What will be sent, and to whom, as things stand and as they would be: asked of the same rules that send."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from outbox.batches import of_group
from outbox.compiled_query import MOMENT, CompiledSelect, DateTimeParam
from outbox.content.email import Letter
from outbox.models import Message, SuppressedAddress
from outbox.rules import Rule, Visibility, all_rules, title_of, visibility_of

# How far back what was never written is looked for, and how far ahead what will be.
BEHIND, AHEAD = timedelta(days=400), timedelta(days=400)
COLUMNS = ("owed_kind", "owed_subject", "owed_due", "owed_recipient")


@dataclass(frozen=True, order=True)
class Foreseen:
    """One message that is to be sent: when it comes to be owed, its kind, about what, to whom (numbers)."""

    due_at: datetime
    kind: str
    subject_id: int
    recipient: int

    @property
    def title(self) -> str:
        return title_of(self.kind)

    @property
    def shows_recipients(self) -> bool:
        return visibility_of(self.kind).shows_recipients


@dataclass(frozen=True, order=True)
class Unwritten:
    """A message that a rule has owed, owes or will owe, and that is not written; to somebody `is_unreached` in vain."""

    due_at: datetime
    kind: str
    subject_id: int
    recipient: int
    expires_at: datetime
    is_unreached: bool

    def phase(self, moment: datetime) -> str:
        """to come, going out with the next turn, or missed."""
        if self.due_at > moment:
            return "coming"
        return "due" if self.expires_at > moment else "missed"


def unwritten(group_id: int, moment: datetime, kinds: Collection[str] = ()) -> list[Unwritten]:
    """All of a group that has no message and pages may tell of, soonest first, skipped or not; of some kinds alone.

    One query.
    """
    asked = tuple(rule for rule in all_rules().values() if not kinds or rule.kind in kinds)
    return sorted(
        Unwritten(due, kind, subject_id, person, expires, bool(is_unreached))
        for kind, subject_id, due, person, expires, is_unreached in telling(asked)(
            group_id=group_id, moment=moment
        )
    )


@cache
def telling(rules: tuple[Rule, ...]) -> CompiledSelect:
    marked = SuppressedAddress.objects.values("address")
    unreached = Exists(User.objects.filter(pk=OuterRef("owed_recipient"), email__in=marked))
    told = ((rule, rule.visible(MOMENT - BEHIND, MOMENT + AHEAD)) for rule in rules)
    return of_group(
        ((rule, rows.annotate(owed_in_vain=unreached)) for rule, rows in told),
        *COLUMNS, "owed_expires", "owed_in_vain",
    )  # fmt: skip


def letter_to(
    person: User, *, kind: str, subject_id: int, group_id: int, membership_id: int, due_at: datetime
) -> Letter:
    """Their letter as it would be written now, by what writes it when it is sent; nothing is kept."""
    message = Message(
        kind=kind,
        subject_id=subject_id,
        group_id=group_id,
        membership_id=membership_id,
        recipient=person,
        made_at=due_at,
        due_at=due_at,
        expires_at=due_at,
        try_at=due_at,
    )
    return all_rules()[kind].compose(message)


def foresee(group_id: int, moment: datetime, until: datetime) -> list[Foreseen]:
    """What is owed in a group as of `moment` or comes to be by `until`, is not written yet, and pages may tell of.

    One query.
    """
    found = foreseeing(tuple(all_rules().values()))(group_id=group_id, moment=moment, until=until)
    return sorted(
        Foreseen(due, kind, subject_id, person) for kind, subject_id, due, person in found
    )


@cache
def foreseeing(rules: tuple[Rule, ...]) -> CompiledSelect:
    until: Any = DateTimeParam("until")
    listed = [rule for rule in rules if rule.visibility is not Visibility.NOTHING]
    owed = (
        (rule, rows) for rule in listed for rows in (rule.owed(MOMENT), rule.due(MOMENT, until))
    )
    return of_group(owed, *COLUMNS)


def foresee_after(
    act: Callable[[], object], group_id: int, moment: datetime, until: datetime
) -> list[Foreseen]:
    """The same as it would be if `act` were done: it is done, the rules are asked, and it is taken back."""
    with transaction.atomic():
        act()
        found = foresee(group_id, moment, until)
        transaction.set_rollback(True)
    return found
