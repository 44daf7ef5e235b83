"""Allow announcements to have a link or file."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0013_archived_cohorts"),
        ("workshops", "0015_announcements_later"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="announcement",
            name="has_material",
            field=models.BooleanField(
                default=False,
                help_text="Whether it has a link or file, even if that has been deleted.",
            ),
        ),
        migrations.AddField(
            model_name="announcement",
            name="material",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="workshops.material",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(("material", None), ("has_material", True), _connector="OR"),
                name="announcement_has_material",
            ),
        ),
    ]
