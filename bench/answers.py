"""The cost of answering surveys: many people concurrently, and many people in one survey."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cohorts.models import Cohort, Membership
from surveys.answering.sessions import Session
from surveys.links import Invitee
from surveys.models import BallotBox, Receipt
from surveys.opening import get_or_create_survey
from surveys.submission import submit
from workshops.models import Workshop

SURVEYS, PEOPLE, MANY_PEOPLE, THREADS = 20, 25, 200, 16
MOST_MS = 1000.0
PATH = reverse("surveys:survey_answer")
ANSWER = {
    "spoke_openly": "4",
    "new_perspective": "5",
    "do_differently": "3",
    "worth_time": "4",
    "change": "More time in pairs, and fewer slides. " * 4,
}
GIVEN = {name: int(text) if text.isdigit() else text for name, text in ANSWER.items()}

WRITTEN = """
| {people} people answer {surveys} surveys concurrently, over HTTP, on {threads} connections | |
|---|--:|
| answers a second | {per_second:.0f} |
| median; slowest in twenty | {median:.0f} ms; {slowest:.0f} ms |
| answers lost; counted twice | {lost}; {doubled} |
| one answer to a survey that up to 20 people have answered | {at_twenty:.0f} ms |
| one answer to a survey that 180 to {many} people have answered | {at_many:.0f} ms |

The slowest in twenty may take {most:.0f} ms, and none may be lost or counted twice. Each answer
decrypts and encrypts all answers to its survey again, so its time grows with their number.
"""


@dataclass(frozen=True)
class Answering:
    """Seconds for all answers, milliseconds for each, and how many answers went wrong."""

    seconds: float
    milliseconds: list[float]
    lost: int
    doubled: int
    at_twenty: float
    at_many: float

    @property
    def slowest(self) -> float:
        """The time in ms that 95% of the answers did not exceed."""
        return quantiles(self.milliseconds, n=20)[-1]

    def failings(self) -> Iterator[str]:
        if self.lost or self.doubled:
            yield f"{self.lost} answers were lost and {self.doubled} counted twice."
        if self.slowest > MOST_MS:
            yield f"One answer in twenty took {self.slowest:.0f} ms; the limit is {MOST_MS:.0f}."

    def written(self) -> str:
        return WRITTEN.format(
            people=len(self.milliseconds),
            surveys=SURVEYS,
            threads=THREADS,
            per_second=len(self.milliseconds) / self.seconds,
            median=median(self.milliseconds),
            slowest=self.slowest,
            lost=self.lost,
            doubled=self.doubled,
            at_twenty=self.at_twenty,
            at_many=self.at_many,
            many=MANY_PEOPLE,
            most=MOST_MS,
        )


def answering(cohorts: list[Cohort], large: Cohort) -> Answering:
    """Let everybody in `cohorts` answer a survey, in random order; then everybody in `large`."""
    ended = timezone.now() - timedelta(hours=1)
    pairs = [
        (workshop, member)
        for workshop in [workshop_of(cohort, ended) for cohort in cohorts]
        for member in participants(workshop)
    ]
    random.Random(1).shuffle(pairs)
    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        milliseconds = list(pool.map(lambda pair: answer(*pair), pairs))
    seconds = time.perf_counter() - began
    surveys = {workshop.pk for workshop, _ in pairs}
    kept = sum(len(box.read()) for box in BallotBox.objects.filter(survey__workshop__in=surveys))
    receipts = Receipt.objects.filter(survey__workshop__in=surveys).count()
    return Answering(
        seconds,
        milliseconds,
        lost=max(len(pairs) - kept, len(pairs) - receipts, 0),
        doubled=max(kept - len(pairs), receipts - len(pairs), 0),
        **growth(workshop_of(large, ended)),
    )


def workshop_of(cohort: Cohort, ended: datetime) -> Workshop:
    """Return a new workshop of the cohort, at which everybody is expected."""
    return Workshop.objects.create(
        cohort=cohort,
        position=99,
        title="Just over",
        starts_at=ended - timedelta(hours=3),
        ends_at=ended,
        scheduled_at=cohort.made_at,
    )


def participants(workshop: Workshop) -> list[Membership]:
    return list(workshop.cohort.memberships.participating())


def answer(workshop: Workshop, member: Membership) -> float:
    """Send the member's answers over HTTP. Return how many milliseconds that took."""
    session = Session(Invitee(workshop, member)).token()
    began = time.perf_counter()
    response = Client().post(PATH, {"session": session, **ANSWER}, secure=True)
    taken = 1000 * (time.perf_counter() - began)
    connection.close()
    if response.status_code != 302:
        raise RuntimeError(f"An answer was not accepted: {response.status_code}.")
    return taken


def growth(workshop: Workshop) -> dict[str, float]:
    """Return how the time to save an answer grows with the number of answers to the survey.

    `at_twenty` and `at_many` are the median times in ms to save the first and the last twenty.
    """
    survey, taken = get_or_create_survey(workshop), []
    for member in participants(workshop):
        began = time.perf_counter()
        submit(survey=survey, membership=member, answers=GIVEN, at=timezone.now())
        taken.append(1000 * (time.perf_counter() - began))
    return {"at_twenty": median(taken[:20]), "at_many": median(taken[-20:])}
