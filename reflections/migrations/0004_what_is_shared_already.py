"""Begins the record of who could read what: with what is shared now, since when it is."""

from datetime import datetime
from itertools import islice
from typing import Any

from django.db import migrations
from django.utils import timezone

BATCH = 500


def begin(apps: Any, schema_editor: Any) -> None:
    Reflection = apps.get_model("reflections", "Reflection")
    Sharing = apps.get_model("reflections", "Sharing")
    Reflection.objects.filter(recorded_since=None).update(recorded_since=timezone.now())
    shared = (
        Reflection.objects.exclude(audience="me")
        .filter(sharings=None)
        .order_by("pk")
        .values_list("pk", "audience", "shared_at", "changed_at")
    )
    rows = (sharing_of(Sharing, *facts) for facts in shared.iterator(BATCH))
    while some := list(islice(rows, BATCH)):
        Sharing.objects.bulk_create(some)


def sharing_of(
    model: Any, reflection: int, audience: str, shared_at: datetime, changed_at: datetime
) -> Any:
    return model(
        reflection_id=reflection,
        audience=audience,
        began_at=shared_at,
        shared_at=shared_at,
        # What was changed since was not as it began.
        changed_at=min(changed_at, shared_at),
    )


class Migration(migrations.Migration):
    dependencies = [("reflections", "0003_threads_and_who_could_read_when")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
