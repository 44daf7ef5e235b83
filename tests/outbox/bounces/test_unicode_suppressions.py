"""Suppressed addresses with a domain beyond ASCII: one spelling after migration 0013."""

from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from outbox.models import SuppressedAddress


@pytest.mark.django_db
def test_migration_leaves_each_mailbox_suppressed_once_in_unicode() -> None:
    for address in ("a@xn--bcher-kva.example", "b@xn--bcher-kva.example", "b@bücher.example"):
        SuppressedAddress.objects.create(
            address=address, bounced_at=datetime(2027, 1, 4, tzinfo=UTC), source="refused"
        )
    migration = import_module("outbox.migrations.0013_unicode_suppressed_addresses")

    migration.convert(apps, SimpleNamespace(connection=connection))

    addresses = SuppressedAddress.objects.order_by("address").values_list("address", flat=True)
    assert list(addresses) == ["a@bücher.example", "b@bücher.example"]
