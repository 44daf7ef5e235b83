"""Encrypts the pseudonyms. A new table, because the old one's files would keep them in clear."""

import django.db.models.deletion
from django.db import migrations, models

import accounts.encryption
import surveys.models.answers


def encrypt(apps, schema_editor):
    old, new = apps.get_model("surveys", "OldPseudonym"), apps.get_model("surveys", "Pseudonym")
    new.objects.bulk_create(
        new(membership_id=one.membership_id, value=str(one.value)) for one in old.objects.all()
    )


def decrypt(apps, schema_editor):
    old, new = apps.get_model("surveys", "OldPseudonym"), apps.get_model("surveys", "Pseudonym")
    old.objects.bulk_create(
        old(membership_id=one.membership_id, value=one.value) for one in new.objects.all()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0017_before_and_after"),
        ("surveys", "0012_switch_of_before_and_after"),
    ]

    operations = [
        migrations.RenameModel("Pseudonym", "OldPseudonym"),
        migrations.AlterField(
            model_name="oldpseudonym",
            name="membership",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="+",
                serialize=False,
                to="cohorts.membership",
            ),
        ),
        migrations.CreateModel(
            name="Pseudonym",
            fields=[
                (
                    "membership",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="pseudonym",
                        serialize=False,
                        to="cohorts.membership",
                    ),
                ),
                (
                    "value",
                    accounts.encryption.EncryptedTextField(
                        default=surveys.models.answers.new_code, editable=False
                    ),
                ),
            ],
        ),
        migrations.RunPython(encrypt, decrypt),
        migrations.DeleteModel("OldPseudonym"),
    ]
