"""All measurements of one run, and docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402 (models need the line above)
from django.db import connection, connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.answers import MANY_PEOPLE, PEOPLE, SURVEYS, Answering, answering  # noqa: E402
from bench.costs import Preview, Start, demo_start, previews  # noqa: E402
from bench.lists import ROWS  # noqa: E402
from bench.messages import Messages, messages  # noqa: E402
from bench.pages import (  # noqa: E402
    MOST_DATABASE_MS,
    MOST_GROWTH,
    MOST_QUERIES,
    MOST_RATIO,
    MOST_TIMELINE_DATABASE_MS,
    ROUNDS,
    Cost,
    growth_failings,
    measure,
)
from bench.phone import Openings  # noqa: E402
from bench.population import FEW, MANY, Wanted, hundred_cohorts, populate  # noqa: E402
from bench.proposals import MOST_MILLISECONDS, Proposals, proposals  # noqa: E402
from bench.searching import Searching, searching  # noqa: E402

PAGE = """# Benchmarks

`make bench` measures and writes this page. It makes a database of its own with 100 cohorts of 22
people (finished, running and planned ones, with registers, reflections, feedback and messages), and
opens the ten main pages in a cohort in the middle of its programme. The reference is the least that
a page for somebody signed in can be: session, user, one query, a small template. Milliseconds are
CPU time of the web process, the median of {rounds} openings. They are this machine's; the ratio to
the reference says more about the code.

| page | opened by | CPU ms | × reference | PostgreSQL CPU ms | queries | \
with 1 person | with 30 people |
|---|---|--:|--:|--:|--:|--:|--:|
{pages}

Limits: {most} queries, and the same number with more people; {most_ratio:.0f} × the reference;
{most_database:.0f} ms of PostgreSQL's CPU time ({most_timeline:.0f} for the message timeline).
Today may take {most_growth} times as long with {many} cohorts as with {few}.

| a list of {rows:,} people, from handing it in to seeing every row | seconds | peak memory |
|---|--:|--:|
{previews}

| the dates of 12 workshops, with 5 years to keep clear of | CPU ms |
|---|--:|
| 450 closed days, 1,000 workshops elsewhere, people lost on every half day | \
{proposals.usual:.1f} |
| not one clear day in all that time | {proposals.worst:.1f} |
| the set that loses fewest, of a year's half days | {proposals.fewest:.1f} |

Neither may take more than {most_ms:.0f} ms.
{messages}{answering}{searching}{phone}
| the demo, from its command to its address | seconds |
|---|--:|
| first start, with the demo to load | {start.first:.1f} |
| second start | {start.second:.1f} |

{cohorts:,} cohorts were written in {writing:.1f} s.
{machine}
"""


@dataclass(frozen=True)
class Measured:
    """The results of one run of the bench."""

    costs: list[Cost]
    previews: list[Preview]
    proposals: Proposals
    start: Start
    phone: Openings
    messages: Messages
    answering: Answering
    searching: Searching
    cohorts: int
    writing: float
    machine: str


def measure_all(folder: Path, given: str) -> Measured:
    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    usual = hundred_cohorts()
    cohorts = populate(
        [
            *usual,
            *(Wanted(f"Survey {n}", "running", PEOPLE) for n in range(SURVEYS)),
            Wanted("Many people", "running", MANY_PEOPLE),
            Wanted("One person", "running", 1),
            Wanted("Thirty people", "running", 30),
        ],
        timezone.now(),
    )
    writing = time.perf_counter() - began
    running = cohorts[next(n for n, one in enumerate(usual) if one.stage == "running")]
    costs = measure(running, one=cohorts[-2], thirty=cohorts[-1])
    machine = this_machine()
    answered = answering(cohorts[len(usual) : -3], cohorts[-3])
    searched = searching(cohorts[0])
    connections.close_all()
    return Measured(
        costs,
        previews(folder),
        proposals(),
        *demo_start(folder / "demo"),
        messages(given, folder),
        answered,
        searched,
        len(cohorts),
        writing,
        machine,
    )


def this_machine() -> str:
    database = connection.display_name
    version = ".".join(str(part) for part in connection.get_database_version())
    return (
        f"{timezone.now():%-d %B %Y}: {os.cpu_count()} cores ({platform.machine()}), "
        f"{platform.system()}, "
        f"Python {platform.python_version()}, Django {django.get_version()}, {database} {version}."
    )


def failings(measured: Measured) -> list[str]:
    parts: list[
        Cost | Preview | Proposals | Start | Openings | Messages | Answering | Searching
    ] = [
        *measured.costs,
        *measured.previews,
        measured.proposals,
        measured.start,
        measured.phone,
        measured.messages,
        measured.answering,
        measured.searching,
    ]
    return [
        *(failing for part in parts for failing in part.failings()),
        *growth_failings(measured.costs),
    ]


def written(measured: Measured) -> str:
    return PAGE.format(
        rounds=ROUNDS,
        pages="\n".join(line(cost) for cost in measured.costs),
        most=MOST_QUERIES,
        most_ratio=MOST_RATIO,
        most_database=MOST_DATABASE_MS,
        most_timeline=MOST_TIMELINE_DATABASE_MS,
        most_growth=MOST_GROWTH,
        few=FEW,
        many=MANY,
        rows=ROWS,
        previews="\n".join(
            f"| {one.filename.rpartition('.')[2].upper()} "
            f"| {one.seconds:.1f} | {one.megabytes:.0f} MB |"
            for one in measured.previews
        ),
        proposals=measured.proposals,
        most_ms=MOST_MILLISECONDS,
        start=measured.start,
        messages=measured.messages.written(),
        answering=measured.answering.written(),
        searching=measured.searching.written(),
        phone=measured.phone.written(),
        cohorts=measured.cohorts,
        writing=measured.writing,
        machine=measured.machine,
    )


def line(cost: Cost) -> str:
    page = cost.page
    by = f"{page.role} of {page.cohorts} cohorts" if page.cohorts else page.role
    database = "–" if cost.database_ms is None else f"{cost.database_ms:.1f}"
    times = f"{cost.milliseconds:.1f} | {cost.ratio:.1f} | {database}"
    counts = f"{cost.queries} | {cost.with_one} | {cost.with_thirty}"
    return f"| `{page.name}` | {by} | {times} | {counts} |"
