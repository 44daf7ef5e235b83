"""The log of deliveries: one line of JSON for whatever became of a message, without an address, a link or a word."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # logging is set up before there are models
    from outbox.models import Message

logger = logging.getLogger("outbox.deliveries")


def tell(
    message: Message,
    became: str,
    *,
    milliseconds: int | None = None,
    server_code: int | None = None,
) -> None:
    """`became` is sent, failed, dropped, or waiting for another try. Why is on the cohort's page, not here: a mail
    server's answer names addresses."""
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
    """When, and the facts."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return json.dumps({"at": at, **vars(record)["facts"]})
