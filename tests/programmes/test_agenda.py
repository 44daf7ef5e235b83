"""Parsing of agendas, and start times of their parts."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from programmes.agenda import Part, RunningOrder, check_length, read_lines
from programmes.forms import WorkshopPlanForm
from programmes.models import WorkshopPlan
from tests.programmes.pages import PLAN, url, words
from ui.dates import clock

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    "line",
    [
        "15 Arrive and coffee",
        "15  Arrive and coffee ",
        "15 min Arrive and coffee",
        "15 mins. Arrive and coffee",
        "15min: Arrive and coffee",
        "15 minutes: Arrive and coffee",
        "15 – Arrive and coffee",
        "15\tArrive and coffee",
    ],
)
def test_line_is_parsed_in_common_spellings(line: str) -> None:
    assert read_lines(f"\n{line}\n\n") == [Part(15, "Arrive and coffee")]


def test_minutes_in_the_title_are_not_a_length() -> None:
    assert read_lines("2 minutes of silence") == [Part(2, "minutes of silence")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "15 Arrive\nTalk in pairs",
            "Start line 2 with its length in minutes, for example “15 Arrive and coffee”. It says "
            "“Talk in pairs”.",
        ),
        (
            "45",
            "Enter what happens on line 1 after its minutes, for example “15 Arrive and coffee”. "
            "It says “45”.",
        ),
        (
            "45 minutes",
            "Enter what happens on line 1 after its minutes, for example “15 Arrive and coffee”. "
            "It says “45 minutes”.",
        ),
        (
            "9:30 Arrive",
            "Start line 1 with its length in minutes, not a time of day, "
            "for example “15 Arrive and coffee”. It says “9:30 Arrive”.",
        ),
        (
            "9am Arrive",
            "Start line 1 with its length in minutes, not a time of day, "
            "for example “15 Arrive and coffee”. It says “9am Arrive”.",
        ),
        ("0 Arrive", "Enter at least 1 minute on line 1. It says “0 Arrive”."),
        (
            "-5 Arrive",
            "Start line 1 with its length in minutes, for example “15 Arrive and coffee”. It says "
            "“-5 Arrive”.",
        ),
        (
            "9" * 80 + " Arrive",
            f"Start line 1 with its length in minutes, for example “15 Arrive and coffee”. It says "
            f"“{'9' * 59}…”.",
        ),
        (
            "\n".join(["1 Part"] * 61),
            "Enter at most 60 lines. The agenda has 61: combine short parts.",
        ),
    ],
)
def test_error_names_the_line(text: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        read_lines(text)
    assert wrong.value.messages == [sentence]


def test_error_names_the_line_beyond_the_end() -> None:
    with pytest.raises(ValidationError) as wrong:
        check_length(read_lines("100 Talk\n100 Walk\n11 Close\n5 Go"), 210)
    assert wrong.value.messages == [
        "Shorten the agenda. It takes 216 minutes and the workshop 210: line 3, “Close”, ends too "
        "late."
    ]


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("", ""),
        ("210 Talk", ""),
        ("190 Talk", "Time left over: 20 minutes."),
        ("209 Talk", "Time left over: 1 minute."),
        ("150 Talk", "Time left over: 1 hour."),
        ("225 Talk", "The agenda is 15 minutes longer than the workshop."),
    ],
)
def test_remark_gives_the_difference_in_length(text: str, remark: str) -> None:
    assert RunningOrder(text, 210).remark == remark


def times(starts_at: datetime) -> list[str]:
    order = RunningOrder("15 Arrive\n60 Talk\n20 Break", 210, starts_at)
    return [clock(part.starts_at, LONDON) for part in order if part.starts_at]


def test_all_times_move_with_the_start() -> None:
    assert times(datetime(2027, 3, 18, 9, 30, tzinfo=LONDON)) == ["9:30am", "9:45am", "10:45am"]
    assert times(datetime(2027, 3, 18, 13, 0, tzinfo=LONDON)) == ["1pm", "1:15pm", "2:15pm"]


@pytest.mark.parametrize(
    ("starts_at", "expected"),
    [
        (datetime(2027, 3, 28, 0, 30, tzinfo=LONDON), ["12:30am", "12:45am", "2:45am"]),
        (datetime(2027, 10, 31, 0, 30, tzinfo=LONDON), ["12:30am", "12:45am", "1:45am"]),
        (datetime(2027, 10, 31, 1, 0, tzinfo=UTC), ["1am", "1:15am", "2:15am"]),
    ],
)
def test_times_are_right_when_the_clocks_change(starts_at: datetime, expected: list[str]) -> None:
    assert times(starts_at) == expected


def test_invalid_form_shows_errors_with_the_input() -> None:
    form = WorkshopPlanForm(PLAN | {"agenda": "15 Arrive\nTalk"})

    assert form.errors == {
        "agenda": [
            "Start line 2 with its length in minutes, for example “15 Arrive and coffee”. It says "
            "“Talk”."
        ]
    }
    assert form["agenda"].value() == "15 Arrive\nTalk"


def test_form_refuses_an_agenda_longer_than_the_workshop() -> None:
    form = WorkshopPlanForm(PLAN | {"agenda": "• 15 Arrive\n• 200 Talk"})

    assert form.errors == {
        "agenda": [
            "Shorten the agenda. It takes 215 minutes and the workshop 210: line 2, “Talk”, ends "
            "too late."
        ]
    }


def test_form_accepts_a_shorter_agenda_and_normalises_it() -> None:
    form = WorkshopPlanForm(PLAN | {"agenda": "– 15 min: Arrive\r\n\r\n20 Talk"})

    assert form.is_valid()
    assert form.cleaned_data["agenda"] == "15 Arrive\n20 Talk"


def test_default_agendas_fill_the_workshop_and_have_a_break(plans: list[WorkshopPlan]) -> None:
    for plan in plans:
        check_length(read_lines(plan.agenda), plan.length_minutes)
        assert plan.running_order.remark == ""
        assert [part.minutes for part in plan.running_order if part.title == "Break"] == [20]


def test_programme_shows_the_agendas(
    outsider_client: Client, administrator_client: Client, plans: list[WorkshopPlan]
) -> None:
    WorkshopPlan.objects.filter(position=2).update(agenda="150 Talk")
    page = url("programme_detail", plans[0].programme)

    assert "Agenda Arrive, coffee, and a name badge without a title 15 min" in words(
        outsider_client.get(page)
    )
    assert "Time left over: 1 hour." not in words(outsider_client.get(page))
    assert "Time left over: 1 hour." in words(administrator_client.get(page))
