"""A schedule of the demo's events, which run in order of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from outbox.backends.maildir import EmailBackend
from outbox.delivery.loop import take_turn

Action = Callable[[], object]


@dataclass
class Story:
    """A schedule of events: functions without arguments, each with its time."""

    actions: list[tuple[datetime, int, Action]] = field(default_factory=list)

    def at(self, moment: datetime, action: Action) -> None:
        """Schedule `action` for `moment`. Actions of the same time run in the order added."""
        self.actions.append((moment, len(self.actions), action))

    def run(self, until: datetime) -> None:
        """Run the scheduled functions whose time is before `until`, the earliest first."""
        for moment, _, action in sorted(self.actions, key=lambda one: one[:2]):
            if moment < until:
                action()


def send(moment: datetime) -> None:
    """Run the sending loop once, with its clock set to a second after `moment`.

    Delivers to the Maildir in `var/mail`, because a demo uses no mail server.
    """
    take_turn(lambda: moment + timedelta(seconds=1), connection=EmailBackend())
