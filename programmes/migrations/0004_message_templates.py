import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programmes", "0003_trusted_messages")]

    operations = [
        migrations.RenameModel("ProgrammeWording", "ProgrammeMessageTemplate"),
        migrations.AlterField(
            "ProgrammeMessageTemplate",
            "programme",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="message_templates",
                to="programmes.programme",
            ),
        ),
    ]
