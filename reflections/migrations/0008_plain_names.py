import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reflections", "0007_look_backs_of_their_cohort")]

    operations = [
        migrations.RenameModel("Remains", "Tombstone"),
        migrations.RenameModel("Sharing", "AudiencePeriod"),
        migrations.RenameModel("Extract", "Quote"),
        migrations.AlterField(
            "AudiencePeriod",
            "reflection",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="audience_periods",
                to="reflections.reflection",
            ),
        ),
        migrations.AlterField(
            "Quote",
            "author",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="quotes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "Quote",
            "cohort",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="quotes",
                to="cohorts.cohort",
            ),
        ),
        migrations.AlterField(
            "Quote",
            "reflection",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="quotes",
                to="reflections.reflection",
            ),
        ),
    ]
