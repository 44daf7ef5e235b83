"""Removes earlier versions of responses and receipts from the database's files.

Each answer used to rewrite both tables, so the earlier versions could be compared. On PostgreSQL, a
plain VACUUM would leave their bytes in the files; VACUUM FULL writes new files. SQLite overwrites
deleted rows (`PRAGMA secure_delete`), but not in its write-ahead log.
"""

from django.db import migrations

STATEMENTS = {
    "postgresql": ("VACUUM FULL surveys_response", "VACUUM FULL surveys_receipt"),
    "sqlite": ("PRAGMA wal_checkpoint(TRUNCATE)",),
}


def remove_old_versions(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in STATEMENTS.get(schema_editor.connection.vendor, ()):
            cursor.execute(statement)


class Migration(migrations.Migration):
    # VACUUM can't run in a transaction.
    atomic = False

    dependencies = [("surveys", "0004_move_open_answers")]

    operations = [migrations.RunPython(remove_old_versions, migrations.RunPython.noop)]
