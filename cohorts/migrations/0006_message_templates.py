import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0005_found_by_index")]

    operations = [
        migrations.RenameModel("CohortWording", "CohortMessageTemplate"),
        migrations.AlterField(
            "CohortMessageTemplate",
            "cohort",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="message_templates",
                to="cohorts.cohort",
            ),
        ),
    ]
