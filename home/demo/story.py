"""When each thing of the demo happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

Deed = Callable[[], object]


@dataclass
class Story:
    """What happens in the demo, each thing at its moment; told in order by `tell`."""

    deeds: list[tuple[datetime, int, Deed]] = field(default_factory=list)

    def at(self, moment: datetime, deed: Deed) -> None:
        self.deeds.append((moment, len(self.deeds), deed))

    def tell(self, until: datetime) -> None:
        """Does all that happens before `until`, earliest first."""
        for moment, _, deed in sorted(self.deeds, key=lambda one: one[:2]):
            if moment < until:
                deed()
