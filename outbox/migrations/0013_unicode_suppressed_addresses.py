"""Store domains of suppressed addresses in Unicode, as those of users are since accounts 0007.

Otherwise the mailbox of a converted user would no longer be suppressed.
"""

from importlib import import_module

from django.db import migrations

label_in_unicode = import_module("accounts.migrations.0007_unicode_domains").label_in_unicode


def convert(apps, schema_editor):
    suppressed = apps.get_model("outbox", "SuppressedAddress").objects.using(
        schema_editor.connection.alias
    )
    for row in suppressed.filter(address__contains="xn--").order_by("pk"):
        local, at, domain = row.address.rpartition("@")
        address = local + at + ".".join(map(label_in_unicode, domain.split(".")))
        if suppressed.filter(address=address).exclude(pk=row.pk).exists():
            row.delete()
        else:
            suppressed.filter(pk=row.pk).update(address=address)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_unicode_domains"), ("outbox", "0012_sender")]

    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
