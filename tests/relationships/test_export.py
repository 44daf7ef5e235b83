"""Tests of what a person's own data says about rounds."""

from __future__ import annotations

from pytest_django.fixtures import Settings

from cohorts.models import Membership
from privacy.data_inventory import DATA_INVENTORY
from relationships.models import Round
from tests.lost_keys import lose_keys
from tests.relationships.conftest import finish


def exported(member: Membership) -> str:
    return str([fact for holding in DATA_INVENTORY for fact in holding.things(member.user)])


def test_own_answers_are_exported_and_nobody_elses(start: Round, people: list[Membership]) -> None:
    me, other = people[:2]
    finish(start, me, {other.pk: 3})
    finish(start, other, {me.pk: 4})
    assert f"{other.user.name}: We help each other" in exported(me)
    assert "We’re doing something together" not in exported(me)
    assert f"{me.user.name}: We’re doing something together" in exported(other)


def test_administrators_see_no_answers_in_somebodys_data() -> None:
    kinds = {one.name: one.is_private for one in DATA_INVENTORY}
    assert kinds["who-you-know"]
    assert kinds["that-you-answered-who-you-know"]
    assert kinds["lists-you-are-on"]


def test_lost_key_is_said_in_the_export(
    start: Round, people: list[Membership], settings: Settings
) -> None:
    finish(start, people[0], {})
    lose_keys(settings)
    assert "key is lost" in exported(people[0])
