from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns; rename `stream` and `about`, with the constraints that name them."""

    dependencies = [("outbox", "0007_plain_names")]

    operations = [
        migrations.RemoveIndex("Message", "message_stream"),
        migrations.RenameField("Message", "stream", "group_id"),
        migrations.RenameField("Message", "about", "subject_id"),
        migrations.AddIndex(
            "Message", models.Index(fields=("group_id", "due_at"), name="message_group")
        ),
        migrations.AddField(
            "Message",
            "membership_id",
            models.PositiveBigIntegerField(
                blank=True,
                help_text="The number of the membership it goes to, where a person may have had two.",
                null=True,
            ),
        ),
        migrations.AddField(
            "Message",
            "subject_version",
            models.PositiveIntegerField(
                default=0,
                help_text="The version of its subject, where a new version is a new message.",
            ),
        ),
        migrations.AddField(
            "Message",
            "outcome",
            models.CharField(
                choices=[
                    ("pending", "Not tried yet"),
                    ("deferred", "Waits for another try"),
                    ("sent", "Sent"),
                    ("bounced", "Sent, and bounced"),
                    ("refused", "Refused by the mail server"),
                    ("suppressed", "Not sent to an address that had bounced"),
                    ("our-error", "Failed by an error in Convenor"),
                    ("expired", "Not sent in time"),
                    ("untrue", "No longer true"),
                    ("skipped", "Skipped by a facilitator"),
                    ("no-recipient", "Nobody to send it to"),
                    ("erased", "Erased before it was sent"),
                ],
                default="pending",
                max_length=12,
            ),
        ),
        migrations.RemoveConstraint("MessageOverride", "adjustment_for_everybody_once"),
        migrations.RemoveConstraint("MessageOverride", "adjustment_for_person_once"),
        migrations.RemoveConstraint("MessageOverride", "adjustment_note_has_moment"),
        migrations.RemoveIndex("MessageOverride", "adjustment_stream"),
        migrations.RenameField("MessageOverride", "stream", "group_id"),
        migrations.RenameField("MessageOverride", "about", "subject_id"),
        migrations.RemoveConstraint("SuppressedAddress", "bounced_address_lower_case"),
        migrations.RemoveConstraint("SuppressedAddress", "bounced_address_source_known"),
        migrations.RemoveConstraint("OptOut", "refusal_once"),
    ]
