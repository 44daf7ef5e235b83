"""Template contexts of a cohort's page, for its conveners and for its other members.

Conveners are the cohort's facilitators, and all administrators.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator

from accounts.models import User
from cohorts.models import Cohort, Membership
from home.messages import timeline as messages
from reflections.latest_shared import latest_shared
from reflections.models import Experiment
from surveys.results import counted_workshops, latest_shown
from workshops.models import Workshop
from workshops.progress import Row, grid_of, next_of, steps
from workshops.register import marking, rsvp
from workshops.register.expected import entries_of

# How many past lines, and how many future lines, of the message timeline are shown.
LINES_BEFORE, LINES_AHEAD = 2, 3
# How many of the latest shared experiments are shown.
EXPERIMENTS = 3
ATTENDANCE_ROWS = 50


def convener_context(
    cohort: Cohort, members: list[Membership], user: User, moment: datetime, page: str | None
) -> dict[str, Any]:
    """Return the context of the page for conveners. `page` is the number of the attendance page."""
    workshops = counted_workshops(cohort)
    coming = next_of(workshops, moment)
    opened = latest_open_register(workshops, moment)
    entries = entries_of(workshops)
    grid = grid_of(workshops, members, entries)
    timeline = messages.timeline(cohort, workshops, moment, says_why=False)
    return {
        **common_context(cohort, user, workshops, members, moment),
        "grid": Paginator(grid, ATTENDANCE_ROWS).get_page(page),
        "next": coming,
        "rsvp_counts": rsvp.rsvp_counts(coming, members, entries) if coming else None,
        "register_for": opened,
        "register_is_due": opened is not None and has_gaps(grid, opened),
        "is_planned": any(workshop.is_planned for workshop in workshops),
        "lines": [*timeline.before[-LINES_BEFORE:], *timeline.after[:LINES_AHEAD]],
        "message_count": len(timeline.before) + len(timeline.after),
    }


def member_context(
    cohort: Cohort, members: list[Membership], user: User, moment: datetime
) -> dict[str, Any]:
    return {
        **common_context(cohort, user, counted_workshops(cohort), members, moment),
        "experiments": Experiment.objects.shared_with(user, cohort).order_by("-shared_at", "-pk")[
            :EXPERIMENTS
        ],
    }


def common_context(
    cohort: Cohort,
    user: User,
    workshops: list[Workshop],
    members: list[Membership],
    moment: datetime,
) -> dict[str, Any]:
    """Return the part of the context that the pages of conveners and of members have in common.

    `workshops` must come from `counted_workshops()`.
    """
    active = [member for member in members if member.is_active]
    participants = [member for member in active if not member.is_facilitator]
    return {
        "cohort": cohort,
        "steps": steps(workshops, moment, cohort.zone),
        "participants": participants,
        "organisations": len(
            {member.organisation_id for member in participants if member.organisation_id}
        ),
        "facilitators": [member.user for member in active if member.is_facilitator],
        "results": latest_shown(workshops, moment),
        "reflection": latest_shared(user, cohort),
    }


def latest_open_register(workshops: list[Workshop], moment: datetime) -> Workshop | None:
    """Return the last workshop whose register is open; None if no register is open yet."""
    opened = [workshop for workshop in workshops if marking.is_open(workshop, moment)]
    return opened[-1] if opened else None


def has_gaps(grid: list[Row], workshop: Workshop) -> bool:
    """Return whether anybody expected at the workshop is not marked on its register."""
    return any(
        cell.position == workshop.position and cell.state == "expected"
        for row in grid
        for cell in row.cells
    )
