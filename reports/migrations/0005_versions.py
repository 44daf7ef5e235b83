import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0018_programme_name"),
        ("reports", "0004_report_pdf"),
    ]

    operations = [
        migrations.AddField(
            model_name="frozenreport",
            name="version",
            field=models.PositiveSmallIntegerField(
                default=1, help_text="1 for the first report that was frozen, then 2."
            ),
        ),
        migrations.AlterField(
            model_name="frozenreport",
            name="cohort",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="frozen_reports",
                to="cohorts.cohort",
            ),
        ),
        migrations.AddConstraint(
            model_name="frozenreport",
            constraint=models.UniqueConstraint(
                fields=("cohort", "version"),
                name="frozen_report_version_once",
                violation_error_message="There is already a report with this version.",
            ),
        ),
    ]
