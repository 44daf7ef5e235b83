from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.factories import STARTS
from tests.queries import CapturedQueries
from workshops.models import Workshop
from workshops.progress import Row, register_grid, steps
from workshops.register import marking
from workshops.register.marking import Entry

LONDON = ZoneInfo("Europe/London")
Join = Callable[..., Membership]
Schedule = Callable[..., Workshop]


def test_steps_show_progress_of_cohort(
    workshops: list[Workshop], schedule: Schedule, facilitator: User
) -> None:
    for number, workshop in enumerate(workshops[:5]):
        schedule(workshop, STARTS + timedelta(weeks=3 * (number - 3)))
    workshops[1].cancel(by=facilitator, at=STARTS)
    progress = steps(workshops, STARTS - timedelta(days=6), LONDON)
    assert [(step.position, step.state, step.note, step.tag) for step in progress] == [
        (1, "held", "Took place · 14 Jan", ""),
        (2, "cancelled", "Cancelled", ""),
        (3, "held", "Took place · 25 Feb", ""),
        (4, "next", "Next · 18 Mar", "in 6 days"),
        (5, "planned", "Planned · 8 Apr", ""),
        (6, "unplanned", "Date to be agreed", ""),
    ]
    assert [step.url for step in progress] == [
        workshop.get_absolute_url() for workshop in workshops
    ]


def test_steps_have_no_next_after_last_workshop(
    workshops: list[Workshop], schedule: Schedule
) -> None:
    progress = steps([schedule(workshops[0], STARTS)], STARTS + timedelta(days=1), LONDON)
    assert [step.state for step in progress] == ["held"]


def test_current_workshop_is_next(workshops: list[Workshop], schedule: Schedule) -> None:
    progress = steps([schedule(workshops[0], STARTS)], STARTS + timedelta(minutes=5), LONDON)
    assert [(step.state, step.tag) for step in progress] == [("next", "today")]


def test_steps_use_local_day(workshops: list[Workshop], schedule: Schedule) -> None:
    late = datetime(2027, 3, 17, 23, 30, tzinfo=UTC)
    progress = steps(
        [schedule(workshops[0], late)], late - timedelta(days=7), ZoneInfo("Asia/Tokyo")
    )
    assert progress[0].note == "Next · 18 Mar"


def test_steps_make_no_query(workshops: list[Workshop], schedule: Schedule) -> None:
    schedule(workshops[0], STARTS)
    with CapturedQueries() as queries:
        steps(workshops, STARTS, LONDON)
    assert len(queries) == 0


def grid_of(cohort: Cohort) -> list[Row]:
    return register_grid(list(cohort.workshops.all()), cohort.memberships.by_name())


def test_register_grid_has_cell_for_each_workshop(
    cohort: Cohort, workshops: list[Workshop], schedule: Schedule, facilitator: User, join: Join
) -> None:
    first, second = (
        schedule(workshops[0], STARTS),
        schedule(workshops[1], STARTS + timedelta(weeks=3)),
    )
    amina, bryn = join("Amina"), join("Bryn", joined_at=STARTS + timedelta(days=1))
    leaver = join("Ceri", left_at=STARTS + timedelta(days=1))
    join("Never There", left_at=STARTS - timedelta(days=1))
    marking.mark_all(
        workshop=first,
        entries={amina.pk: Entry("present"), leaver.pk: Entry("partly")},
        by=facilitator,
        at=STARTS,
    )
    marking.mark(workshop=second, membership=bryn, entry=Entry("absent"), by=facilitator, at=STARTS)
    workshops[2].cancel(by=facilitator, at=STARTS)
    grid = [
        (row.membership.user.name, [cell.state for cell in row.cells]) for row in grid_of(cohort)
    ]
    assert grid == [
        ("Amina", ["present", "expected", "elsewhere", "expected", "expected", "expected"]),
        ("Bryn", ["elsewhere", "absent", "elsewhere", "expected", "expected", "expected"]),
        ("Ceri", ["partly", "elsewhere", "elsewhere", "elsewhere", "elsewhere", "elsewhere"]),
    ]
    assert [(cell.sign, cell.label) for cell in grid_of(cohort)[2].cells[:2]] == [
        ("½", "Partly present"),
        ("", "Not expected"),
    ]


@pytest.mark.parametrize("people", [1, 30])
def test_register_grid_takes_one_query(
    cohort: Cohort, workshops: list[Workshop], join: Join, people: int
) -> None:
    for number in range(people):
        join(f"Person {number}")
    with CapturedQueries() as queries:
        names = [
            (row.membership.user.name, str(row.membership.organisation)) for row in grid_of(cohort)
        ]
    assert (len(names), len(queries)) == (
        people,
        3,
    )  # two of the three load workshops and members in grid_of
