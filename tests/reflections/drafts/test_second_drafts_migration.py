"""Migration 0009, which moves the second text of a draft into a draft of its own."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from reflections.drafts.conflicts import conflict_of
from reflections.models import Draft

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.either]


def migrate(name: str) -> MigrationExecutor:
    executor = MigrationExecutor(connection)
    executor.migrate([("reflections", name)])
    return executor


def migrate_to_latest() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.fixture
def before() -> object:
    """Undo migration 0009 and yield the models from before it; then run all migrations again."""
    yield (
        migrate("0008_plain_names").loader.project_state([("reflections", "0008_plain_names")]).apps
    )
    migrate_to_latest()


def test_second_versions_become_second_drafts(
    cohort: Cohort, participant: User, before: object
) -> None:
    now = timezone.now()
    old = before.get_model("reflections", "Draft")  # type: ignore[attr-defined]
    facts = {"author_id": participant.pk, "cohort_id": cohort.pk, "typed_at": now, "version": 3}
    old.objects.create(entry="onlyone23456", body="One version", **facts)
    earlier = now - timedelta(hours=1)
    old.objects.create(
        entry="twoversions2",
        body="Newer",
        other_body="Other",
        other_typed_at=earlier,
        prompt="What did you notice?",
        **facts,
    )
    migrate_to_latest()
    first = Draft.objects.get(entry="twoversions2")
    conflict = conflict_of(first)
    assert conflict is not None
    second = conflict.second
    assert [draft.body for draft in Draft.objects.order_by("pk")] == [
        "One version",
        "Newer",
        "Other",
    ]
    assert (second.author, second.cohort, second.prompt, second.typed_at, second.version) == (
        participant,
        cohort,
        "What did you notice?",
        earlier,
        1,
    )
    assert second.get_absolute_url() == f"/reflections/new/?entry={second.entry}"
