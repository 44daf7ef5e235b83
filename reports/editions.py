"""The edition printed in a frozen report: its version, and who froze it when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from reports.models import FrozenReport
from ui import dates


@dataclass(frozen=True)
class Edition:
    """A version of a frozen report. `by` is empty if that person's account was deleted."""

    version: int
    at: datetime
    by: str
    zone: ZoneInfo

    def __str__(self) -> str:
        values = {"version": self.version, "day": self.day, "person": self.by}
        if not self.by:
            return _("Version %(version)d, frozen on %(day)s") % values
        return _("Version %(version)d, frozen on %(day)s by %(person)s") % values

    @property
    def day(self) -> str:
        return dates.long_day(dates.day_of(self.at, self.zone))


def edition_of(frozen: FrozenReport) -> Edition:
    by = str(frozen.frozen_by) if frozen.frozen_by else ""
    return Edition(frozen.version, frozen.frozen_at, by, frozen.cohort.zone)
