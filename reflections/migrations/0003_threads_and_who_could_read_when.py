import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.encryption


class Migration(migrations.Migration):
    dependencies = [
        ("reflections", "0002_drafts_experiments_and_what_is_offered"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="reflection",
            name="recorded_since",
            field=models.DateTimeField(
                blank=True,
                help_text="Before it nobody wrote down who could read it; empty where all is known.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="sharing",
            name="shared_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="Before it began, where it was narrowed: its readers could read it from then on.",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="sharing",
            name="changed_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="When the words were last changed, as it began.",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="reply",
            name="in_answer_to",
            field=models.ForeignKey(
                blank=True,
                help_text="The reply that it stands beneath, which stands beneath none.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="answers",
                to="reflections.reply",
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="taken_back_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="reply",
            name="author",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="replies",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="reply",
            name="body",
            field=accounts.encryption.EncryptedTextField(blank=True, max_length=5000),
        ),
        migrations.AlterField(
            model_name="reply",
            name="written_at",
            field=models.DateTimeField(db_index=True),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("author__isnull", False), ("taken_back_at", None)),
                    models.Q(("author", None), ("taken_back_at__isnull", False)),
                    _connector="OR",
                ),
                name="reply_taken_back_has_no_writer",
                violation_error_message="What is taken back is nobody’s any more.",
            ),
        ),
    ]
