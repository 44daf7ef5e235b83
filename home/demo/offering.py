"""The quotes that the demo's participants offer to a report, and that facilitators choose."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from reflections.models import Reflection
from reports.quote_selection import choose, offer


def offer_quote(
    reflection: Reflection, entry: dict[str, Any], *, facilitator: User, at: datetime
) -> None:
    """Offer the quote in `entry["offer"]`; if `entry["chosen"]` is true, choose it a day later.

    `entry` is a reflection's table in `words.toml`.
    """
    quote = offer(reflection=reflection, words=entry["offer"], by=reflection.author, at=at)
    if entry.get("chosen"):
        choose(quote=quote, by=facilitator, at=at + timedelta(days=1))
