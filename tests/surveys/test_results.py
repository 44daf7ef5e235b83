from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort
from programmes.feedback import default_questions
from surveys.items import Item
from surveys.models import Comment, Survey
from surveys.opening import get_or_create_survey
from surveys.release import release_due
from surveys.results import Results, pooled, results_of, results_of_cohort
from surveys.submission import submit
from tests.queries import CapturedQueries
from tests.surveys.conftest import CLOSED, ENDS, NEXT_DAY, GiveAnswers, Join, make_workshop, mark
from workshops.models import Workshop
from workshops.times import Arrangement, Slot


def openly(*scores: int) -> list[dict[str, object]]:
    return [{"spoke_openly": score, "worth_time": 5} for score in scores]


def results_at(survey: Survey, moment: datetime) -> Results:
    """Release the answers of surveys that are closed at this time, and return the results."""
    release_due(at=moment)
    return results_of(survey, moment)


def test_item_has_mean_share_number_and_distribution(give: GiveAnswers, survey: Survey) -> None:
    give(*openly(5, 5, 5, 4, 4, 3, 1, 2))

    item = results_at(survey, CLOSED).items[0]

    # The mean is 29 / 8 = 3.625; five of eight chose 4 or 5.
    assert (item.text, item.low, item.high) == (
        "I could speak openly",
        "Not at all",
        "Completely",
    )
    assert (item.mean, item.share, item.n, item.distribution) == (3.6, 0.625, 8, (1, 1, 1, 2, 3))


def test_mean_rounds_half_up() -> None:
    question = default_questions()[0]
    assert Item(question, n=20, total=65, favourable=0).mean == 3.3  # 3.25


@pytest.mark.parametrize(
    ("scores", "average"),
    [
        ((5, 4, 4, 4, 2), "4.0"),
        ((5, 5, 5, 5, 3), "4.5 or more"),
        ((1, 1, 1, 1, 1, 1, 2), "1.5 or less"),
    ],
)
def test_five_to_seven_answers_show_only_a_rounded_mean(
    give: GiveAnswers, survey: Survey, scores: tuple[int, ...], average: str
) -> None:
    give(*openly(*scores))

    item = results_at(survey, CLOSED).items[0]

    assert (item.average, item.is_shown) == (average, True)
    exact = (item.mean, item.share, item.n, item.total, item.favourable, item.distribution)
    assert set(exact) == {None}


def test_results_are_hidden_before_survey_closes(give: GiveAnswers, survey: Survey) -> None:
    give(*({"spoke_openly": 5, "change": "More tea"} for _ in range(9)))

    results = results_at(survey, CLOSED - timedelta(seconds=1))

    assert (results.is_shown, results.is_closed, results.received) == (False, False, 9)
    assert {item.n for item in results.items} == {None}
    assert results.words == ()


def test_results_are_hidden_with_four_answers(give: GiveAnswers, survey: Survey) -> None:
    give(*({"spoke_openly": 5, "change": "More tea"} for _ in range(4)))

    results = results_at(survey, CLOSED)

    assert (results.is_shown, results.is_closed, results.received) == (False, True, 4)
    assert [(item.n, item.mean, item.share, item.distribution) for item in results.items] == [
        (None,) * 4
    ] * 4
    assert results.words == ()


def test_question_with_four_answers_is_hidden(give: GiveAnswers, survey: Survey) -> None:
    give(
        *({"spoke_openly": 4, "worth_time": 3} for _ in range(4)),
        *({"worth_time": 3} for _ in range(4)),
    )

    openly, _, _, worth = results_at(survey, CLOSED).items

    assert (openly.is_shown, openly.n, openly.mean) == (False, None, None)
    assert (worth.is_shown, worth.n, worth.distribution) == (True, 8, (0, 0, 8, 0, 0))


def test_comments_are_shown_once_all_of_them_are_read(
    give: GiveAnswers, survey: Survey, administrator: User
) -> None:
    give(*({"change": text} for text in ("more tea", "zebras", "apples", "less tea", "chairs")))

    [words] = results_at(survey, CLOSED).words
    assert (words.comments, words.is_being_read) == ((), True)

    decide(Comment.Decision.SHOWN, administrator)
    [words] = results_at(survey, CLOSED).words
    assert (sorted(words.comments), words.is_being_read) == (
        ["apples", "chairs", "less tea", "more tea", "zebras"],
        False,
    )


def test_hidden_comments_are_counted_with_their_reasons(
    give: GiveAnswers, survey: Survey, administrator: User
) -> None:
    give(*({"change": f"Tea {number}"} for number in range(5)))
    release_due(at=CLOSED)
    decide(Comment.Decision.HIDDEN, administrator, reason="It names somebody.")

    [words] = results_at(survey, CLOSED).words
    assert (words.comments, words.hidden, words.reasons) == ((), 5, ("It names somebody.",))


def decide(decision: Comment.Decision, user: User, **facts: str) -> None:
    Comment.objects.update(decision=decision, read_at=CLOSED, read_by=user, **facts)


@pytest.mark.parametrize(("silent", "comments"), [(3, 0), (4, 4)])
def test_comments_of_four_people_are_deleted_unless_eight_answered(
    give: GiveAnswers, survey: Survey, silent: int, comments: int
) -> None:
    give(*({"change": f"Tea {number}"} for number in range(4)), *openly(*[5] * silent))

    [words] = results_at(survey, CLOSED).words

    assert (Comment.objects.count(), words.hides_some) == (comments, not comments)


