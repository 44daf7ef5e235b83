"""The page of a series' dates as it is first shown, or shown again for another rhythm: nothing here is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from workshops.forms.series import RhythmForm, SeriesForm, can_be_planned, field_name
from workshops.models import Workshop
from workshops.proposing import Constraints, propose
from workshops.times import HalfDay, Slot

WEEKS = 3
AHEAD = timedelta(weeks=4)
THURSDAY = 3


def first_look(
    workshops: Sequence[Workshop], zone: ZoneInfo, moment: datetime
) -> tuple[RhythmForm, SeriesForm]:
    """The dates that there are; where there are none yet, those of a usual rhythm."""
    rhythm = RhythmForm(usual_rhythm(workshops, zone, moment))
    slots = {one.position: slot for one in workshops if (slot := one.slot)}
    return rhythm, series_showing(
        slots or proposed(rhythm, workshops, zone, moment), {}, workshops, zone, moment
    )


def another_look(
    typed: Mapping[str, Any], workshops: Sequence[Workshop], zone: ZoneInfo, moment: datetime
) -> tuple[RhythmForm, SeriesForm]:
    """The dates of the rhythm asked for, with the venues and links that were typed meanwhile."""
    rhythm = RhythmForm(typed)
    slots = proposed(rhythm, workshops, zone, moment)
    if rhythm.is_valid():
        return rhythm, series_showing(slots, typed, workshops, zone, moment)
    return rhythm, SeriesForm(initial=dict(typed.items()), workshops=workshops, zone=zone, moment=moment)


def proposed(
    rhythm: RhythmForm, workshops: Sequence[Workshop], zone: ZoneInfo, moment: datetime
) -> dict[int, Slot]:
    """By position, the slots of those that can still be planned; else none, and a sentence at the date."""
    free = [workshop for workshop in workshops if can_be_planned(workshop, moment)]
    if not rhythm.is_valid():
        return {}
    try:
        proposals = propose(
            rhythm.rhythm(zone), [workshop.length_minutes for workshop in free], Constraints(now=moment)
        )
    except ValidationError as error:
        rhythm.add_error("first", error)
        return {}
    return {
        workshop.position: proposal.slot
        for workshop, proposal in zip(free, proposals, strict=True)
        if proposal.slot
    }


def series_showing(
    slots: Mapping[int, Slot],
    typed: Mapping[str, Any],
    workshops: Sequence[Workshop],
    zone: ZoneInfo,
    moment: datetime,
) -> SeriesForm:
    places = {
        workshop.position: (
            typed.get(field_name(workshop, "venue"), workshop.venue) or typed.get("usual_venue", ""),
            typed.get(field_name(workshop, "link"), workshop.joining_link) or typed.get("usual_link", ""),
        )
        for workshop in workshops
    }
    return SeriesForm.showing(slots, places, workshops=workshops, zone=zone, moment=moment)


def usual_rhythm(workshops: Sequence[Workshop], zone: ZoneInfo, moment: datetime) -> dict[str, Any]:
    """Where the rhythm's form begins: with the next date there is, after the last one held, or in about four weeks."""
    planned = [one.starts_at for one in workshops if one.starts_at and can_be_planned(one, moment)]
    begun = [one.starts_at for one in workshops if one.starts_at and one.has_begun(moment)]
    half_day = HalfDay.MORNING
    if planned:
        first = min(planned).astimezone(zone)
        half_day = HalfDay.MORNING if first.hour < 12 else HalfDay.AFTERNOON
        return {"first": first.date(), "weeks": WEEKS, "half_day": half_day}
    if begun:
        after = max(begun).astimezone(zone).date() + timedelta(weeks=WEEKS)
        return {"first": after, "weeks": WEEKS, "half_day": half_day}
    return {
        "first": next_thursday(moment.astimezone(zone).date() + AHEAD),
        "weeks": WEEKS,
        "half_day": half_day,
    }


def next_thursday(day: date) -> date:
    """The day itself, if it is one."""
    return day + timedelta(days=(THURSDAY - day.weekday()) % 7)
