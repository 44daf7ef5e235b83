import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0006_dropped")]

    operations = [
        migrations.RenameModel("Beat", "Heartbeat"),
        migrations.RenameModel("Adjustment", "MessageOverride"),
        migrations.RenameModel("BouncedAddress", "SuppressedAddress"),
        migrations.RenameModel("Refusal", "OptOut"),
        migrations.AlterField(
            "OptOut",
            "person",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="opt_outs",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RemoveConstraint("Message", "message_came_back_was_sent"),
        migrations.RenameField("Message", "came_back_at", "bounced_at"),
        migrations.AddConstraint(
            "Message",
            models.CheckConstraint(
                condition=models.Q(
                    ("bounced_at", None),
                    models.Q(("sent_at__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="message_came_back_was_sent",
                violation_error_message="Only what was sent comes back, and it says why.",
            ),
        ),
    ]
