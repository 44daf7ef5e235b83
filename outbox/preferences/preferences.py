"""E-mail preferences: the optional kinds that a person wants, and whether as plain text only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models import User
from outbox.models import OptOut
from outbox.rules import Rule, all_rules


def optional_rules() -> list[Rule]:
    return [rule for rule in all_rules().values() if rule.is_optional]


def required_rules() -> list[Rule]:
    return [rule for rule in all_rules().values() if not rule.is_optional]


def wanted_kinds(person: User) -> list[str]:
    """Return the optional kinds that the person has not opted out of. One query."""
    opted_out = set(person.opt_outs.values_list("kind", flat=True))
    return [rule.kind for rule in optional_rules() if rule.kind not in opted_out]


@transaction.atomic
def save_preferences(
    *, person: User, wanted: Collection[str], text_only: bool, at: datetime
) -> None:
    """Save a person's e-mail preferences.

    The optional kinds that are not `wanted` become opt-outs. Existing opt-outs keep their time.
    """
    unwanted = [rule.kind for rule in optional_rules() if rule.kind not in wanted]
    person.opt_outs.exclude(kind__in=unwanted).delete()
    add_opt_outs(person, unwanted, at)
    person.text_only = text_only
    person.save(update_fields=["text_only"])
    User.objects.record_act(person.pk, at=at)


@transaction.atomic
def opt_out(*, person: User, kind: str, at: datetime) -> bool:
    """Opt the person out of one kind; return False if the kind is not optional. Idempotent."""
    if kind not in {rule.kind for rule in optional_rules()}:
        return False
    add_opt_outs(person, [kind], at)
    User.objects.record_act(person.pk, at=at)
    return True


def add_opt_outs(person: User, kinds: Collection[str], at: datetime) -> None:
    OptOut.objects.bulk_create(
        (OptOut(person=person, kind=kind, at=at) for kind in kinds), ignore_conflicts=True
    )
