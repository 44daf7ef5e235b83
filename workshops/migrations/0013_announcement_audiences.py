"""Allow announcements to the people who were at a workshop, were absent, or sent apologies."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0012_correct_a_row"),
        ("workshops", "0012_poll_closed_days"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="announcement",
            name="announcement_audience_of_workshop",
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
                ],
                default="everybody",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="announcement",
            name="workshop",
            field=models.ForeignKey(
                blank=True,
                help_text="The workshop whose RSVPs or register decide who gets it.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="announcements",
                to="workshops.workshop",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("audience", "everybody"), ("workshop", None)),
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
