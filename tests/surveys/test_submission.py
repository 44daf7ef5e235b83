from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from accounts.models import User
from cohorts.models import Cohort, Membership
from surveys.models import BallotBox, Pseudonym, Receipt, Response, Survey
from surveys.opening import get_or_create_survey
from surveys.release import release_due
from surveys.submission import AnswerRefusedError, Refusal, submit
from tests.concurrency import run_concurrently
from tests.surveys.conftest import CLOSED, ENDS, NEXT_DAY, GiveAnswers, Join, make_workshop
from workshops.models import Workshop

ANSWERS: dict[str, Any] = {"spoke_openly": 5, "change": "More tea"}


def give_in_turn(survey: Survey, members: list[Membership]) -> None:
    """Submit an answer for each member in turn: 1, 2, 3 and so on."""
    for number, member in enumerate(members, 1):
        submit(survey=survey, membership=member, answers={"worth_time": number}, at=NEXT_DAY)


def answers_in(survey: Survey) -> list[dict[str, Any]]:
    """Return the answers in the survey's ballot box."""
    return BallotBox.objects.get(survey=survey).read()


def ciphertexts() -> list[str]:
    """Return the content of every ballot box as the database stores it."""
    return in_physical_order(BallotBox, "content")


def in_physical_order(model: type[models.Model], column: str) -> list[Any]:
    """Return a column's values in the order in which the database stores the rows."""
    place = "ctid" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        table = model._meta.db_table
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY {place}")  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def test_submit_creates_receipt_and_response(join: Join, survey: Survey) -> None:
    [member] = join(1)
    submit(survey=survey, membership=member, answers=ANSWERS, at=NEXT_DAY)

    assert not Response.objects.exists()
    release_due(at=CLOSED)
    [response], [receipt] = Response.objects.all(), Receipt.objects.all()
    assert (response.survey, response.answers) == (survey, {"spoke_openly": 5})
    assert (response.membership, response.pseudonym) == (None, None)
    assert (receipt.survey, receipt.membership) == (survey, member)


def test_submit_leaves_other_answers_unchanged(give: GiveAnswers, survey: Survey) -> None:
    given = [
        {"spoke_openly": 1, "change": "one"},
        {"new_perspective": 2},
        {"worth_time": 3, "change": "three"},
    ]
    give(*given)

    assert sorted(answers_in(survey), key=str) == sorted(given, key=str)


def test_submit_refuses_second_answer(join: Join, survey: Survey) -> None:
    [member] = join(1)
    submit(survey=survey, membership=member, answers=ANSWERS, at=NEXT_DAY)

    with pytest.raises(AnswerRefusedError) as refused:
        submit(survey=survey, membership=member, answers={"spoke_openly": 1}, at=NEXT_DAY)

    assert refused.value.why == Refusal.ANSWERED
    assert answers_in(survey) == [ANSWERS]
    release_due(at=CLOSED)
    assert Response.objects.get().answers == {"spoke_openly": 5}


def test_submit_is_refused_once_closed(join: Join, survey: Survey, facilitator: User) -> None:
    first, second = join(2)
    submit(survey=survey, membership=first, answers=ANSWERS, at=CLOSED - timedelta(seconds=1))

    with pytest.raises(AnswerRefusedError) as too_late:
        submit(survey=survey, membership=second, answers=ANSWERS, at=CLOSED)
    survey.close(by=facilitator, at=NEXT_DAY)
    with pytest.raises(AnswerRefusedError) as closed:
        submit(survey=survey, membership=second, answers=ANSWERS, at=NEXT_DAY)

    assert (too_late.value.why, closed.value.why) == (Refusal.CLOSED, Refusal.CLOSED)
    assert len(answers_in(survey)) == Receipt.objects.count() == 1
    release_due(at=NEXT_DAY)
    assert Response.objects.count() == Receipt.objects.count() == 1


