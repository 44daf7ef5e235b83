from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def switch_on_where_used(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    programmes = apps.get_model("surveys", "ProgrammeWaves").objects.values("programme")
    cohorts = apps.get_model("surveys", "Wave").objects.values("cohort")
    apps.get_model("programmes", "Programme").objects.filter(pk__in=programmes).update(
        uses_before_after=True
    )
    apps.get_model("cohorts", "Cohort").objects.filter(pk__in=cohorts).update(
        uses_before_after=True
    )


def record_programmes(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    waves = apps.get_model("surveys", "ProgrammeWaves")
    programmes = apps.get_model("programmes", "Programme").objects.filter(uses_before_after=True)
    waves.objects.bulk_create(waves(programme=programme) for programme in programmes)


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0017_before_and_after"),
        ("programmes", "0008_before_and_after"),
        ("surveys", "0011_programme_waves"),
    ]

    operations = [
        migrations.RunPython(switch_on_where_used, record_programmes),
        migrations.DeleteModel(name="ProgrammeWaves"),
    ]
