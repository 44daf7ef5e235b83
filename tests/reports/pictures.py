"""Random cohorts as pictures of their attendance, and a second way to count their figures.

A picture has a line of letters for each person, one letter a workshop:
P present · ½ partly, unknown length · < partly, 104 of 210 minutes · > partly, 105 of 210
R apologies on the register · B declined before the start, absent · A absent · - no mark
. not in the cohort · W walked in: joined an hour after the start, and is marked present
A dot between letters means that the person left and came back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from workshops.models import Attendance, Workshop

# The first workshop ends after the clocks in London have gone back, during the night.
FIRST = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
LENGTH, WEEK, HOUR = timedelta(minutes=210), timedelta(days=7), timedelta(hours=1)
LETTERS = "P½<>RBA-.W"
MARKS = {"P": "present", "W": "present", "½": "partly", "<": "partly", ">": "partly"}
MARKS |= {"R": "apologies", "B": "absent", "A": "absent"}
MINUTES = {"<": 104, ">": 105}


@dataclass(frozen=True)
class Picture:
    """The people's letters, and the places of the cancelled workshops, from 0."""

    lines: tuple[str, ...]
    cancelled: frozenset[int]
    workshops: int

    @property
    def held(self) -> list[int]:
        return [place for place in range(self.workshops) if place not in self.cancelled]

    @property
    def taken(self) -> list[int]:
        """Return the places of the workshops at which anybody is marked."""
        return [place for place in self.held if any(line[place] in MARKS for line in self.lines)]

    def count(self, place: int, letters: str) -> int:
        return sum(line[place] in letters for line in self.lines)

    @property
    def expected(self) -> int:
        return sum(len(self.lines) - self.count(place, ".") for place in self.taken)

    @property
    def attended(self) -> int:
        return sum(self.count(place, "P½>W") for place in self.taken)

    @property
    def excused(self) -> int:
        return sum(self.count(place, "RB") for place in self.taken)

    @property
    def completed(self) -> tuple[int, int]:
        """Return how many attended four in five of the workshops with a register, and any."""
        visits = [sum(line[place] in "P½>W" for place in self.taken) for line in self.lines]
        enough = [number for number in visits if number * 5 >= 4 * len(self.taken)]
        attended_any = [number for number in visits if number]
        return (len(enough), len(attended_any)) if self.taken else (0, 0)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    workshops = draw(st.integers(1, 4))
    line = st.text(LETTERS, min_size=workshops, max_size=workshops)
    return Picture(
        tuple(draw(st.lists(line, max_size=7))),
        draw(st.frozensets(st.integers(0, workshops - 1), max_size=workshops - 1)),
        workshops,
    )


def starts(place: int) -> datetime:
    return FIRST + place * WEEK


def runs(line: str) -> Iterator[range]:
    """Yield the places of each membership: the letters between dots."""
    begin = None
    for place, letter in enumerate(line + "."):
        if letter != "." and (begin is None or letter == "W"):
            if begin is not None:
                yield range(begin, place)
            begin = place
        elif letter == "." and begin is not None:
            yield range(begin, place)
            begin = None


def draw_picture(picture: Picture, cohort: Cohort, organisation: Organisation) -> None:
    """Create the people, workshops and register of a picture in an empty cohort."""
    workshops = Workshop.objects.bulk_create(
        Workshop(
            cohort=cohort,
            position=place + 1,
            title=f"Workshop {place + 1}",
            starts_at=starts(place),
            ends_at=starts(place) + LENGTH,
            scheduled_at=FIRST - 9 * WEEK,
            cancelled_at=FIRST - WEEK if place in picture.cancelled else None,
        )
        for place in range(picture.workshops)
    )
    for number, line in enumerate(picture.lines):
        user = User.objects.create(email=f"person-{number}@example.org", name=f"Person {number}")
        for run in runs(line):
            member = Membership.objects.create(
                cohort=cohort,
                user=user,
                organisation=organisation if number % 2 else None,
                joined_at=starts(run[0]) + (HOUR if line[run[0]] == "W" else -HOUR),
                left_at=None if run[-1] == len(line) - 1 else starts(run[-1]) + 2 * HOUR,
            )
            Attendance.objects.bulk_create(
                attendance(workshops[place], member, line[place]) for place in run
            )


def attendance(workshop: Workshop, member: Membership, letter: str) -> Attendance:
    start = workshop.starts_at
    assert start is not None
    return Attendance(
        workshop=workshop,
        membership=member,
        mark=MARKS.get(letter, ""),
        marked_at=start if letter in MARKS else None,
        minutes=MINUTES.get(letter),
        answer="apologies" if letter == "B" else "",
        answered_at=start - HOUR if letter == "B" else None,
    )
