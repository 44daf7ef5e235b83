"""A workaround for kombu 5.7, whose Redis transport crashes the worker after a lost connection."""

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as LostConnectionError


class Channel(redis.Channel):
    """kombu's channel, but it raises ConnectionError after a lost connection."""

    def _connparams(self, asynchronous: bool = False) -> Any:
        """Raise ConnectionError, which Celery handles, if the channel's connection has closed.

        Without this override, kombu raises AttributeError when a channel acknowledges or restores a
        task after its connection has closed.
        """
        if self.connection is None or self.connection.client is None:
            raise LostConnectionError("This connection is closed.")
        return super()._connparams(asynchronous)  # type: ignore[misc]  # celery-types leaves it out


class Transport(redis.Transport):
    Channel = Channel
