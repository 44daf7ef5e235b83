"""Every figure of the cohort in hand_worked.py, checked by hand. Comments show the sums."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from cohorts.models import Cohort, Membership, Organisation, Sector
from reports.attendance import Share, completion_threshold
from reports.figures import Figures, WorkshopFigures, figures_of
from reports.reach import merge_small_sectors
from reports.reflection_rate import band, store_bands
from surveys.release import release_due
from tests.reports.hand_worked import DAY, FINISHED, LENGTH, STARTS, HandWorked
from workshops.models import Attendance


@pytest.fixture
def figures(hand_worked: HandWorked) -> Figures:
    return figures_of(hand_worked.cohort, FINISHED)


def by_position(figures: Figures) -> dict[int, WorkshopFigures]:
    return {one.workshop.position: one for one in figures.workshops}


def test_figures_exclude_the_cancelled_workshop(figures: Figures) -> None:
    assert [one.workshop.position for one in figures.workshops] == [1, 2, 3, 5, 6]
    assert (figures.held, figures.planned, figures.is_final) == (5, 5, True)
    assert figures.period == "10 September to 24 December 2026"


def test_expected_members_are_those_at_the_start(figures: Figures) -> None:
    # Twelve are members throughout: the eleven from Amina to Kit, and Pia. Nia left before workshop
    # 1. Expected at workshop 1: the 12, Mo, Omar · 2: the 12, Mo · 3: the 12, Lena · 5 and 6: the
    # 12, Lena, Omar (who has rejoined)
    assert {place: one.expected for place, one in by_position(figures).items()} == {
        1: 14,
        2: 13,
        3: 13,
        5: 14,
        6: 14,
    }


def test_attended_includes_half_the_time_and_unknown_lengths(figures: Figures) -> None:
    # Attended workshop 1: all 14 but Pia
    # 2: all 13 but Gwen and Pia, with Cleo (105 of 210 minutes) and Dev (unknown length)
    # 3: all 13 but Ben (104 of 210), Dev, Iris, Pia
    # 5: all 14 but Dev, Pia · 6: all 14 but Ella, Kit, Pia
    assert {place: one.attended for place, one in by_position(figures).items()} == {
        1: 13,
        2: 11,
        3: 9,
        5: 12,
        6: 11,
    }


def test_excused_are_early_apologies_and_those_on_the_register(figures: Figures) -> None:
    # Excused from workshop 2: Gwen, a minute before the start · 3: Dev, on the register · 5: Dev,
    # before the start. Not from 6: Ella sent apologies a minute after the start.
    assert {place: one.excused for place, one in by_position(figures).items()} == {
        1: 0,
        2: 1,
        3: 1,
        5: 1,
        6: 0,
    }


def test_attendance_is_pooled(figures: Figures) -> None:
    # 13 + 11 + 9 + 12 + 11 people attended, of 14 + 13 + 13 + 14 + 14 expected.
    assert figures.attendance == Share(56, 68)
    assert figures.attendance.rate == pytest.approx(0.823529, abs=1e-6)


def test_commitment_adds_the_excused(figures: Figures) -> None:
    # 56 people attended, and 3 were excused.
    assert figures.commitment == Share(59, 68)
    assert by_position(figures)[2].commitment == Share(12, 13)


def test_completion_is_four_fifths_of_past_workshops(figures: Figures) -> None:
    # 5 workshops took place, so attending 4 is enough. Amina, Cleo, Finn, Hari and Jo attended 5;
    # Ben, Ella, Gwen, Iris and Kit 4; Dev, Lena and Omar 3 (Omar one before he left, two since he
    # rejoined); Mo 2. Pia attended none, so she is not counted: 10 of 14 completed.
    assert figures.workshops_to_complete == 4
    assert figures.completion == Share(10, 14)


def test_reach_counts_each_person_once_with_their_last_organisation(figures: Figures) -> None:
    # The people reached are the eleven from Amina to Kit, and Lena, Mo, Omar (once) and Pia. Not
    # Nia, who left before the first workshop, and not Ruth, who facilitates.
    assert figures.reach.people == 15
    # All organisations in SECTORS but Dockside, because Omar rejoined from another organisation.
    assert figures.reach.organisations == 8


def test_reach_merges_small_sectors_into_other(figures: Figures) -> None:
    # Public: Amina, Ben, Cleo, Dev, Ella, Omar, Pia. Too few are private (Kit and Lena), so they
    # are merged with Mo, who has no organisation. That is three people, so the five of the smallest
    # other sector join them. Voluntary: Finn, Gwen, Hari, Iris, Jo.
    assert figures.reach.sectors == [(Sector.PUBLIC, 7), (Sector.OTHER, 8)]


@pytest.mark.parametrize(
    ("sectors", "shown"),
    [
        ({"public": 9, "voluntary": 6}, {"public": 9, "voluntary": 6}),
        # Alone, “Other” would be the number of private people.
        ({"public": 9, "voluntary": 6, "private": 3}, {"public": 9, "other": 9}),
        (
            {"public": 9, "voluntary": 6, "private": 3, "other": 2},
            {"public": 9, "voluntary": 6, "other": 5},
        ),
        ({"public": 9, "other": 5}, {"public": 9, "other": 5}),
        ({"public": 9, "other": 4}, {"other": 13}),
        ({"private": 3, "voluntary": 3}, {"other": 6}),
    ],
)
def test_other_never_gives_away_one_sector(sectors: dict[str, int], shown: dict[str, int]) -> None:
    counted = Counter({Sector(name): people for name, people in sectors.items()})
    assert {str(name.value): people for name, people in merge_small_sectors(counted)} == shown


def test_response_rate_is_of_those_marked_as_attending(figures: Figures) -> None:
    # Ben was at the third workshop for 104 minutes: too short to count as attended, but he gets the
    # survey.
    asked = {1: Share(8, 13), 2: Share(5, 11), 3: Share(4, 10), 5: Share(6, 12), 6: Share(7, 11)}
    assert {place: one.response for place, one in by_position(figures).items()} == asked


def test_response_rate_is_pooled_over_closed_surveys(figures: Figures) -> None:
    # There are 8 + 5 + 4 + 6 answers of 13 + 11 + 10 + 12 people. The sixth workshop is left out,
    # because its survey is open.
    assert figures.response == Share(23, 46)
    assert figures.is_indicative
    assert figures.response_note == "23 of 46 asked; below 60%, so indicative"


def test_workshop_is_indicative_below_60_percent(figures: Figures) -> None:
    # The response rates are 62%, 45%, 40%, 50% and 64%.
    indicative = {place: one.results.is_indicative for place, one in by_position(figures).items()}
    assert indicative == {1: False, 2: True, 3: True, 5: True, 6: False}


def test_eight_answers_show_a_distribution(figures: Figures) -> None:
    item = by_position(figures)[1].results.items[0]
    # The answers 5 5 5 4 4 3 3 2 have the mean 31 / 8 = 3.875. Five of eight chose 4 or 5.
    assert (item.text, item.n, item.mean, item.share) == ("I could speak openly", 8, 3.9, 0.625)
    assert item.distribution == (0, 1, 2, 2, 3)


def test_five_answers_show_a_mean_to_the_nearest_half_only(figures: Figures) -> None:
    item = by_position(figures)[2].results.items[0]
    # The answers 5 4 4 3 1 have the mean 17 / 5 = 3.4.
    assert item.average == "3.5"
    assert (item.n, item.mean, item.share, item.distribution) == (None, None, None, None)


def test_four_answers_show_nothing(figures: Figures) -> None:
    shown = [
        (item.n, item.mean, item.share, item.distribution)
        for item in by_position(figures)[3].results.items
    ]
    assert shown == [(None, None, None, None)] * 4


def test_question_that_four_of_six_answered_shows_nothing(figures: Figures) -> None:
    openly, _, _, worth = by_position(figures)[5].results.items
    # The answers 5 5 4 4 4 2 have the mean 24 / 6 = 4. Only four of six answered “worth my time”.
    assert openly.average == "4.0"
    assert (worth.is_shown, worth.average) == (False, "")


def test_open_survey_shows_nothing(figures: Figures) -> None:
    sixth = by_position(figures)[6]
    assert not sixth.results.is_closed
    assert [item.mean for item in sixth.results.items] == [None] * 4


def test_survey_shows_once_it_has_closed(hand_worked: HandWorked) -> None:
    closing = STARTS[5] + LENGTH + 14 * DAY
    pending = by_position(figures_of(hand_worked.cohort, closing))[6].results
    assert (pending.is_pending, pending.is_closed, pending.received) == (True, False, 7)
    assert [item.mean for item in pending.items] == [None] * 4
    release_due(at=closing)
    figures = figures_of(hand_worked.cohort, closing)
    # Seven people answered 1.
    assert by_position(figures)[6].results.items[0].average == "1.5 or less"
    assert figures.response == Share(30, 57)


def test_questions_are_pooled_over_workshops_with_exact_figures(figures: Figures) -> None:
    openly, perspective, differently, worth = (question.overall for question in figures.questions)
    # Of the surveys that have closed, only the first has eight answers: 5 5 5 4 4 3 3 2.
    assert (openly.n, openly.mean, openly.favourable) == (8, 3.9, 5)
    assert openly.distribution == (0, 1, 2, 2, 3)
    assert (perspective.n, perspective.mean, perspective.share) == (8, 4.0, 1.0)
    assert (differently.n, differently.mean, differently.share) == (8, 3.0, 0.0)
    assert (worth.n, worth.mean) == (8, 5.0)


def test_practice_is_shown_in_bands(figures: Figures) -> None:
    # 3 of 13 · 6 of 11 · 4 of 9 · 9 of 12, three quarters exactly. Ruth facilitates, so her entries
    # are not counted. Nor are those of people who had not come. The sixth survey is still open.
    assert {place: str(one.wrote) for place, one in by_position(figures).items()} == {
        1: "fewer than a quarter",
        2: "a half to three quarters",
        3: "a quarter to a half",
        5: "three quarters or more",
        6: "after the feedback closes",
    }


def test_practice_of_the_last_workshop_is_shown_once_its_survey_has_closed(
    hand_worked: HandWorked,
) -> None:
    release_due(at=FINISHED + 8 * DAY)
    store_bands(at=FINISHED + 8 * DAY)

    figures = figures_of(hand_worked.cohort, FINISHED + 8 * DAY)

    assert str(by_position(figures)[6].wrote) == "fewer than a quarter"  # 0 of 11


@pytest.mark.parametrize(
    ("writers", "attended", "words"),
    [
        (4, 4, "not shown: fewer than 5 marked as attending"),
        (0, 5, "fewer than a quarter"),
        (1, 5, "fewer than a quarter"),
        (2, 8, "a quarter to a half"),
        (4, 8, "a half to three quarters"),
        (6, 8, "three quarters or more"),
        (9, 8, "three quarters or more"),
    ],
)
def test_bands_are_contiguous(writers: int, attended: int, words: str) -> None:
    assert str(band(writers=writers, attended=attended)) == words


@pytest.mark.parametrize(
    ("writers", "attended", "sharers", "words"),
    [
        (
            1,
            8,
            1,
            "fewer than a half",
        ),  # the lowest band would reveal that the sharer is the only writer
        (3, 8, 1, "fewer than a half"),
        (4, 8, 1, "a half to three quarters"),
        (3, 8, 3, "a quarter to three quarters"),
        (5, 8, 3, "a quarter to three quarters"),
        (5, 8, 5, "a half or more"),
        (8, 8, 5, "a half or more"),
        (8, 8, 8, "three quarters or more"),
        (2, 5, 2, "a quarter to three quarters"),
    ],
)
def test_band_widens_if_writers_are_known_by_name(
    writers: int, attended: int, sharers: int, words: str
) -> None:
    assert str(band(writers=writers, attended=attended, sharers=sharers)) == words


def test_band_never_reveals_that_only_known_members_wrote() -> None:
    """One more writer would not change the band, so it never shows that only the sharers wrote."""
    for attended in range(5, 40):
        for sharers in range(attended + 1):
            shown = band(writers=sharers, attended=attended, sharers=sharers)
            assert shown == band(writers=sharers + 1, attended=attended, sharers=sharers)


@pytest.mark.parametrize(
    ("held", "enough"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 4), (6, 5), (7, 6), (10, 8)]
)
def test_enough_is_four_fifths_rounded_up(held: int, enough: int) -> None:
    assert completion_threshold(held) == enough


def test_gaps_in_a_register_are_reported(figures: Figures) -> None:
    # Kit has no mark at the sixth workshop, and counts as absent.
    assert [(one.workshop.position, one.unmarked) for one in figures.unmarked] == [(6, 1)]


def test_figures_of_a_running_cohort_cover_past_workshops(hand_worked: HandWorked) -> None:
    figures = figures_of(hand_worked.cohort, STARTS[2] + LENGTH)
    assert (figures.held, figures.planned, figures.is_final) == (3, 5, False)
    assert figures.attendance == Share(33, 40)
    # Completing requires all three workshops. Amina, Cleo, Ella, Finn, Hari, Jo and Kit attended
    # them, of 14 people who attended any: the 13 at the first workshop, and Lena.
    assert figures.completion == Share(7, 14)
    assert figures.completion_note == "7 of 14 people at 3 or more, so far"


def test_workshop_counts_once_it_has_ended(hand_worked: HandWorked) -> None:
    end = STARTS[0] + LENGTH
    assert figures_of(hand_worked.cohort, end - timedelta(seconds=1)).held == 0
    assert figures_of(hand_worked.cohort, end).held == 1


def test_figures_before_the_first_workshop_are_empty(hand_worked: HandWorked) -> None:
    figures = figures_of(hand_worked.cohort, STARTS[0])
    assert (figures.held, figures.is_final, figures.period) == (0, False, "")
    assert figures.attendance.rate is None
    assert figures.completion == Share(0, 0)


def test_reinstated_workshop_counts_again(hand_worked: HandWorked) -> None:
    hand_worked.workshops[3].reinstate(at=FINISHED)
    figures = figures_of(hand_worked.cohort, FINISHED)
    # 14 people were expected: the twelve who are members throughout, Lena and Omar. Three were
    # marked as present before the cancellation: Amina, Ben and Finn.
    assert by_position(figures)[4].attendance == Share(3, 14)
    assert figures.workshops_to_complete == 5


def test_changed_rsvp_withdraws_apologies(hand_worked: HandWorked) -> None:
    second = hand_worked.workshops[1]
    gwen = second.attendances.get(membership__user__name="Gwen")
    gwen.answer, gwen.answered_at = Attendance.Answer.COMING, STARTS[1] - timedelta(seconds=30)
    gwen.save()
    assert by_position(figures_of(hand_worked.cohort, FINISHED))[2].excused == 0


def test_member_who_sent_apologies_and_attended_counts_once(hand_worked: HandWorked) -> None:
    hand_worked.workshops[0].attendances.filter(membership__user__name="Amina").update(
        answer=Attendance.Answer.APOLOGIES, answered_at=STARTS[0] - DAY
    )
    first = by_position(figures_of(hand_worked.cohort, FINISHED))[1]
    assert (first.attended, first.excused) == (13, 0)


def test_reach_is_hidden_below_five_people(
    cohort: Cohort, council: Organisation, participant: object
) -> None:
    assert not figures_of(cohort, FINISHED).reach.is_shown


def test_member_without_a_sector_counts_as_other(hand_worked: HandWorked) -> None:
    Organisation.objects.filter(sector=Sector.VOLUNTARY).update(sector=Sector.OTHER)
    reach = figures_of(hand_worked.cohort, FINISHED).reach
    assert reach.sectors == [(Sector.PUBLIC, 7), (Sector.OTHER, 8)]


def test_person_who_joined_after_the_last_workshop_is_not_reached(
    hand_worked: HandWorked,
) -> None:
    nia = Membership.objects.get(user__name="Nia")
    Membership.objects.create(
        cohort=hand_worked.cohort, user=nia.user, joined_at=STARTS[5] + LENGTH + DAY
    )
    assert figures_of(hand_worked.cohort, FINISHED).reach.people == 15
    before_the_last = STARTS[5] - DAY
    assert figures_of(hand_worked.cohort, before_the_last).reach.people == 16


def test_late_joiner_is_not_expected_at_earlier_workshops(hand_worked: HandWorked) -> None:
    before = figures_of(hand_worked.cohort, FINISHED)
    joined_at = STARTS[5] + timedelta(seconds=1)
    nia = Membership.objects.get(user__name="Nia")
    Membership.objects.create(cohort=hand_worked.cohort, user=nia.user, joined_at=joined_at)
    after = figures_of(hand_worked.cohort, FINISHED)
    assert after.attendance == before.attendance
    assert after.reach.people == before.reach.people + 1
