from django.db import migrations


def delete_sessions(apps, schema_editor):
    """Delete all sessions, because their keys are stored in clear text.

    A backup from before holds the keys too, so the sessions are not converted.
    """
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_acted_at"),
        ("sessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(delete_sessions, migrations.RunPython.noop)]
