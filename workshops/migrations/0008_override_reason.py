from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("workshops", "0007_register_words"),
    ]

    operations = [
        migrations.RenameField(
            model_name="workshop", old_name="kept_because", new_name="override_reason"
        ),
    ]
