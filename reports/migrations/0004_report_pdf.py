"""Create the PDFs of reports that workers make."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0011_undo_an_import"),
        ("reports", "0003_writers_band"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportPdf",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField(editable=False)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                (
                    "claimed_until",
                    models.DateTimeField(
                        editable=False,
                        help_text="When the lease of the worker that makes it expires.",
                        null=True,
                    ),
                ),
                ("made_at", models.DateTimeField(editable=False, null=True)),
                ("failed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "version",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="The version token of its text.",
                        max_length=16,
                    ),
                ),
                (
                    "token",
                    models.TextField(
                        blank=True,
                        editable=False,
                        help_text="The file in Base64, encrypted. Not re-encrypted.",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "cohort",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="report_pdf",
                        to="cohorts.cohort",
                    ),
                ),
            ],
            options={
                "verbose_name": "report PDF",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("made_at", None), ("version", "")),
                            models.Q(("failed_at", None), ("made_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="report_pdf_made_or_failed",
                        violation_error_message="Choose when the PDF was made or when it failed, but not both.",
                    )
                ],
            },
        ),
    ]
