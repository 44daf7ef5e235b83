"""Template contexts of a cohort's page, for its conveners and for its other members.

Conveners are the cohort's facilitators, and all administrators.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef

from accounts.models import User
from cohorts.models import Cohort, Membership
from home.messages import timeline as messages
from partnerships.attention import counts_of, work_counts
from reflections.latest_shared import latest_shared
from reflections.models import Experiment
from relationships.models import Round
from relationships.status import open_round_of
from sets.for_person import set_in
from sets.introductions.overview import number_asked_to_meet
from surveys.results import counted_workshops, latest_shown, was_asked
from surveys.small_cohorts import advice_for
from workshops.models import Workshop
from workshops.progress import Row, grid_of, last_of, next_of, steps
from workshops.register import marking, rsvp
from workshops.register.expected import entries_of

# How many past lines, and how many future lines, of the message timeline are shown.
LINES_BEFORE, LINES_AHEAD = 2, 3
# How long before the last workshop and after the next one to look for messages: enough for these
# workshops' reminders and surveys. Evaluating the rules for all workshops takes twice as long.
AROUND = timedelta(days=14)
# How many of the latest shared experiments are shown.
EXPERIMENTS = 3
ATTENDANCE_ROWS = 50


def cohort_annotations(moment: datetime) -> dict[str, Any]:
    """Return the annotations of the cohort that the contexts below read, to save queries."""
    return {
        "asked_to_meet": number_asked_to_meet(),
        "has_open_round": Exists(Round.objects.open_at(moment).filter(cohort=OuterRef("pk"))),
        **work_counts(),
    }


def convener_context(
    cohort: Any, members: list[Membership], user: User, moment: datetime, page: str | None
) -> dict[str, Any]:
    """Return the context of the page for conveners. `page` is the number of the attendance page.

    The cohort is annotated with `cohort_annotations`.
    """
    workshops = counted_workshops(cohort)
    coming = next_of(workshops, moment)
    opened = latest_open_register(workshops, moment)
    entries = entries_of(workshops)
    grid = grid_of(workshops, members, entries)
    held = last_of(workshops, moment)
    timeline = messages.timeline(
        cohort,
        workshops,
        moment,
        since=held.starts_at - AROUND if held and held.starts_at else None,
        until=coming.ends_at + AROUND if coming and coming.ends_at else None,
        says_why=False,
    )
    common = common_context(cohort, user, workshops, members, moment)
    return {
        **common,
        "advice": advice_for(
            cohort,
            len(common["participants"]),
            was_asked=any(was_asked(workshop) for workshop in workshops),
        ),
        "grid": Paginator(grid, ATTENDANCE_ROWS).get_page(page),
        "next": coming,
        "rsvp_counts": rsvp.rsvp_counts(coming, members, entries) if coming else None,
        "register_for": opened,
        "register_is_due": opened is not None and has_gaps(grid, opened),
        "is_planned": any(workshop.is_planned for workshop in workshops),
        "open_round": open_round_of(cohort, moment) if cohort.has_open_round else None,
        "lines": [*timeline.before[-LINES_BEFORE:], *timeline.after[:LINES_AHEAD]],
        "makes_sets": cohort.uses_sets and user in common["facilitators"],
        "asked_to_meet": (cohort.asked_to_meet or 0) if cohort.uses_introductions else 0,
    }


def member_context(
    cohort: Cohort, members: list[Membership], user: User, moment: datetime
) -> dict[str, Any]:
    return {
        **common_context(cohort, user, counted_workshops(cohort), members, moment),
        "is_participant": any(
            one.user_id == user.pk and one.is_active and not one.is_facilitator for one in members
        ),
        "experiments": Experiment.objects.shared_with(user, cohort).order_by("-shared_at", "-pk")[
            :EXPERIMENTS
        ],
        "own_set": set_in(cohort, members, user.pk),
        "meets_people": cohort.uses_introductions
        and any(one.is_active and one.user_id == user.pk for one in members),
    }


def common_context(
    cohort: Cohort,
    user: User,
    workshops: list[Workshop],
    members: list[Membership],
    moment: datetime,
) -> dict[str, Any]:
    """Return the part of the context that the pages of conveners and of members have in common.

    `workshops` must come from `counted_workshops()`, and the cohort is annotated with
    `cohort_annotations`.
    """
    active = [member for member in members if member.is_active]
    participants = [member for member in active if not member.is_facilitator]
    is_current = user.is_administrator or any(member.user_id == user.pk for member in active)
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
        "started": counts_of(cohort) if is_current else None,
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
