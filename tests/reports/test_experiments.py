"""The report's figures about experiments: after deletions, and with too few people."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.experiments.actions import answer, delete, start
from reflections.models import Experiment, Tombstone
from reports.attendance import Share
from reports.experiments import experiments_of
from reports.figures import figures_of
from reports.rows import rows_of

NOW = timezone.now()


@pytest.fixture
def five(cohort: Cohort) -> list[Experiment]:
    """An experiment of each of five people. Two, one of whom gave up, wrote what they learned."""
    people = [
        User.objects.create_user(f"p{number}@example.org", f"Person {number}")
        for number in range(5)
    ]
    for user in people:
        Membership.objects.create(cohort=cohort, user=user)
    begun = [start(author=user, cohort=cohort, words="To ask.", at=NOW) for user in people]
    for one, outcome, learned in zip(
        begun, ("tried", "let-go", "tried"), ("To wait.", "Not so.", ""), strict=False
    ):
        answer(
            experiment=one,
            outcome=outcome,
            learned=learned,
            by=one.author,
            at=NOW + timedelta(hours=1),
        )
    return begun


def experiment_rows(cohort: Cohort) -> list[tuple[object, ...]]:
    rows = rows_of(figures_of(cohort, NOW))
    return [(row.figure, row.value, row.count, row.of) for row in rows if row.part == "Experiments"]


def test_started_and_learning_are_counted(cohort: Cohort, five: list[Experiment]) -> None:
    assert experiment_rows(cohort) == [
        ("Started", 5, None, None),
        ("With learning written down", 0.4, 2, 5),
    ]


def test_facilitators_are_not_counted(
    cohort: Cohort, five: list[Experiment], facilitator: User
) -> None:
    start(author=facilitator, cohort=cohort, words="To ask.", at=NOW)
    assert experiments_of(cohort).learning == Share(2, 5)


def test_four_people_are_too_few_with_any_number_of_experiments(
    cohort: Cohort, five: list[Experiment]
) -> None:
    delete(experiment=five[4], by=five[4].author)
    start(author=five[0].author, cohort=cohort, words="To listen.", at=NOW)
    assert experiment_rows(cohort) == [
        ("Started", "not shown", None, None),
        ("With learning written down", "not shown", None, None),
    ]


def test_experiments_count_after_their_text_is_deleted(
    cohort: Cohort, five: list[Experiment]
) -> None:
    for one, kind in ((five[0], Tombstone.Kind.LEARNING), (five[4], Tombstone.Kind.EXPERIMENT)):
        Tombstone.objects.create(author=one.author, cohort=cohort, kind=kind)
        one.delete()
    Tombstone.objects.create(author=five[0].author, cohort=cohort, kind=Tombstone.Kind.REFLECTION)
    assert (experiments_of(cohort).people, experiments_of(cohort).learning) == (5, Share(2, 5))
