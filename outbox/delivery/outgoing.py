"""A message between the writing of its letter and the fence."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field

from outbox.content.email import Envelope
from outbox.delivery.batch_cache import BELIEVED_FOR
from outbox.models import Message
from outbox.rules import Rule


@dataclass(eq=False)
class Ready:
    """A message whose letter is written, and has but to pass the fence.

    It `is_new` if it was not written for this address at an earlier attempt, of which a copy may be on its way.
    """

    message: Message
    rule: Rule
    envelope: Envelope
    is_new: bool
    written_at: float = field(default_factory=time.monotonic)
    is_let_through: bool = False

    @property
    def is_fresh(self) -> bool:
        """What a new letter says is not believed for longer than what it was made of."""
        return not self.is_new or time.monotonic() - self.written_at <= BELIEVED_FOR

    def build(self) -> None:
        """Ahead of its sending. What goes wrong shows again then, where it belongs."""
        with suppress(Exception):
            self.envelope.build()


def envelope_of(message: Message, rule: Rule) -> Envelope:
    return Envelope(message, rule.link(message), is_optional=rule.is_optional)