def test_rate_counts_people_marked_as_attending(
    join: Join, workshop: Workshop, survey: Survey
) -> None:
    members = join(10)
    mark(workshop, *members[:6])
    mark(workshop, members[6], as_="partly")
    mark(workshop, *members[7:], as_="absent")
    for member in members[:4]:
        submit(survey=survey, membership=member, answers={"worth_time": 5}, at=NEXT_DAY)

    results = results_at(survey, CLOSED)

    assert (results.asked, results.received, results.is_indicative) == (7, 4, True)
    assert results.rate == pytest.approx(4 / 7)


def test_rate_counts_people_expected_without_register(
    give: GiveAnswers, join: Join, survey: Survey
) -> None:
    join(2)
    join(5, at=ENDS)  # joined too late to be expected
    give(*openly(5, 5, 5))

    results = results_at(survey, CLOSED)

    assert (results.asked, results.received, results.rate, results.is_indicative) == (
        5,
        3,
        0.6,
        False,
    )


def test_rate_is_none_when_nobody_was_asked(survey: Survey) -> None:
    results = results_at(survey, CLOSED)

    assert (results.asked, results.rate, results.is_indicative) == (0, None, False)


def test_rate_does_not_reveal_whether_marked_person_answered(
    join: Join, workshop: Workshop, survey: Survey
) -> None:
    """Marking a member as absent changes the rate by the same amount for every member."""
    members = join(6)
    mark(workshop, *members)
    for member in members[:3]:
        submit(survey=survey, membership=member, answers={"worth_time": 5}, at=NEXT_DAY)

    rates = set()
    for member in members:
        mark(workshop, member, as_="absent")
        rates.add(results_at(survey, NEXT_DAY).rate)
        mark(workshop, member)

    assert rates == {3 / 5}


def test_rate_excludes_facilitators(
    facilitator: User, join: Join, workshop: Workshop, survey: Survey
) -> None:
    mark(workshop, *join(2), facilitator.memberships.get())

    assert results_at(survey, NEXT_DAY).asked == 2


def test_results_are_hidden_for_cancelled_workshop(
    give: GiveAnswers, workshop: Workshop, survey: Survey, facilitator: User
) -> None:
    give(*openly(5, 5, 5, 5, 5))
    workshop.cancel(by=facilitator, at=NEXT_DAY)

    assert results_at(survey, CLOSED).is_shown is False


def test_moving_workshop_does_not_reopen_survey(
    give: GiveAnswers, workshop: Workshop, survey: Survey
) -> None:
    give(*openly(5, 5, 5, 5, 5))
    workshop.arrange(Arrangement(Slot(CLOSED, CLOSED + timedelta(hours=3)), "", ""), at=CLOSED)

    assert Survey.objects.get().is_closed(CLOSED) is True
    assert results_at(survey, CLOSED + timedelta(days=1)).is_shown is True


def test_cohort_results_cover_each_workshop_that_took_place(
    cohort: Cohort, workshop: Workshop, give: GiveAnswers, facilitator: User
) -> None:
    later = {"starts_at": CLOSED, "ends_at": CLOSED + timedelta(hours=3)}
    second, third = make_workshop(cohort, 2), make_workshop(cohort, 3)
    make_workshop(cohort, 4, **later)
    make_workshop(cohort, 5, starts_at=None, ends_at=None, scheduled_at=None)
    third.cancel(by=facilitator, at=ENDS)
    give(*openly(1, 1, 1, 1, 1))
    give(*openly(5, 5, 5), to=get_or_create_survey(second))

    release_due(at=CLOSED)
    found = results_of_cohort(cohort, CLOSED)

    assert [(one.workshop, one.received, one.is_shown) for one in found] == [
        (workshop, 5, True),
        (second, 3, False),
    ]
    assert [one.items[0].rounded for one in found] == [1.5, None]


def test_cohort_results_take_three_queries(
    cohort: Cohort, give: GiveAnswers, workshop: Workshop
) -> None:
    counts = []
    for position, people in ((2, 5), (3, 30)):
        give(*openly(*[4] * people), to=get_or_create_survey(make_workshop(cohort, position)))
        release_due(at=CLOSED)
        with CapturedQueries() as queries:
            assert len(results_of_cohort(cohort, CLOSED)) == position
        counts.append(len(queries))

    assert counts == [3, 3]


def test_pooled_figures_use_only_exact_figures(
    cohort: Cohort, workshop: Workshop, give: GiveAnswers
) -> None:
    second, third = (get_or_create_survey(make_workshop(cohort, position)) for position in (2, 3))
    give(*openly(1, 1, 1, 1, 1))
    give(*openly(*[5] * 8), to=second)
    give(*openly(3, 3), to=third)  # too few: their answers could be worked out from a total

    release_due(at=CLOSED)
    openly_pooled, new, *_ = pooled(results_of_cohort(cohort, CLOSED))

    # With the first survey, the mean would be (5 × 1 + 8 × 5) / 13. By subtraction, it would reveal
    # that each of the five people answered 1.
    assert (openly_pooled.n, openly_pooled.mean, openly_pooled.share) == (8, 5.0, 1.0)
    assert openly_pooled.distribution == (0, 0, 0, 0, 8)
    assert (new.text, new.n) == ("I met a perspective that was new to me", None)


def test_pooled_distribution_adds_up_those_of_the_surveys(
    cohort: Cohort, workshop: Workshop, give: GiveAnswers
) -> None:
    give(*openly(*[1] * 8))
    give(*openly(*[5] * 9), to=get_or_create_survey(make_workshop(cohort, 2)))

    release_due(at=CLOSED)
    assert pooled(results_of_cohort(cohort, CLOSED))[0].distribution == (8, 0, 0, 0, 9)


def test_pool_of_no_surveys_is_empty() -> None:
    assert pooled([]) == ()
