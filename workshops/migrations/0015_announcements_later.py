"""Allow announcements to be sent later."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0013_archived_cohorts"),
        ("workshops", "0014_selected_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="announcement",
            name="sends_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When it goes out. If this is empty, it goes out once somebody sends it.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="announcement",
            index=models.Index(fields=["sends_at"], name="announcement_sends"),
        ),
    ]
