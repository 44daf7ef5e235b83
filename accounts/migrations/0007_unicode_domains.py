"""Store domains of e-mail addresses in Unicode, so that one mailbox has one spelling.

An address whose other spelling belongs to another user stays as it is.
"""

from django.db import migrations


def label_in_unicode(label):
    try:
        decoded = label.encode("ascii").decode("idna")
        return decoded if decoded.encode("idna").decode("ascii") == label else label
    except UnicodeError:
        return label


def convert(apps, schema_editor):
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    for user in users.filter(email__contains="xn--").order_by("pk"):
        local, at, domain = user.email.rpartition("@")
        email = local + at + ".".join(map(label_in_unicode, domain.split(".")))
        if email != user.email and not users.filter(email=email).exists():
            users.filter(pk=user.pk).update(email=email)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_hashed_session_keys")]

    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
