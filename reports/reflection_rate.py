"""How large a part of a workshop's people wrote a reflection, in bands too wide to point at anybody."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from cohorts.models import Cohort
from reflections.participation import Writing, writing_per_workshop
from reports.attendance import Roll
from surveys.disclosure import MINIMUM, is_large_enough

EDGES = ((0.25, "a quarter"), (0.5, "a half"), (0.75, "three quarters"))
NOT_SHOWN = f"not shown: fewer than {MINIMUM} attended"


def practice_of(cohort: Cohort, rolls: Sequence[Roll]) -> dict[int, str]:
    """The band of each workshop, by its pk. One query."""
    writing = writing_per_workshop(cohort)
    return {
        roll.workshop.pk: band_of(roll, writing.get(roll.workshop.pk, Writing())) for roll in rolls
    }


def band_of(roll: Roll, writing: Writing) -> str:
    return band(writers=writing.writers, attended=len(roll.attended), sharers=writing.sharers)


def band(*, writers: int, attended: int, sharers: int = 0) -> str:
    """Each band begins where the one before ends: a quarter exactly is “a quarter to a half”.

    Who shared what they wrote is known by name. Where a band has room for those alone, it would say of everybody else
    that they have not written; so it is one with the next, whether others wrote or not. That holds for one moment: what
    comparing two can tell stands in docs/figures.md.
    Somebody who could not come may write, too, so there can be more writers than people who attended.
    """
    if not is_large_enough(attended):
        return NOT_SHOWN
    began = ""
    for edge, words in EDGES:
        most = ceil(edge * attended) - 1
        if most == sharers:
            continue
        if writers <= most:
            return f"{began} to {words}" if began else f"fewer than {words}"
        began = words
    return f"{began} or more"