def test_submit_is_refused_before_end_or_when_cancelled(
    join: Join, survey: Survey, workshop: Workshop, facilitator: User
) -> None:
    [member] = join(1)

    with pytest.raises(AnswerRefusedError) as early:
        submit(survey=survey, membership=member, answers=ANSWERS, at=ENDS - timedelta(seconds=1))
    workshop.cancel(by=facilitator, at=ENDS)
    with pytest.raises(AnswerRefusedError) as cancelled:
        submit(survey=survey, membership=member, answers=ANSWERS, at=NEXT_DAY)

    assert (early.value.why, cancelled.value.why) == (Refusal.NOT_OVER, Refusal.CANCELLED)
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("wrong", [{"spoke_openly": 6}, {"change": "a\x00b"}])
def test_submit_rejects_invalid_answers(
    wrong: dict[str, Any], give: GiveAnswers, join: Join, survey: Survey
) -> None:
    """One invalid answer in the ballot box would prevent the release of all its answers."""
    give(ANSWERS)
    [member] = join(1)

    with pytest.raises(ValidationError), transaction.atomic():
        submit(survey=survey, membership=member, answers=wrong, at=NEXT_DAY)

    assert answers_in(survey) == [ANSWERS]
    assert Receipt.objects.count() == 1
    release_due(at=CLOSED)
    assert Response.objects.count() == Receipt.objects.count() == 1


def test_submit_rolls_back_on_error(give: GiveAnswers, join: Join, survey: Survey) -> None:
    """The database refuses the receipt, after the ballot box has been saved."""
    give(ANSWERS)
    [member] = join(1)
    Membership.objects.filter(pk=member.pk).delete()

    @transaction.atomic
    def submit_for_deleted_member() -> None:
        submit(survey=survey, membership=member, answers=ANSWERS, at=NEXT_DAY)
        connection.check_constraints()

    with pytest.raises((IntegrityError, DatabaseError)):
        submit_for_deleted_member()

    assert answers_in(survey) == [ANSWERS]
    assert Receipt.objects.count() == 1


def test_submit_leaves_other_surveys_unchanged(
    give: GiveAnswers, cohort: Cohort, survey: Survey
) -> None:
    give(ANSWERS)
    keys = set(Receipt.objects.values_list("pk", flat=True))
    [before] = ciphertexts()
    give(ANSWERS, to=get_or_create_survey(make_workshop(cohort, 2)))

    assert keys < set(Receipt.objects.values_list("pk", flat=True))
    assert before in ciphertexts()


# No column, key or row order links a response to a receipt


def test_anonymous_response_stores_only_answers(give: GiveAnswers) -> None:
    give(ANSWERS)
    release_due(at=CLOSED)

    [row] = Response.objects.values()
    assert set(row) == {"id", "survey_id", "answers", "membership_id", "pseudonym"}
    assert Response._meta.pk.get_internal_type() == "UUIDField"
    assert [row["membership_id"], row["pseudonym"]] == [None, None]
    assert not Pseudonym.objects.exists()


def test_receipt_stores_only_member() -> None:
    assert {field.name for field in Receipt._meta.get_fields()} == {"id", "survey", "membership"}


def test_submit_replaces_every_primary_key(give: GiveAnswers) -> None:
    give(ANSWERS, ANSWERS, ANSWERS)
    before, [ciphertext] = set(Receipt.objects.values_list("pk", flat=True)), ciphertexts()
    give(ANSWERS)
    [new_ciphertext] = ciphertexts()
    release_due(at=CLOSED)
    after = [set(model.objects.values_list("pk", flat=True)) for model in (Response, Receipt)]

    assert [len(keys) for keys in after] == [4, 4]
    assert before & after[1] == set()
    assert {key.version for key in after[0] | after[1]} == {4}
    assert after[0] & after[1] == set()
    assert (len(new_ciphertext), new_ciphertext != ciphertext) == (len(ciphertext), True)


