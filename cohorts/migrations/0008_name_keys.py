"""Recompute organisations' name keys by the rule that programmes and organisations now share.

The rule also ignores invisible characters. Where two organisations get the same key, the later one
keeps its old key, so that nothing is merged or lost. An administrator can rename it.
"""

import unicodedata

from django.db import migrations

KEY_LENGTH = 250


def name_key(name):
    visible = "".join(character for character in name if unicodedata.category(character) != "Cf")
    folded = unicodedata.normalize("NFKC", visible).casefold()
    key = " ".join(unicodedata.normalize("NFKC", folded).split())
    return key.rstrip(". ")[:KEY_LENGTH].rstrip()


def recompute(apps, schema_editor):
    Organisation = apps.get_model("cohorts", "Organisation")
    organisations = Organisation.objects.using(schema_editor.connection.alias)
    used = set(organisations.values_list("name_key", flat=True))
    for organisation in organisations.order_by("pk").iterator():
        key = name_key(organisation.name)
        if key and key != organisation.name_key and key not in used:
            used.discard(organisation.name_key)
            used.add(key)
            organisation.name_key = key
            organisation.save(update_fields=["name_key"])


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0007_plain_words")]

    operations = [migrations.RunPython(recompute, migrations.RunPython.noop)]
