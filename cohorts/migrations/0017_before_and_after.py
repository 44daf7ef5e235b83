from django.db import migrations, models

HELP_TEXT = (
    "Twelve questions at the start, at the end and six months on, and six to a manager or "
    "colleague. You can’t switch it off for a cohort once somebody has answered."
)


# Off for cohorts that exist. A migration of surveys switches it on for those that used it.
class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0016_features"),
    ]

    operations = [
        migrations.AddField(
            model_name="cohort",
            name="uses_before_after",
            field=models.BooleanField(
                default=False, help_text=HELP_TEXT, verbose_name="Before and after"
            ),
        ),
        migrations.AlterField(
            model_name="cohort",
            name="uses_before_after",
            field=models.BooleanField(
                default=True, help_text=HELP_TEXT, verbose_name="Before and after"
            ),
        ),
    ]