@pytest.mark.parametrize(
    ("model", "column"), [(Response, "answers->>'worth_time'"), (Receipt, "membership_id")]
)
def test_physical_position_does_not_reveal_submission_order(
    model: type[models.Model], column: str, cohort: Cohort, join: Join
) -> None:
    """Four members answer sixty surveys, each time in the same order.

    The rows of the first and of the last member are in each position about equally often.
    """
    members = join(4)
    first, last = (1, 4) if model is Response else (members[0].pk, members[3].pk)
    places: Counter[tuple[str, int]] = Counter()
    for position in range(1, 61):
        workshop = make_workshop(cohort, position)
        give_in_turn(get_or_create_survey(workshop), members)
        release_due(at=CLOSED)
        kept = list(map(int, in_physical_order(model, column)))
        places["first", kept.index(first)] += 1
        places["last", kept.index(last)] += 1
        workshop.delete()

    # In 60 surveys, each of the two rows is expected 15 times in each of the four positions. By
    # chance, some count is below 3 or above 31 once in 13,000 runs.
    assert [key for key in places if not 3 <= places[key] <= 31] == []
    assert len(places) == 8


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_submit_rewrites_all_receipts_in_one_transaction(give: GiveAnswers) -> None:
    seen = set()
    for _ in range(3):
        give(ANSWERS)
        transactions = in_physical_order(Receipt, "xmin::text")
        assert len(set(transactions)) == 1
        seen.add(transactions[0])

    assert len(seen) == 3


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_release_writes_all_responses_in_one_transaction(give: GiveAnswers) -> None:
    give(ANSWERS, ANSWERS, ANSWERS)
    release_due(at=CLOSED)

    assert len(in_physical_order(Response, "xmin::text")) == 3
    assert len(set(in_physical_order(Response, "xmin::text"))) == 1


def test_first_answer_fixes_closing_time(give: GiveAnswers, survey: Survey) -> None:
    """The time depends only on the workshop's end, so it does not reveal when somebody answered."""
    give(ANSWERS)

    assert Survey.objects.get().closing_at == CLOSED


# Concurrent submissions


@pytest.mark.django_db(transaction=True)
def test_concurrent_submits_are_all_saved(join: Join, survey: Survey) -> None:
    members = join(6)

    def submit_answer(number: int) -> None:
        submit(
            survey=survey, membership=members[number], answers={"change": str(number)}, at=NEXT_DAY
        )

    outcomes = run_concurrently([partial(submit_answer, number) for number in range(6)])

    assert outcomes == [None] * 6
    assert sorted(one["change"] for one in answers_in(survey)) == list("012345")
    assert sorted(Receipt.objects.values_list("membership", flat=True)) == [
        member.pk for member in members
    ]


@pytest.mark.django_db(transaction=True)
def test_concurrent_submits_by_one_member_count_once(join: Join, survey: Survey) -> None:
    [member] = join(1)

    def submit_answer() -> None:
        submit(survey=survey, membership=member, answers=ANSWERS, at=NEXT_DAY)

    outcomes = run_concurrently([submit_answer] * 3, refused=AnswerRefusedError)

    refused = [outcome for outcome in outcomes if outcome is not None]
    assert [type(error) for error in refused] == [AnswerRefusedError, AnswerRefusedError]
    assert {error.why for error in refused} == {Refusal.ANSWERED}
    assert len(answers_in(survey)) == Receipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_submit_and_close_are_consistent(
    join: Join, survey: Survey, facilitator: User
) -> None:
    """The answer is saved with its receipt, or refused; the survey is closed in either case."""
    [member] = join(1)

    def submit_answer() -> None:
        submit(survey=survey, membership=member, answers=ANSWERS, at=NEXT_DAY)

    taken, _ = run_concurrently(
        [submit_answer, lambda: survey.close(by=facilitator, at=NEXT_DAY)],
        refused=AnswerRefusedError,
    )

    survey.refresh_from_db()
    assert survey.is_closed(NEXT_DAY) is True
    release_due(at=NEXT_DAY)
    assert Receipt.objects.count() == Response.objects.count() == (1 if taken is None else 0)
