"""Removes earlier versions of responses and receipts from the database's files.

Each answer used to rewrite both tables, so the earlier versions could be compared. On PostgreSQL,
TRUNCATE gives a table a new file. (VACUUM would leave the bytes of dead rows in the old one, and
VACUUM FULL would copy rows that an open transaction can still see.) SQLite overwrites deleted rows
(`PRAGMA secure_delete`), but not in its write-ahead log.
"""

from django.db import migrations, transaction

WRITE_TO_NEW_FILE = (
    "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
    "CREATE TEMPORARY TABLE copied AS SELECT * FROM {table} ORDER BY random()",
    "TRUNCATE {table}",
    "INSERT INTO {table} SELECT * FROM copied",
    "DROP TABLE copied",
)


def remove_old_versions(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in ("surveys_response", "surveys_receipt"):
            with transaction.atomic(using=connection.alias):
                for statement in WRITE_TO_NEW_FILE:
                    cursor.execute(statement.format(table=table))


class Migration(migrations.Migration):
    # SQLite can't truncate its log in a transaction.
    atomic = False

    dependencies = [("surveys", "0004_move_open_answers")]

    operations = [migrations.RunPython(remove_old_versions, migrations.RunPython.noop)]
