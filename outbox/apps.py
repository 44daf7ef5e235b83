from django.apps import AppConfig
from django.db.backends.signals import connection_created

from outbox.local_time import teach_sqlite


class OutboxConfig(AppConfig):
    name = "outbox"

    def ready(self) -> None:
        connection_created.connect(teach_sqlite, dispatch_uid="outbox.local_time")
