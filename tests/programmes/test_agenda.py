"""Reading a half day's agenda, and when its parts begin."""

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
def test_line_is_read_as_people_write_it(line: str) -> None:
    assert read_lines(f"\n{line}\n\n") == [Part(15, "Arrive and coffee")]


def test_minutes_of_silence_stay_in_the_title() -> None:
    assert read_lines("2 minutes of silence") == [Part(2, "minutes of silence")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "15 Arrive\nTalk in pairs",
            "Line 2, “Talk in pairs”, does not begin with its minutes. Write “15 Arrive and coffee”.",
        ),
        ("45", "Line 1, “45”, says how long and not what for. Write “15 Arrive and coffee”."),
        (
            "45 minutes",
            "Line 1, “45 minutes”, says how long and not what for. Write “15 Arrive and coffee”.",
        ),
        (
            "9:30 Arrive",
            "Line 1, “9:30 Arrive”, begins with a time of day. Write how many minutes it takes: "
            "“15 Arrive and coffee”.",
        ),
        (
            "9am Arrive",
            "Line 1, “9am Arrive”, begins with a time of day. Write how many minutes it takes: "
            "“15 Arrive and coffee”.",
        ),
        ("0 Arrive", "Line 1, “0 Arrive”, takes no time. Write a minute or more."),
        (
            "-5 Arrive",
            "Line 1, “-5 Arrive”, does not begin with its minutes. Write “15 Arrive and coffee”.",
        ),
        (
            "9" * 80 + " Arrive",
            f"Line 1, “{'9' * 59}…”, does not begin with its minutes. Write “15 Arrive and coffee”.",
        ),
        (
            "\n".join(["1 Part"] * 61),
            "Keep the agenda to 60 lines; it has 61. Put short parts together.",
        ),
    ],
)
def test_wrong_line_is_named(text: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        read_lines(text)
    assert wrong.value.messages == [sentence]


def test_line_that_goes_past_the_end_is_named() -> None:
    with pytest.raises(ValidationError) as wrong:
        check_length(read_lines("100 Talk\n100 Walk\n11 Close\n5 Go"), 210)
    assert wrong.value.messages == [
        "The agenda takes 216 minutes and the workshop 210: line 3, “Close”, goes past the end."
    ]


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("", ""),
        ("210 Talk", ""),
        ("190 Talk", "20 minutes are left over."),
        ("209 Talk", "1 minute is left over."),
        ("150 Talk", "1 hour is left over."),
        ("225 Talk", "It takes 15 minutes longer than the workshop."),
    ],
)
def test_what_is_left_over_is_a_remark(text: str, remark: str) -> None:
    assert RunningOrder(text, 210).remark == remark


def times(starts_at: datetime) -> list[str]:
    order = RunningOrder("15 Arrive\n60 Talk\n20 Break", 210, starts_at)
    return [clock(part.starts_at, LONDON) for part in order if part.starts_at]


def test_times_move_as_one_with_the_start() -> None:
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
def test_times_go_by_the_minutes_that_pass_when_clocks_change(
    starts_at: datetime, expected: list[str]
) -> None:
    assert times(starts_at) == expected


def test_form_keeps_what_was_typed_and_says_what_is_wrong() -> None:
    form = WorkshopPlanForm(PLAN | {"agenda": "15 Arrive\nTalk"})

    assert form.errors == {
        "agenda": ["Line 2, “Talk”, does not begin with its minutes. Write “15 Arrive and coffee”."]
    }
    assert form["agenda"].value() == "15 Arrive\nTalk"


def test_form_refuses_an_agenda_longer_than_the_workshop() -> None:
    form = WorkshopPlanForm(PLAN | {"agenda": "• 15 Arrive\n• 200 Talk"})

    assert form.errors == {
        "agenda": [
            "The agenda takes 215 minutes and the workshop 210: line 2, “Talk”, goes past the end."
        ]
    }


def test_form_takes_a_shorter_one_and_says_it_one_way() -> None:
    form = WorkshopPlanForm(PLAN | {"agenda": "– 15 min: Arrive\r\n\r\n20 Talk"})

    assert form.is_valid()
    assert form.cleaned_data["agenda"] == "15 Arrive\n20 Talk"


def test_shipped_agendas_fill_the_half_day_with_a_break(plans: list[WorkshopPlan]) -> None:
    for plan in plans:
        check_length(read_lines(plan.agenda), plan.length_minutes)
        assert plan.running_order.remark == ""
        assert [part.minutes for part in plan.running_order if part.title == "Break"] == [20]


def test_programme_shows_how_each_half_day_runs(
    outsider_client: Client, administrator_client: Client, plans: list[WorkshopPlan]
) -> None:
    WorkshopPlan.objects.filter(position=2).update(agenda="150 Talk")
    page = url("programme_detail", plans[0].programme)

    assert "How it runs Arrive, coffee, and a name badge without a title 15 min" in words(
        outsider_client.get(page)
    )
    assert "1 hour is left over." not in words(outsider_client.get(page))
    assert "1 hour is left over." in words(administrator_client.get(page))
