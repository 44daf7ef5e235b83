"""Which e-mails a person gets: each kind that they may refuse, and whether all come as plain text."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models import User
from outbox.models import OptOut
from outbox.rules import Rule, all_rules


def optional_rules() -> list[Rule]:
    """What a person may refuse."""
    return [rule for rule in all_rules().values() if rule.is_optional]


def needed_rules() -> list[Rule]:
    """What they get whatever they choose; each says why."""
    return [rule for rule in all_rules().values() if not rule.is_optional]


def wanted_by(person: User) -> list[str]:
    """The kinds that they have not refused, of those that they may. One query."""
    refused = set(person.opt_outs.values_list("kind", flat=True))
    return [rule.kind for rule in optional_rules() if rule.kind not in refused]


@transaction.atomic
def choose(*, person: User, wanted: Collection[str], text_only: bool, at: datetime) -> None:
    """Keeps all that was chosen on the page; what is refused already keeps its moment."""
    refused = [rule.kind for rule in optional_rules() if rule.kind not in wanted]
    person.opt_outs.exclude(kind__in=refused).delete()
    keep(person, refused, at)
    person.text_only = text_only
    person.save(update_fields=["text_only"])


def refuse(*, person: User, kind: str, at: datetime) -> bool:
    """One kind, and no other; False if it is none that may be refused. A second time changes nothing."""
    if kind not in {rule.kind for rule in optional_rules()}:
        return False
    keep(person, [kind], at)
    return True


def keep(person: User, kinds: Collection[str], at: datetime) -> None:
    OptOut.objects.bulk_create(
        (OptOut(person=person, kind=kind, at=at) for kind in kinds), ignore_conflicts=True
    )
