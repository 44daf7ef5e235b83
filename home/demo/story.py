"""The events of the demo, in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from outbox.backends.maildir import EmailBackend
from outbox.delivery.loop import take_turn

Deed = Callable[[], object]


@dataclass
class Story:
    """Functions to call, each at its moment."""

    deeds: list[tuple[datetime, int, Deed]] = field(default_factory=list)

    def at(self, moment: datetime, deed: Deed) -> None:
        self.deeds.append((moment, len(self.deeds), deed))

    def tell(self, until: datetime) -> None:
        """Call the functions of all moments before `until`, the earliest first."""
        for moment, _, deed in sorted(self.deeds, key=lambda one: one[:2]):
            if moment < until:
                deed()


def send(moment: datetime) -> None:
    """Run the sending loop once as of that moment, into var/mail: a demo uses no mail server."""
    take_turn(lambda: moment + timedelta(seconds=1), connection=EmailBackend())
