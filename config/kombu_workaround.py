"""Redis as Celery's broker, whose lost connection is called one: kombu 5.7 stumbles over it, and the worker ends."""

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as LostConnectionError


class Channel(redis.Channel):
    def _connparams(self, asynchronous: bool = False) -> Any:
        """Where to connect to, which a channel asks again for what it gives back or acknowledges after its connection.

        That it has none any more is an AttributeError there, which Celery does not expect; this it logs and goes on.
        """
        if self.connection is None or self.connection.client is None:
            raise LostConnectionError("This connection is closed.")
        return super()._connparams(asynchronous)  # type: ignore[misc]  # celery-types leaves it out


class Transport(redis.Transport):
    Channel = Channel
