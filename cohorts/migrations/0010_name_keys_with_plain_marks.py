"""Recompute organisations' name keys, which now ignore the shape of quotation marks and “&”.

Where two organisations get the same key, the later one keeps its old key, so that nothing is merged
or lost. An administrator can rename it.
"""

import unicodedata

from django.db import migrations

KEY_LENGTH = 250
SINGLE, DOUBLE = "\u2018\u2019\u201a\u201b\u02bc\u2032`\u00b4", "\u201c\u201d\u201e\u201f\u2033"
STRAIGHT_MARKS = str.maketrans(dict.fromkeys(SINGLE, "'") | dict.fromkeys(DOUBLE, '"'))


def name_key(name):
    visible = "".join(character for character in name if unicodedata.category(character) != "Cf")
    folded = unicodedata.normalize("NFKC", visible).casefold()
    plain = unicodedata.normalize("NFKC", folded).translate(STRAIGHT_MARKS)
    key = " ".join(unicodedata.normalize("NFC", plain.replace("&", " and ")).split())
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
    dependencies = [("cohorts", "0009_left_silently")]

    operations = [migrations.RunPython(recompute, migrations.RunPython.noop)]
