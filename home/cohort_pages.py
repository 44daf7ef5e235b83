"""The context of a cohort's page, for its conveners and for its members."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from cohorts.models import Cohort, Membership
from home.messages import timeline as messages
from reflections.models import Experiment, Reflection
from surveys.results import latest_shown, with_counts
from workshops.models import Workshop
from workshops.progress import Row, grid_of, next_of, steps
from workshops.register import marking, rsvp
from workshops.register.expected import entries_of

# The messages shown: the last few sent and the next few due.
LINES_BEFORE, LINES_AHEAD = 2, 3
# The latest shared experiments.
EXPERIMENTS = 3


def for_conveners(
    cohort: Cohort, members: list[Membership], user: User, moment: datetime
) -> dict[str, Any]:
    workshops = list(with_counts(cohort.workshops.all()))
    coming = next_of(workshops, moment)
    opened = register_to_open(workshops, moment)
    entries = entries_of(workshops)
    grid = grid_of(workshops, members, entries)
    timeline = messages.timeline(cohort, workshops, moment, says_why=False)
    return {
        **shared(cohort, user, workshops, members, moment),
        "grid": grid,
        "next": coming,
        "standing": rsvp.rsvp_counts(coming, members, entries) if coming else None,
        "register_for": opened,
        "register_is_due": opened is not None and has_gaps(grid, opened),
        "is_planned": any(workshop.is_planned for workshop in workshops),
        "lines": [*timeline.before[-LINES_BEFORE:], *timeline.after[:LINES_AHEAD]],
        "message_count": len(timeline.before) + len(timeline.after),
    }


def for_members(
    cohort: Cohort, members: list[Membership], user: User, moment: datetime
) -> dict[str, Any]:
    return {
        **shared(cohort, user, list(with_counts(cohort.workshops.all())), members, moment),
        "experiments": Experiment.objects.shared_with(user, cohort).order_by("-shared_at", "-pk")[
            :EXPERIMENTS
        ],
    }


def shared(
    cohort: Cohort,
    user: User,
    workshops: list[Workshop],
    members: list[Membership],
    moment: datetime,
) -> dict[str, Any]:
    """Return what both pages show; `workshops` were loaded `with_counts()`."""
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
        "reflection": Reflection.objects.latest_shared_with(user, cohort),
    }


def register_to_open(workshops: list[Workshop], moment: datetime) -> Workshop | None:
    """Return the latest workshop whose register is open, or None before the first."""
    opened = [workshop for workshop in workshops if marking.is_open(workshop, moment)]
    return opened[-1] if opened else None


def has_gaps(grid: list[Row], workshop: Workshop) -> bool:
    """Return whether somebody expected at the workshop has no mark yet."""
    return any(
        cell.position == workshop.position and cell.state == "expected"
        for row in grid
        for cell in row.cells
    )
