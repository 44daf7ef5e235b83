"""A cohort defined by a table of its attendance, and small enough to check its figures by hand.

The comments in test_figures.py show the sums.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation, Sector
from reflections.models import Reflection
from reports.reflection_rate import store_bands
from surveys.models import BallotBox, Receipt, Survey
from surveys.opening import get_or_create_survey
from surveys.release import release_due
from workshops.models import Attendance, Workshop
from workshops.register import marking, rsvp
from workshops.register.marking import Entry

LONG_AGO = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
# The workshops are every three weeks, on a Thursday from 9:30am to 1pm in London, 210 minutes. The
# clocks go back after the third.
STARTS = [
    datetime(2026, 9, 10, 8, 30, tzinfo=UTC),
    datetime(2026, 10, 1, 8, 30, tzinfo=UTC),
    datetime(2026, 10, 22, 8, 30, tzinfo=UTC),
    datetime(2026, 11, 12, 9, 30, tzinfo=UTC),
    datetime(2026, 12, 3, 9, 30, tzinfo=UTC),
    datetime(2026, 12, 24, 9, 30, tzinfo=UTC),
]
LENGTH = timedelta(minutes=210)
DAY = timedelta(days=1)
# A week after the last workshop, when only that workshop's survey is still open.
FINISHED = STARTS[5] + LENGTH + 7 * DAY
TITLES = (
    "Who leads here?",
    "Seeing the whole",
    "Trust under strain",
    "Power, privilege and prejudice",
    "Try, learn, be wrong",
    "What next, together",
)
CANCELLED = 4

# The attendance of each person at the six workshops:
# P present · ½ partly, unknown length · < partly, 104 of 210 minutes · > partly, 105 of 210
# R apologies noted on the register · B declined before the start, absent
# L declined a minute after the start, absent · A absent · - no mark · . not in the cohort then
PICTURE = """
Amina   | Tynewick Council   | P P P P P P
Ben     | Tynewick Council   | P P < P P P
Cleo    | Wearside NHS Trust | P > P - P P
Dev     | Wearside NHS Trust | P ½ R - B P
Ella    | Northern Police    | P P P - P L
Finn    | Open Larder        | P P P P P P
Gwen    | Open Larder        | P B P - P P
Hari    | Carers Together    | P P P - P P
Iris    | Tyne Homes         | P P A - P P
Jo      | Harbour Shelter    | P P P - P P
Kit     | Brightwork Ltd     | P P P - P -
Lena    | Brightwork Ltd     | . . P - P P
Mo      |                    | P P . . . .
Nia     | Northern Police    | . . . . . .
Omar    | Dockside Foods Ltd | P . . . . .
Omar    | Wearside NHS Trust | . . . - P P
Pia     | Tynewick Council   | A A A - A A
Ruth    | Brightwork Ltd     | P P P P P P
"""
FACILITATORS = {"Ruth"}
SECTORS = {
    "Tynewick Council": Sector.PUBLIC,
    "Wearside NHS Trust": Sector.PUBLIC,
    "Northern Police": Sector.PUBLIC,
    "Open Larder": Sector.VOLUNTARY,
    "Carers Together": Sector.VOLUNTARY,
    "Tyne Homes": Sector.VOLUNTARY,
    "Harbour Shelter": Sector.VOLUNTARY,
    "Brightwork Ltd": Sector.PRIVATE,
    "Dockside Foods Ltd": Sector.PRIVATE,
}
ENTRIES = {
    "P": Entry(Attendance.Mark.PRESENT),
    "½": Entry(Attendance.Mark.PARTLY),
    "<": Entry(Attendance.Mark.PARTLY),
    ">": Entry(Attendance.Mark.PARTLY),
    "R": Entry(Attendance.Mark.APOLOGIES),
    "B": Entry(Attendance.Mark.ABSENT),
    "L": Entry(Attendance.Mark.ABSENT),
    "A": Entry(Attendance.Mark.ABSENT),
}
STAYED = {"<": timedelta(minutes=104), ">": timedelta(minutes=105)}
SAID_AT = {"B": -timedelta(minutes=1), "L": timedelta(minutes=1)}  # from the workshop's start

# The survey answers by workshop: one pair for each person who answered, to “I could speak openly”
# and “worth my time”. Everybody answers 4 and 3 to the other two questions.
ANSWERS: dict[int, list[tuple[int, int | None]]] = {
    1: [(5, 5), (5, 5), (5, 5), (4, 5), (4, 5), (3, 5), (3, 5), (2, 5)],
    2: [(5, 5), (4, 5), (4, 5), (3, 5), (1, 5)],
    3: [(5, 5), (5, 5), (5, 5), (5, 5)],
    5: [(5, 5), (5, 5), (4, 5), (4, 5), (4, None), (2, None)],
    6: [(1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1)],
}
# The number of participants who wrote about each workshop, from the top of the picture. The
# facilitator wrote about all. Of the six who wrote about the third, Ben and Dev had not come; of
# the ten who wrote about the fifth, Dev had not.
WRITERS = {1: 3, 2: 6, 3: 6, 5: 10, 6: 0}


@dataclass(frozen=True)
class HandWorked:
    cohort: Cohort
    workshops: list[Workshop]
    ruth: User


def draw(cohort: Cohort, *, closed_at: datetime = FINISHED) -> HandWorked:
    """Create the cohort's people, workshops, attendance, survey answers and entries.

    The bands of the surveys that have closed by `closed_at` are stored.
    """
    cohort.survey_days = 14
    cohort.save()
    ruth = User.objects.create_user("ruth@example.org", "Ruth")
    workshops = [
        Workshop.objects.create(
            cohort=cohort,
            position=position,
            title=title,
            starts_at=start,
            ends_at=start + LENGTH,
            scheduled_at=LONG_AGO,
        )
        for position, (title, start) in enumerate(zip(TITLES, STARTS, strict=True), 1)
    ]
    lines = [line.split("|") for line in PICTURE.strip().splitlines()]
    people = [
        draw_member(cohort, ruth, name.strip(), organisation.strip(), cells.split())
        for name, organisation, cells in lines
    ]
    for place, workshop in enumerate(workshops):
        fill_register(
            workshop,
            ruth,
            {
                member: cells.split()[place]
                for member, (_, _, cells) in zip(people, lines, strict=True)
            },
        )
    workshops[CANCELLED - 1].cancel(by=ruth, at=STARTS[CANCELLED - 1])
    participants = [person for person in people if not person.is_facilitator]
    for workshop in workshops:
        answer(workshop, participants)
        write(workshop, participants, ruth)
    release_due(at=closed_at)
    store_bands(at=closed_at)
    return HandWorked(cohort, workshops, ruth)


def draw_member(
    cohort: Cohort, ruth: User, name: str, organisation: str, cells: list[str]
) -> Membership:
    there = [place for place, cell in enumerate(cells) if cell != "."]
    user, _ = User.objects.get_or_create(
        email=f"{name.lower()}@example.org", defaults={"name": name}
    )
    member = Membership.objects.create(
        cohort=cohort,
        user=user,
        organisation=organisation_called(organisation),
        role=Membership.Role.FACILITATOR if name in FACILITATORS else Membership.Role.PARTICIPANT,
        joined_at=STARTS[there[0]] - DAY if there and there[0] else LONG_AGO,
    )
    last = there[-1] if there else -1
    if last < len(cells) - 1:
        member.leave(by=ruth, at=STARTS[last] + DAY if there else STARTS[0] - DAY)
    return member


def fill_register(workshop: Workshop, ruth: User, cells: dict[Membership, str]) -> None:
    """Save the RSVPs and marks of a column of PICTURE."""
    starts_at = workshop.starts_at
    assert starts_at is not None
    entries: dict[int, Entry] = {}
    for member, cell in cells.items():
        if cell in SAID_AT:
            rsvp.save_answer(
                workshop=workshop,
                membership=member,
                answer=Attendance.Answer.APOLOGIES,
                at=starts_at + SAID_AT[cell],
            )
        if cell in STAYED:
            entries[member.pk] = replace(ENTRIES[cell], went_at=starts_at + STAYED[cell])
        elif cell in ENTRIES:
            entries[member.pk] = ENTRIES[cell]
    marking.mark_all(workshop=workshop, entries=entries, by=ruth, at=starts_at)


def organisation_called(name: str) -> Organisation | None:
    found = Organisation.objects.named(name)
    if found or not name:
        return found
    organisation = Organisation(name=name, sector=SECTORS[name])
    organisation.full_clean()
    organisation.save()
    return organisation


def answer(workshop: Workshop, participants: list[Membership]) -> None:
    """Store the workshop's ANSWERS, for the first attendees in `participants`.

    They are stored as `surveys.submission.submit` stores them, but all at once, because more than a
    hundred tests wait for this.
    """
    answers = ANSWERS.get(workshop.position, [])
    if not answers:
        return
    in_the_room = set(workshop.attendances.in_the_room().values_list("membership", flat=True))
    answering = [member for member in participants if member.pk in in_the_room]
    survey = get_or_create_survey(workshop)
    box = BallotBox.objects.get(survey=survey)
    for spoke_openly, worth_time in answers:
        given = {"spoke_openly": spoke_openly, "new_perspective": 4, "do_differently": 3}
        box.add(given if worth_time is None else {**given, "worth_time": worth_time})
    Receipt.objects.bulk_create(
        Receipt(survey=survey, membership=member)
        for member, _ in zip(answering, answers, strict=False)
    )
    Survey.objects.filter(pk=survey.pk).update(closing_at=survey.closes_at)


def write(workshop: Workshop, participants: list[Membership], ruth: User) -> None:
    """Create entries about the workshop by its number of WRITERS, a day after it.

    The first participant writes two entries, but counts once. The facilitator writes one, but is
    not counted.
    """
    assert workshop.ends_at is not None
    writers = [member.user for member in participants[: WRITERS.get(workshop.position, 0)]]
    Reflection.objects.bulk_create(
        Reflection(
            author=author,
            cohort=workshop.cohort,
            workshop=workshop,
            body="What I noticed.",
            written_at=workshop.ends_at + DAY,
            changed_at=workshop.ends_at + DAY,
        )
        for author in [*writers[:1], *writers, ruth]
    )
