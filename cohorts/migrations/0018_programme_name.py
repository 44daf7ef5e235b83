from django.db import migrations
from django.db.models import OuterRef, Subquery

import cohorts.models.programme_name


def copy_names(apps, schema_editor):
    """Give the cohorts that exist the name that their programme has today."""
    programmes = apps.get_model("programmes", "Programme").objects.filter(pk=OuterRef("programme"))
    apps.get_model("cohorts", "Cohort").objects.update(
        programme_name=Subquery(programmes.values("name"))
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0017_before_and_after"),
    ]

    operations = [
        migrations.AddField(
            model_name="cohort",
            name="programme_name",
            field=cohorts.models.programme_name.ProgrammeNameField(
                blank=True,
                default="",
                help_text="Renaming the programme does not change it here.",
                max_length=120,
                verbose_name="name of the programme",
            ),
            preserve_default=False,
        ),
        migrations.RunPython(copy_names, migrations.RunPython.noop),
    ]
