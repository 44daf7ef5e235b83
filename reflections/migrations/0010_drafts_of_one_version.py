from django.db import migrations, models

import accounts.encryption


class Migration(migrations.Migration):
    dependencies = [("reflections", "0009_second_drafts")]

    operations = [
        migrations.RemoveConstraint(model_name="draft", name="draft_other_is_older"),
        migrations.RemoveField(model_name="draft", name="other_body"),
        migrations.RemoveField(model_name="draft", name="other_typed_at"),
        migrations.AlterField(
            model_name="draft",
            name="body",
            field=accounts.encryption.EncryptedTextField(
                help_text="May be longer than a reflection."
            ),
        ),
        migrations.AlterField(
            model_name="draft",
            name="experiment",
            field=accounts.encryption.EncryptedTextField(
                blank=True, help_text="“One thing I’ll try”, unfinished."
            ),
        ),
        migrations.AlterField(
            model_name="draft",
            name="page",
            field=models.CharField(
                blank=True, help_text="Random id of the open page that saved last.", max_length=12
            ),
        ),
        migrations.AlterField(
            model_name="draft",
            name="typed_at",
            field=models.DateTimeField(
                help_text="When the last letter was typed, by the server’s clock."
            ),
        ),
        migrations.AlterField(
            model_name="draft",
            name="version",
            field=models.PositiveIntegerField(default=1, help_text="Increases with every save."),
        ),
    ]
