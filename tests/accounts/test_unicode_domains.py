"""The one spelling of e-mail addresses with a non-ASCII domain, on saving and by migration 0007."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import User, normalise_email


@pytest.mark.parametrize(
    ("address", "tidied"),
    [
        (" Anna@XN--BCHER-KVA.example ", "anna@bücher.example"),
        ("anna@mail.xn--bcher-kva.example", "anna@mail.bücher.example"),
        ("anna@bücher.example", "anna@bücher.example"),
        ("anna@xn--.example", "anna@xn--.example"),
        ("anna@xn--\udcff.example", "anna@xn--\udcff.example"),
        ("xn--bcher-kva@example.org", "xn--bcher-kva@example.org"),
        ("xn--bcher-kva", "xn--bcher-kva"),
    ],
)
def test_domain_is_stored_in_unicode(address: str, tidied: str) -> None:
    assert normalise_email(address) == tidied


@pytest.mark.django_db
def test_migration_converts_addresses_that_nobody_else_has() -> None:
    for email in ("a@xn--bcher-kva.example", "b@xn--bcher-kva.example", "b@bücher.example"):
        User.objects.bulk_create([User(email=email, name=email)])
    migration = import_module("accounts.migrations.0007_unicode_domains")

    migration.convert(apps, SimpleNamespace(connection=connection))

    assert dict(User.objects.values_list("name", "email")) == {
        "a@xn--bcher-kva.example": "a@bücher.example",
        "b@xn--bcher-kva.example": "b@xn--bcher-kva.example",
        "b@bücher.example": "b@bücher.example",
    }
