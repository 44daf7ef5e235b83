"""The ballot box of an open survey, and the release of its answers once the survey has closed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from celery import Celery
from cryptography.fernet import Fernet
from django.conf import settings as configured
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort
from outbox.management.commands.send_due import tasks_of_turn
from programmes.feedback import SurveyKind
from surveys.models import BallotBox, Comment, Receipt, Response, Survey, UnreadableBoxError
from surveys.opening import get_or_create_survey
from surveys.release import release, release_due
from surveys.results import results_of
from surveys.submission import AnswerRefusedError, Refusal, submit
from tests.concurrency import run_concurrently
from tests.servers import wait_until
from tests.services import WORKER, program
from tests.sqlite_copy import copy_database
from tests.surveys.conftest import CLOSED, NEXT_DAY, GiveAnswers, Join, make_workshop
from tests.surveys.trials import length_of
from workshops.models import Workshop

SECOND = timedelta(seconds=1)
LOST = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]


def answer(number: int) -> dict[str, Any]:
    return {"worth_time": number}


def numbers_in(survey: Survey) -> list[int]:
    """Return the numbers in the released answers, in order."""
    return sorted(one["worth_time"] for one in survey.responses.values_list("answers", flat=True))


# Release


def test_answers_are_released_at_the_closing_time(give: GiveAnswers, survey: Survey) -> None:
    give(answer(1), answer(2))

    assert release_due(at=CLOSED - SECOND) == 0
    assert (numbers_in(survey), BallotBox.objects.count()) == ([], 1)
    assert release_due(at=CLOSED) == 1
    assert (numbers_in(survey), BallotBox.objects.count()) == ([1, 2], 0)
    assert release_due(at=CLOSED) == 0
    assert numbers_in(survey) == [1, 2]


def test_release_restores_each_answer_in_full(give: GiveAnswers, survey: Survey) -> None:
    words = '“Ünïcode” \\ "quotes"\nand 🐦 lines' * 40
    full = {"spoke_openly": 1, "new_perspective": 2, "do_differently": 3, "worth_time": 5}
    give(*[full | {"change": words}] * 5, {"worth_time": 4, "change": "", "spoke_openly": None})
    release_due(at=CLOSED)

    found = sorted(survey.responses.values_list("answers", flat=True), key=len)
    assert found == [{"worth_time": 4}, *[full] * 5]
    comments = [(one.question, one.text, one.decision) for one in survey.comments.all()]
    assert comments == [("change", words, "waiting")] * 5


def test_release_deletes_comments_that_could_never_be_shown(
    give: GiveAnswers, survey: Survey
) -> None:
    give(*[{"change": "Tea"}] * 4, *[{"worth_time": 4}] * 3)
    release_due(at=CLOSED)

    assert (survey.responses.count(), survey.comments.count()) == (7, 0)


@pytest.mark.parametrize(
    ("before", "after", "has_name", "has_pseudonym"),
    [
        (SurveyKind.NAMED, SurveyKind.NAMED, True, False),
        (SurveyKind.NAMED, SurveyKind.LINKED, False, False),
        (SurveyKind.NAMED, SurveyKind.ANONYMOUS, False, False),
        (SurveyKind.LINKED, SurveyKind.LINKED, False, True),
        (SurveyKind.LINKED, SurveyKind.ANONYMOUS, False, False),
    ],
)
def test_release_links_answers_to_people_as_far_as_the_kind_allows(
    join: Join,
    survey: Survey,
    before: SurveyKind,
    after: SurveyKind,
    has_name: bool,
    has_pseudonym: bool,
) -> None:
    """The kind of a survey can become more anonymous while it is open."""
    [member] = join(1)
    Survey.objects.update(kind=before)
    submit(
        survey=survey,
        membership=member,
        answers={"worth_time": 4, "change": "Tea"},
        at=NEXT_DAY,
    )
    Survey.objects.update(kind=after)
    release_due(at=CLOSED)

    response = Response.objects.get()
    assert response.membership == (member if has_name else None)
    assert response.pseudonym == (UUID(member.pseudonym.value) if has_pseudonym else None)
    assert [one.membership for one in Comment.objects.all()] == ([member] if has_name else [])


def test_answer_after_the_release_is_refused(give: GiveAnswers, join: Join, survey: Survey) -> None:
    """The server that gets the answer has a slow clock, by which the survey is still open."""
    give(answer(1))
    release_due(at=CLOSED)

    with pytest.raises(AnswerRefusedError) as refused:
        submit(survey=survey, membership=join(1)[0], answers=answer(2), at=NEXT_DAY)

    assert refused.value.why == Refusal.CLOSED
    assert (numbers_in(survey), Receipt.objects.count()) == ([1], 1)


def test_counts_of_an_open_survey_come_from_receipts(give: GiveAnswers, survey: Survey) -> None:
    give(answer(1), answer(2))

    opened, pending = results_of(survey, NEXT_DAY), results_of(survey, CLOSED)
    release_due(at=CLOSED)
    released = results_of(survey, CLOSED)

    assert [
        (one.received, one.is_closed, one.is_pending) for one in (opened, pending, released)
    ] == [
        (2, False, False),
        (2, False, True),
        (2, True, False),
    ]


def test_survey_that_nobody_answered_needs_no_release(survey: Survey) -> None:
    assert release_due(at=CLOSED) == 0
    results = results_of(survey, CLOSED)
    assert (results.received, results.is_closed, results.is_pending) == (0, True, False)


def test_answers_about_a_cancelled_workshop_are_deleted_when_the_survey_closes(
    give: GiveAnswers, survey: Survey, workshop: Workshop, facilitator: User
) -> None:
    """Before that, the answers are needed if the workshop is reinstated."""
    give(answer(1))
    workshop.cancel(by=facilitator, at=NEXT_DAY)
    assert release_due(at=NEXT_DAY) == 0
    assert BallotBox.objects.count() == 1

    assert release_due(at=CLOSED) == 1
    assert (numbers_in(survey), BallotBox.objects.count()) == ([], 0)


def test_ballot_box_is_deleted_with_its_workshop(give: GiveAnswers, workshop: Workshop) -> None:
    give(answer(1))
    workshop.delete()

    assert not BallotBox.objects.exists()


# The size of the ballot box


def test_ballot_box_grows_by_its_size_when_it_is_full(give: GiveAnswers, survey: Survey) -> None:
    lengths = [length_of(survey)]
    for _ in range(3):
        give(*[{"change": "x" * 2000}] * 11)
        lengths.append(length_of(survey))

    assert lengths[0] == lengths[1] == lengths[2] < lengths[3]
    # The box has grown by one SIZE. Base64 needs four characters for three bytes.
    assert (lengths[3] - lengths[0]) * 3 // 4 == pytest.approx(BallotBox.SIZE, abs=3)
    release_due(at=CLOSED)
    assert [one.text for one in survey.comments.all()] == ["x" * 2000] * 33


# Ballot boxes whose encryption key is lost


def test_answer_is_refused_if_the_key_is_lost_and_nothing_is_overwritten(
    give: GiveAnswers, join: Join, survey: Survey, settings: Settings
) -> None:
    give(answer(1))
    keys, settings.REFLECTION_KEYS = settings.REFLECTION_KEYS, LOST

    with pytest.raises(UnreadableBoxError):
        submit(survey=survey, membership=join(1)[0], answers=answer(2), at=NEXT_DAY)
    with pytest.raises(UnreadableBoxError):
        release(survey.pk, at=CLOSED)
    assert release_due(at=CLOSED) == 0
    assert Receipt.objects.count() == 1

    settings.REFLECTION_KEYS = keys
    assert release_due(at=CLOSED) == 1
    assert numbers_in(survey) == [1]


def test_unreadable_box_does_not_keep_other_surveys_waiting(
    give: GiveAnswers,
    cohort: Cohort,
    survey: Survey,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    give(answer(3))
    second = get_or_create_survey(make_workshop(cohort, 2))
    third = get_or_create_survey(make_workshop(cohort, 3))
    give(answer(4), to=third)
    settings.REFLECTION_KEYS = [Fernet.generate_key().decode(), *settings.REFLECTION_KEYS]
    give(answer(2), to=second)
    BallotBox.objects.filter(survey=third).update(content='["damaged"]')
    settings.REFLECTION_KEYS = settings.REFLECTION_KEYS[:1]

    assert release_due(at=CLOSED) == 1
    assert numbers_in(second) == [2]
    assert [record.message for record in caplog.records if record.name == "surveys.release"] == [
        f"The answers to survey {survey.pk} can't be decrypted: its key is not in REFLECTION_KEYS.",
        f"The answers to survey {third.pk} could not be released.",
    ]


def test_key_rotation_reencrypts_ballot_boxes(
    give: GiveAnswers, survey: Survey, settings: Settings
) -> None:
    give(answer(1))
    length = length_of(survey)
    settings.REFLECTION_KEYS = [Fernet.generate_key().decode(), *settings.REFLECTION_KEYS]
    call_command("rotate_reflection_keys")
    settings.REFLECTION_KEYS = settings.REFLECTION_KEYS[:1]

    assert length_of(survey) == length
    give(answer(2))
    release_due(at=CLOSED)
    assert numbers_in(survey) == [1, 2]


# Concurrent answers and releases


@pytest.mark.django_db(transaction=True)
def test_concurrent_answers_and_releases_lose_no_answer(
    join: Join, survey: Survey, facilitator: User
) -> None:
    """Every accepted answer is released, even if the survey closes during the submissions."""
    members = join(5)

    def submit_answer(number: int) -> None:
        submit(survey=survey, membership=members[number], answers=answer(number + 1), at=NEXT_DAY)

    def close() -> None:
        Survey.objects.get().close(by=facilitator, at=NEXT_DAY)
        release_due(at=NEXT_DAY)

    acts: list[Callable[[], None]] = [partial(submit_answer, number) for number in range(5)]
    outcomes = run_concurrently([*acts, close, close], refused=AnswerRefusedError)

    release_due(at=NEXT_DAY)
    accepted = [number + 1 for number in range(5) if outcomes[number] is None]
    assert numbers_in(survey) == accepted
    assert Receipt.objects.count() == len(accepted)


@pytest.mark.django_db(transaction=True)
def test_concurrent_first_answers_share_one_ballot_box(join: Join, workshop: Workshop) -> None:
    members = join(4)

    def submit_answer(number: int) -> None:
        survey = get_or_create_survey(workshop)
        submit(survey=survey, membership=members[number], answers=answer(number + 1), at=NEXT_DAY)

    assert run_concurrently([partial(submit_answer, number) for number in range(4)]) == [None] * 4
    assert len(BallotBox.objects.get().read()) == 4


# Release by the sending loop's process


def test_loop_and_celery_beat_release_answers_each_minute(settings: Settings) -> None:
    name = "surveys.tasks.release_closed_surveys"
    assert name in settings.MINUTELY_TASKS
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    assert (entry["task"], entry["schedule"]) == (import_string(name).name, 60.0)
    assert all(import_string(name) in tasks_of_turn(number) for number in range(3))


@pytest.fixture
def closed_survey(give: GiveAnswers, survey: Survey) -> Survey:
    give(answer(1), answer(2))
    Survey.objects.update(closing_at=timezone.now() - SECOND)
    return survey


@pytest.mark.sqlite
def test_sending_loop_releases_answers(
    closed_survey: Survey, tmp_path: Path, settings: Settings
) -> None:
    """`manage.py send_due --loop` runs in its own process, on a copy of the database in a file."""
    file = tmp_path / "convenor.sqlite3"
    copy_database(file)

    def released() -> list[int]:
        with closing(sqlite3.connect(file, timeout=30)) as there:
            rows = there.execute("SELECT answers->>'worth_time' FROM surveys_response")
            return sorted(number for (number,) in rows)

    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
    }
    environment |= {"CONVENOR_VAR": str(tmp_path), "DEMO": "1"}
    environment |= {"REFLECTION_KEYS": ",".join(settings.REFLECTION_KEYS)}
    loop = subprocess.Popen(
        [sys.executable, "manage.py", "send_due", "--loop"],
        cwd=configured.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        wait_until(lambda: released() == [1, 2], "The release", within=90)
    finally:
        loop.terminate()
        loop.communicate(timeout=60)


@pytest.mark.django_db(transaction=True)
def test_celery_worker_releases_answers(
    closed_survey: Survey,
    process_environment: dict[str, str],
    redis_url: str,
    settings: Settings,
    tmp_path: Path,
) -> None:
    environment = process_environment | {"REFLECTION_KEYS": ",".join(settings.REFLECTION_KEYS)}
    with program(WORKER, tmp_path / "worker.log", environment, ready=" ready."):
        beat = Celery(broker=redis_url, set_as_current=False)
        beat.send_task(settings.MINUTELY_TASKS[0], ignore_result=True)
        beat.close()
        wait_until(lambda: numbers_in(closed_survey) == [1, 2], "The release", within=90)
