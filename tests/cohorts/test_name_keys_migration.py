"""Migration 0009, which recomputes organisations' name keys."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from cohorts.models import Organisation
from programmes.text_validation import name_key

migration = import_module("cohorts.migrations.0010_name_keys_with_plain_marks")


@pytest.mark.django_db
def test_first_of_two_spellings_gets_the_new_key() -> None:
    for name, key in (("A & B’s", "a & b’s"), ("A and B's", "a and b's"), ("C&D", "c&d")):
        Organisation.objects.create(name=name, name_key=key)

    migration.recompute(apps, SimpleNamespace(connection=connection))

    assert dict(Organisation.objects.values_list("name", "name_key")) == {
        "A & B’s": "a & b’s",
        "A and B's": "a and b's",
        "C&D": "c and d",
    }


@pytest.mark.parametrize("name", ["Men’s Shed & “Co”.", "Straße\u200b  CAFÉ", "‘a`", "&"])
def test_key_of_the_migration_is_that_of_the_code(name: str) -> None:
    assert migration.name_key(name) == name_key(name)
