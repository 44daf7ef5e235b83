"""The delivery log: one line of JSON for each outcome of a message.

The log contains no address, no link and no text of an e-mail.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # logging is configured before models are loaded
    from outbox.models import Message

logger = logging.getLogger("outbox.deliveries")


def log_outcome(
    message: Message,
    became: str,
    *,
    milliseconds: int | None = None,
    server_code: int | None = None,
) -> None:
    """Log the outcome of a message: `became` is “sent”, “failed”, “dropped” or “waiting”.

    The reason is not logged, because a mail server's reply may contain addresses.
    """
    facts = {
        "message": message.public_id,
        "kind": message.kind,
        "cohort": message.group_id,
        "became": became,
        "attempts": message.attempts,
        "milliseconds": milliseconds,
        "server_code": server_code,
    }
    logger.info(
        "%s",
        became,
        extra={"facts": {name: fact for name, fact in facts.items() if fact is not None}},
    )


class JsonFormatter(logging.Formatter):
    """A formatter that writes a record of the delivery log as JSON with a UTC timestamp."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return json.dumps({"at": at, **vars(record)["facts"]})
