"""The history of changes to workshops, and the changes somebody missed while a page was open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cohorts.models import Cohort
from ui import dates
from workshops.models import Change, Workshop
from workshops.times import Arrangement

TOKEN = re.compile(r"[0-9]{1,5}\.[0-9]{1,9}(-[0-9]{1,5}\.[0-9]{1,9})*")


@dataclass(frozen=True)
class LoggedChange:
    """A change to a workshop, and the time and place that the workshop had after the change."""

    change: Change
    after: Arrangement

    @property
    def before(self) -> Arrangement:
        return self.change.arrangement_before


def sequence_token(workshops: Iterable[Workshop]) -> str:
    """Return a version token of the workshops, which `changes_since` can decode.

    The token is the “position.sequence” of each workshop, joined by hyphens. With it, a page can
    show what other people have changed since the page was opened.
    """
    return "-".join(
        f"{one.position}.{one.sequence}" for one in sorted(workshops, key=lambda one: one.position)
    )


def changes_since(cohort: Cohort, seen: str) -> list[LoggedChange]:
    """Return the changes to the token's workshops that were made after the token, oldest first.

    `seen` is a token of `sequence_token`. If the token cannot be decoded, return all changes, so
    that the user sees each of them. Makes one query.
    """
    logged = history(Change.objects.filter(workshop__cohort=cohort))
    if not TOKEN.fullmatch(seen):
        return logged
    parts = (part.split(".") for part in seen.split("-"))
    known = {int(position): int(sequence) for position, sequence in parts}
    return [
        entry
        for entry in logged
        if entry.change.sequence > known.get(entry.change.workshop.position, entry.change.sequence)
    ]


def changes_of(workshop: Workshop, seen: str) -> list[LoggedChange]:
    """Return the changes to this workshop after the version token `seen`. Makes one query."""
    return [
        entry
        for entry in changes_since(workshop.cohort, seen)
        if entry.change.workshop_id == workshop.pk
    ]


def history(changes: QuerySet[Change]) -> list[LoggedChange]:
    """Return the changes, each with the time and place after it, in the order they were made.

    The queryset must also have all later changes to the same workshops, because the time and place
    after a change are read from the next change. Makes one query.
    """
    ordered = [
        *changes.select_related("by", "workshop__cohort").order_by("workshop", "sequence"),
        None,
    ]
    logged = [
        LoggedChange(
            one,
            # The time and place after a change: those that the workshop's next change replaced or,
            # if this is the last change, those that it has now.
            following.arrangement_before
            if following and following.workshop_id == one.workshop_id
            else one.workshop.arrangement,
        )
        for one, following in pairwise(ordered)
        if one
    ]
    return sorted(logged, key=lambda entry: entry.change.pk)


def describe(entry: LoggedChange, zone: ZoneInfo, now: datetime) -> str:
    """Return sentences about a change: who made it and when, the new place, and the reason."""
    sentences = [main_sentence(entry, zone, now)]
    has_moved = (entry.before.venue, entry.before.joining_link) != (
        entry.after.venue,
        entry.after.joining_link,
    )
    if has_moved and entry.change.kind in WITH_PLACE:
        sentences.append(_("New place: %(place)s.") % {"place": place(entry.after)})
    if entry.change.reason:
        sentences.append(_("Reason: “%(reason)s”") % {"reason": entry.change.reason})
    return " ".join(sentences)


WITH_PLACE = {Change.Kind.PLANNED, Change.Kind.MOVED, Change.Kind.RELOCATED}


def main_sentence(entry: LoggedChange, zone: ZoneInfo, now: datetime) -> str:
    """Return one sentence about a change: who made it, which dates changed, and how long ago."""
    facts = {
        "who": entry.change.by or _("Someone"),
        "title": entry.change.workshop.title,
        "before": when(entry.before, zone),
        "after": when(entry.after, zone),
        "ago": dates.ago(entry.change.at, now, zone),
    }
    match entry.change.kind:
        case Change.Kind.CANCELLED:
            return _("%(who)s cancelled “%(title)s”, %(ago)s.") % facts
        case Change.Kind.REINSTATED:
            return _("%(who)s reinstated “%(title)s”, %(ago)s.") % facts
        case Change.Kind.UNDATED:
            return (
                _("%(who)s removed the date of “%(title)s”, which was %(before)s, %(ago)s.") % facts
            )
        case Change.Kind.PLANNED:
            return _("%(who)s set “%(title)s” for %(after)s, %(ago)s.") % facts
        case Change.Kind.MOVED:
            return _("%(who)s moved “%(title)s” from %(before)s to %(after)s, %(ago)s.") % facts
        case Change.Kind.RENAMED:
            return _("%(who)s changed the title to “%(title)s”, %(ago)s.") % facts
    return _("%(who)s changed the place of “%(title)s”, %(ago)s.") % facts


def when(arrangement: Arrangement, zone: ZoneInfo) -> str:
    slot = arrangement.slot
    return dates.half_day(slot.starts_at, slot.ends_at, zone) if slot else _("a date to be agreed")


def place(arrangement: Arrangement) -> str:
    return arrangement.venue or (_("online") if arrangement.joining_link else _("to be agreed"))
