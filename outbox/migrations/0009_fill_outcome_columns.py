from typing import Any

from django.db import migrations, models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast, NullIf

# Kinds by the shape of their keys: the parts that hold the version and the membership, from 1.
KEYS: tuple[tuple[tuple[str, ...], int | None, int | None], ...] = (
    (
        (
            "calendar",
            "calendar-cancelled",
            "week-before",
            "day-before",
            "survey",
            "survey-nudge",
        ),
        3,
        4,
    ),
    (("availability", "availability-nudge", "announcement"), None, 3),
    (("invitation",), None, 2),
    (("look-back",), 4, None),
)


BOUNCED = Q(sent_at__isnull=False, bounced_at__isnull=False)
FAILED, DROPPED = Q(failed_at__isnull=False), Q(dropped_at__isnull=False)
# From the timestamps and the sentences that reasons used to begin with.
OUTCOME = Case(
    When(BOUNCED, then=Value("bounced")),
    When(sent_at__isnull=False, then=Value("sent")),
    When(FAILED & Q(reason__startswith="Our mistake, not the address's:"), then=Value("our-error")),
    When(
        FAILED & Q(reason__startswith="Not sent, as mail to this address came back before:"),
        then=Value("suppressed"),
    ),
    When(FAILED, then=Value("refused")),
    When(
        DROPPED & Q(reason__startswith="Missed: it could not be sent before it was too late."),
        then=Value("expired"),
    ),
    When(DROPPED & Q(reason="It stopped being true before it was sent."), then=Value("untrue")),
    When(DROPPED & Q(reason__startswith="Skipped by"), then=Value("skipped")),
    When(DROPPED & Q(reason="There is nobody to send it to any more."), then=Value("no-recipient")),
    When(DROPPED, then=Value("erased")),
    When(~Q(reason=""), then=Value("deferred")),
    default=Value("pending"),
)


def fill_outcomes(apps: Any, editor: Any) -> None:
    apps.get_model("outbox", "Message").objects.update(outcome=OUTCOME)


def fill_key_parts(apps: Any, editor: Any) -> None:
    """Copy the version and the membership from the keys, in one statement a shape of key."""
    if editor.connection.vendor == "sqlite":
        editor.connection.ensure_connection()
        editor.connection.connection.create_function("split_part", 3, split_part)
    for kinds, version, membership in KEYS:
        columns: dict[str, Any] = {}
        if version:
            columns["subject_version"] = part(version, models.PositiveIntegerField())
        if membership:
            columns["membership_id"] = part(membership, models.PositiveBigIntegerField())
        rows = apps.get_model("outbox", "Message").objects.filter(kind__in=kinds)
        rows.update(**columns)


def part(number: int, field: models.Field[Any, Any]) -> Cast:
    text = models.Func(
        F("key"),
        Value(":"),
        Value(number),
        function="split_part",
        output_field=models.CharField(),
    )
    return Cast(NullIf(text, Value("")), field)


def split_part(text: str, separator: str, number: int) -> str:
    """PostgreSQL's function of this name, for SQLite."""
    parts = text.split(separator)
    return parts[number - 1] if number <= len(parts) else ""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0008_outcome_columns")]

    operations = [
        migrations.RunPython(fill_outcomes, migrations.RunPython.noop),
        migrations.RunPython(fill_key_parts, migrations.RunPython.noop),
    ]
