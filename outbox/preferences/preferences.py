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
    """Return the kinds that people who have an account can't opt out of."""
    rules = (rule for rule in all_rules().values() if rule.outsiders is None)
    return [rule for rule in rules if not rule.is_optional]


def required_rules_for(person: User) -> list[Rule]:
    """Return the kinds that the person may get and can't opt out of."""
    return concerning(person, required_rules())


def optional_rules_for(person: User) -> list[Rule]:
    """Return the optional kinds that the person may get."""
    return concerning(person, optional_rules())


def concerning(person: User, rules: list[Rule]) -> list[Rule]:
    """Return those of the rules that concern the person. One query for each `concerns`."""
    asked = {rule.concerns: rule.concerns(person) for rule in rules if rule.concerns}
    return [rule for rule in rules if rule.concerns is None or asked[rule.concerns]]


def wanted_kinds(person: User) -> list[str]:
    """Return the optional kinds that the person may get and has not opted out of."""
    opted_out = set(person.opt_outs.values_list("kind", flat=True))
    return [rule.kind for rule in optional_rules_for(person) if rule.kind not in opted_out]


@transaction.atomic
def save_preferences(
    *, person: User, wanted: Collection[str], text_only: bool, at: datetime
) -> None:
    """Save a person's e-mail preferences.

    The optional kinds that they may get and that are not `wanted` become opt-outs. Existing
    opt-outs keep their time.
    """
    listed = [rule.kind for rule in optional_rules_for(person)]
    unwanted = [kind for kind in listed if kind not in wanted]
    person.opt_outs.filter(kind__in=listed).exclude(kind__in=unwanted).delete()
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
