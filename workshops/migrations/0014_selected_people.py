"""Allow announcements to people whom a facilitator selects."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0013_archived_cohorts"),
        ("workshops", "0013_announcement_audiences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="announcement",
            name="announcement_audience_of_workshop",
        ),
        migrations.AlterField(
            model_name="announcement",
            name="addressees",
            field=models.ManyToManyField(
                blank=True,
                help_text="The selected people of a draft. Once somebody sent it, its audience at that time. Nobody is added later.",
                related_name="+",
                to="cohorts.membership",
            ),
        ),
        migrations.AlterField(
            model_name="announcement",
            name="audience",
            field=models.CharField(
                choices=[
                    ("everybody", "Everybody"),
                    ("coming", "People who are coming"),
                    ("silent", "People who have not answered"),
                    ("apologies", "People who sent apologies"),
                    ("present", "People who were there"),
                    ("absent", "People who were absent"),
                    ("selected", "Selected people"),
                ],
                default="everybody",
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("audience__in", ("everybody", "selected")), ("workshop", None)),
                    models.Q(
                        ("audience__in", ("coming", "silent", "apologies", "present", "absent")),
                        ("workshop__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="announcement_audience_of_workshop",
                violation_error_message="Choose the workshop that decides who gets it.",
            ),
        ),
    ]
