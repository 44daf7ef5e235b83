"""Store the bands of those who wrote, for the surveys that have closed already."""

from datetime import timedelta
from math import ceil

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import DateTimeField, ExpressionWrapper, F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

OPEN_FOR = timedelta(days=14)
MINIMUM = 5
EDGES = (0.25, 0.5, 0.75)
HIDDEN = (None, None)


def store_bands(apps, schema_editor):
    """Take the bands of frozen reports, which are published. Work the others out."""
    Workshop = apps.get_model("workshops", "Workshop")
    WritersBand = apps.get_model("reports", "WritersBand")
    FrozenReport = apps.get_model("reports", "FrozenReport")
    now = timezone.now()
    frozen = dict(FrozenReport.objects.values_list("cohort", "values"))
    two_weeks_later = ExpressionWrapper(F("ends_at") + OPEN_FOR, DateTimeField())
    closed = (
        Workshop.objects.filter(cancelled_at=None, starts_at__isnull=False, ends_at__lte=now)
        .annotate(closes=Coalesce("survey__closing_at", two_weeks_later))
        .filter(closes__lte=now)
    )
    bands = []
    for workshop in closed.order_by("pk"):
        values = frozen.get(workshop.cohort_id) or {}
        published = values.get(f"workshop-{workshop.position}.reflections")
        low, high = published[0] if published else band_of(apps, workshop)
        bands.append(WritersBand(workshop=workshop, low=low, high=high))
    WritersBand.objects.bulk_create(bands)


def band_of(apps, workshop):
    came = Q(mark="present") | Q(mark="partly") & (
        Q(minutes=None) | Q(minutes__gte=F("workshop__length_minutes") / 2.0)
    )
    attended = set(
        apps.get_model("workshops", "Attendance")
        .objects.filter(came, workshop=workshop, membership__role="participant")
        .values_list("membership__user", flat=True)
    )
    if len(attended) < MINIMUM:
        return HIDDEN
    about = {"workshop": workshop, "author__in": attended}
    written = list(
        apps.get_model("reflections", "Reflection")
        .objects.filter(**about, written_at__lte=workshop.closes)
        .values_list("author", "audience")
    )
    deleted = apps.get_model("reflections", "Tombstone").objects.filter(**about, kind="reflection")
    writers = {author for author, _ in written} | set(deleted.values_list("author", flat=True))
    sharers = {author for author, audience in written if audience != "me"}
    return band(len(writers), len(attended), len(sharers))


def band(writers, attended, sharers):
    low = 0.0
    for edge in EDGES:
        most = ceil(edge * attended) - 1
        if most == sharers:
            continue
        if writers <= most:
            return low, edge
        low = edge
    return low, 1.0


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0008_name_keys"),
        ("reflections", "0011_plain_field_names"),
        ("reports", "0002_frozen_values"),
        ("surveys", "0002_words"),
        ("workshops", "0009_planning_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="WritersBand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("low", models.FloatField(editable=False, null=True)),
                ("high", models.FloatField(editable=False, null=True)),
                (
                    "workshop",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="writers_band",
                        to="workshops.workshop",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("high", None), ("low", None)),
                            models.Q(
                                ("high__isnull", False),
                                ("low__isnull", False),
                                ("high__lte", 1),
                                ("low__gte", 0),
                                ("low__lt", models.F("high")),
                            ),
                            _connector="OR",
                        ),
                        name="writers_band_has_bounds",
                        violation_error_message="A band must have two bounds, or none.",
                    )
                ],
            },
        ),
        migrations.RunPython(store_bands, migrations.RunPython.noop),
    ]
