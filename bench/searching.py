"""The cost to PostgreSQL of searches among 23,000 people, as an administrator makes them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from programmes.text_validation import name_key

PEOPLE, ORGANISATIONS, ROUNDS, BATCH = 23_000, 3_000, 7, 2000
MOST_MS = 10.0
SYLLABLES = (
    *[
        "ba",
        "bel",
        "ca",
        "cor",
        "da",
        "del",
        "el",
        "fa",
        "fen",
        "gar",
        "gor",
        "ha",
        "hel",
        "ja",
        "jor",
        "ka",
        "ken",
        "la",
        "lin",
        "lo",
        "ma",
        "mar",
        "mor",
    ],
    *[
        "na",
        "nel",
        "no",
        "pa",
        "per",
        "ra",
        "ren",
        "ro",
        "sa",
        "sel",
        "ta",
        "ter",
        "ton",
        "va",
        "vel",
        "wa",
        "wen",
        "win",
        "ya",
        "zë",
        "zoë",
        "øl",
    ],
)
SEARCHES = ("zoe", "zoe wen", "mar", "ba", "nobody", "organisation 17", "person9000@")


@dataclass(frozen=True)
class Searching:
    """Milliseconds of the slowest statement of the page, for each search. Empty on SQLite."""

    milliseconds: dict[str, float]

    def failings(self) -> Iterator[str]:
        for words, taken in self.milliseconds.items():
            if taken > MOST_MS:
                yield f"A search for “{words}” took {taken:.1f} ms; the limit is {MOST_MS:.0f}."

    def written(self) -> str:
        rows = "\n".join(f"| {words} | {taken:.1f} |" for words, taken in self.milliseconds.items())
        return (
            f"\n| a search among {PEOPLE:,} people, by an administrator | PostgreSQL ms |\n"
            f"|---|--:|\n{rows}\n\nThe slowest statement of each may take {MOST_MS:.0f} ms.\n"
        )


def searching(cohort: Cohort) -> Searching:
    """Add people in a cohort of their own like this one, and measure searches among them."""
    if connection.vendor != "postgresql":
        return Searching({})
    another = Cohort.objects.create(
        programme=cohort.programme,
        name="Many to search",
        place="Essex",
        made_at=cohort.made_at - timedelta(days=1),
    )
    add_people(another)
    client = Client()
    client.force_login(User.objects.filter(is_administrator=True)[0])
    return Searching({words: slowest(client, words) for words in SEARCHES})


def add_people(cohort: Cohort) -> None:
    chance = random.Random(1848)

    def name(syllables: int) -> str:
        return "".join(chance.choice(SYLLABLES) for _ in range(syllables)).title()

    names = [f"{name(2)} organisation {n}" for n in range(ORGANISATIONS)]
    organisations = Organisation.objects.bulk_create(
        (Organisation(name=one, name_key=name_key(one)) for one in names), BATCH
    )
    people = User.objects.bulk_create(
        (User(email=f"person{n}@example.org", name=f"{name(2)} {name(3)}") for n in range(PEOPLE)),
        BATCH,
    )
    Membership.objects.bulk_create(
        (
            Membership(cohort=cohort, user=user, organisation=chance.choice(organisations))
            for user in people
        ),
        BATCH,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum would do soon afterwards


def slowest(client: Client, words: str) -> float:
    """Return the milliseconds of the slowest statement, each the best of several executions."""
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("cohorts:person_list"), {"q": words})
    statements = [one["sql"] for one in captured.captured_queries]
    return max(best(sql) for sql in statements if sql.startswith(("SELECT", "(")))


def best(sql: str) -> float:
    times = []
    with connection.cursor() as cursor:
        for _ in range(ROUNDS):
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
            [[plan]] = cursor.fetchall()
            found = json.loads(plan) if isinstance(plan, str) else plan
            times.append(float(found[0]["Execution Time"]))
    return min(times)
