from django.apps import AppConfig
from django.db.backends.signals import connection_created

from outbox.local_time import create_sqlite_functions


class OutboxConfig(AppConfig):
    name = "outbox"

    def ready(self) -> None:
        connection_created.connect(create_sqlite_functions, dispatch_uid="outbox.local_time")
