from datetime import datetime
from typing import Any

from django.db import migrations
from django.db.models import Min

# What people did by themselves before `User.acted_at` existed: app, model, the lookups of the
# person and of the time. Who recorded an RSVP was not stored, so each counts as the person's own.
ACTS = (
    ("workshops", "Attendance", "membership__user", "answered_at"),
    ("workshops", "AvailabilityAnswer", "membership__user", "answered_at"),
    ("cohorts", "Membership", "user", "needs_said_at"),
    ("outbox", "OptOut", "person", "at"),
)


def fill_acts(apps: Any, editor: Any) -> None:
    """Set `acted_at` of everybody who has done something to the time of their first act."""
    first: dict[int, datetime] = {}
    for app, model, person, moment in ACTS:
        rows = apps.get_model(app, model).objects.filter(**{f"{moment}__isnull": False})
        for pk, at in rows.order_by().values_list(person).annotate(at=Min(moment)):
            first[pk] = min(at, first.get(pk, at))
    users = apps.get_model("accounts", "User").objects
    for pk, at in first.items():
        users.filter(pk=pk).update(acted_at=at)
    # They chose plain text. When is not stored.
    for user in users.filter(text_only=True, acted_at=None):
        users.filter(pk=user.pk).update(acted_at=user.added_at)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_acted_at"),
        ("outbox", "0011_plain_words"),
        ("cohorts", "0008_name_keys"),
        ("workshops", "0009_planning_words"),
    ]

    operations = [migrations.RunPython(fill_acts, migrations.RunPython.noop)]
