from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort
from tests.factories import JANUARY
from tests.workshops.plan_form import DAYS, RECURRENCE, dates_form_data, local_starts
from workshops.changes.change_log import sequence_token
from workshops.models import ClosedDays, Workshop

Schedule = Callable[..., Workshop]


@pytest.fixture(autouse=True)
def now() -> object:
    with time_machine.travel(JANUARY, tick=False):
        yield


@pytest.fixture
def url(cohort: Cohort, workshops: list[Workshop]) -> str:
    return f"/cohorts/{cohort.public_id}/plan/"


@pytest.fixture
def confirm_url(url: str) -> str:
    return f"{url}confirm/"


@pytest.fixture
def dates(workshops: list[Workshop]) -> dict[str, str]:
    return dates_form_data(workshops)


def shown_times(response: object) -> list[tuple[str, ...]]:
    """Return the date, start and end that each row of the form shows."""
    rows = response.context["rows"]  # type: ignore[attr-defined]
    return [tuple(str(field.value()) for field in row.when) for row in rows if row.fields]


# Proposed dates for a recurrence


def test_first_visit_proposes_default_recurrence_and_saves_nothing(
    facilitator_client: Client, cohort: Cohort, url: str
) -> None:
    response = facilitator_client.get(url)
    assert [day for day, _, _ in shown_times(response)] == [
        "2027-02-04",
        "2027-02-25",
        "2027-03-18",
        "2027-04-08",
        "2027-04-29",
        "2027-05-20",
    ]
    assert local_starts(cohort) == []


def test_first_visit_starts_on_day_without_clash(
    facilitator_client: Client, cohort: Cohort, url: str
) -> None:
    ClosedDays.objects.create(
        kind="school",
        name="Half term",
        first=date(2027, 2, 1),
        last=date(2027, 2, 12),
        cohort=cohort,
    )
    page = facilitator_client.get(url)
    assert page.context["recurrence"]["first"].value() == "2027-02-18"
    assert [day for day, _, _ in shown_times(page)][:2] == ["2027-02-18", "2027-03-11"]
    assert [row.why for row in page.context["rows"]][:2] == ["", ""]


def test_recurrence_proposes_local_times_across_clock_change(
    facilitator_client: Client, cohort: Cohort, url: str
) -> None:
    response = facilitator_client.post(url, RECURRENCE | {"half_day": "afternoon", "propose": ""})
    assert shown_times(response) == [(day, "13:30", "17:00") for day in DAYS]
    assert "Thursday 15 April 2027, 1:30pm to 5pm" in response.content.decode()
    assert local_starts(cohort) == []


def test_changing_recurrence_retains_other_input(
    facilitator_client: Client, url: str, dates: dict[str, str]
) -> None:
    typed = {"2-venue": "Library", "3-link": "https://meet.example.org/3", "4-venue": ""}
    page = facilitator_client.post(
        url, dates | typed | {"weeks": "2", "usual_venue": "Fire Station", "propose": ""}
    )
    form = page.context["form"]
    assert [form[f"{number}-venue"].value() for number in (1, 2, 4)] == [
        "Town Hall",
        "Library",
        "Fire Station",
    ]
    assert form["3-link"].value() == "https://meet.example.org/3"
    assert [day for day, _, _ in shown_times(page)][:2] == ["2027-03-04", "2027-03-18"]


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"first": "2027-04-31"}, "first", "Enter a real date, for example 18/03/2027."),
        ({"first": ""}, "first", "Enter a date."),
        ({"first": "9999-12-31"}, "first", "Enter a date before 2100."),
        ({"first": "0001-01-01"}, "first", "Enter a date in 2000 or later."),
        (
            {"usual_link": "javascript:alert(1)"},
            "usual_link",
            "Enter a link that starts with https://.",
        ),
        (
            {"usual_venue": "x" * 100_000},
            "usual_venue",
            "Shorten this to 300 characters; it has 100000.",
        ),
    ],
)
def test_invalid_recurrence_shows_error_and_retains_list(
    facilitator_client: Client,
    url: str,
    dates: dict[str, str],
    wrong: dict[str, str],
    field: str,
    words: str,
) -> None:
    response = facilitator_client.post(url, dates | wrong | {"propose": ""})
    assert (response.status_code, response.context["recurrence"].errors[field]) == (200, [words])
    assert response.context["recurrence"][field].value() == wrong[field]
    assert shown_times(response) == [(day, "09:30", "13:00") for day in DAYS]


@pytest.mark.parametrize("nonsense", ["\0", "-1", "99999999999999999999", "five", "\u202e"])
def test_malformed_recurrence_is_rejected(
    facilitator_client: Client, url: str, nonsense: str
) -> None:
    for field in ("weeks", "half_day", "first", "keep_clear"):
        response = facilitator_client.post(url, RECURRENCE | {field: nonsense, "propose": ""})
        assert (response.status_code, list(response.context["recurrence"].errors)) == (200, [field])


# Confirming and saving the dates


def test_confirm_saves_all_dates(
    facilitator_client: Client, cohort: Cohort, confirm_url: str, dates: dict[str, str]
) -> None:
    response = facilitator_client.post(confirm_url, dates)
    assert response.headers["Location"] == cohort.get_absolute_url()
    assert local_starts(cohort) == [f"{day} 09:30" for day in DAYS]
    first = cohort.workshops.order_by("position")[0]
    assert (first.venue, first.scheduled_at, first.version, first.length_minutes) == (
        "Town Hall",
        JANUARY,
        1,
        210,
    )


def test_confirm_twice_changes_nothing(
    facilitator_client: Client, cohort: Cohort, confirm_url: str, dates: dict[str, str]
) -> None:
    for _ in range(2):
        facilitator_client.post(confirm_url, dates)
    assert list(cohort.workshops.values_list("version", flat=True)) == [1] * 6


def test_second_visit_shows_saved_dates(
    facilitator_client: Client, url: str, confirm_url: str, dates: dict[str, str]
) -> None:
    facilitator_client.post(confirm_url, dates | {"2-starts": "10:00"})
    response = facilitator_client.get(url)
    assert shown_times(response)[:2] == [(DAYS[0], "09:30", "13:00"), (DAYS[1], "10:00", "13:00")]


def test_date_can_be_left_empty(
    facilitator_client: Client, cohort: Cohort, confirm_url: str, dates: dict[str, str]
) -> None:
    facilitator_client.post(confirm_url, dates)
    seen = sequence_token(cohort.workshops.all())
    facilitator_client.post(
        confirm_url, dates | {"6-day": "", "6-starts": "", "6-ends": "", "seen": seen}
    )
    assert local_starts(cohort) == [f"{day} 09:30" for day in DAYS[:5]]


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"2-day": "2027-04-31"}, "2-day", "Enter a real date, for example 18/03/2027."),
        ({"2-day": ""}, "2-day", "Enter the date, or leave the times empty too."),
        ({"2-starts": ""}, "2-starts", "Enter a start time."),
        ({"2-ends": ""}, "2-ends", "Enter an end time."),
        ({"2-starts": "half nine"}, "2-starts", "Enter a time, for example 09:30."),
        ({"2-starts": "25:00"}, "2-starts", "Enter a time, for example 09:30."),
        ({"2-ends": "09:00"}, "2-ends", "Enter an end time after the start time, on the same day."),
        ({"2-ends": "09:30"}, "2-ends", "Enter an end time after the start time, on the same day."),
        ({"2-ends": "09:40"}, "2-ends", "Enter an end time at least half an hour after the start."),
        (
            {"2-starts": "06:00", "2-ends": "23:00"},
            "2-ends",
            "Enter an end time within 12 hours of the start.",
        ),
        (
            {"2-day": "2027-03-28", "2-starts": "01:30"},
            "2-starts",
            "Choose another time. The clocks go forward, so 1:30am does not exist on Sunday 28 "
            "March 2027.",
        ),
        (
            {"6-day": "2027-10-31", "6-starts": "01:30"},
            "6-starts",
            "Choose another time. The clocks go back, so 1:30am happens twice on Sunday 31 "
            "October 2027.",
        ),
        (
            {"2-day": "2027-03-01"},
            "2-day",
            "Choose a later time. Workshop 1 is not over by then (Thursday 4 March 2027, 9:30am "
            "to 1pm).",
        ),
        (
            {"2-day": "2027-03-04", "2-starts": "12:00", "2-ends": "15:00"},
            "2-day",
            "Choose a later time. Workshop 1 is not over by then (Thursday 4 March 2027, 9:30am "
            "to 1pm).",
        ),
        ({"2-link": "javascript:alert(1)"}, "2-link", "Enter a link that starts with https://."),
        (
            {"2-link": "ftp://files.example.org/"},
            "2-link",
            "Enter a link that starts with https://.",
        ),
        ({"2-link": "http://[::1"}, "2-link", "Enter a link that starts with https://."),
        ({"2-venue": "x" * 100_000}, "2-venue", "Shorten this to 300 characters; it has 100000."),
    ],
)
def test_confirm_shows_field_errors_and_saves_nothing(
    facilitator_client: Client,
    cohort: Cohort,
    confirm_url: str,
    dates: dict[str, str],
    wrong: dict[str, str],
    field: str,
    words: str,
) -> None:
    response = facilitator_client.post(confirm_url, dates | wrong)
    form = response.context["form"]
    assert (response.status_code, dict(form.errors)) == (200, {field: [words]})
    assert response.content.decode().count(words) == 2  # in the summary and beside the field
    assert {name: form[name].value() for name in wrong} == wrong
    assert [row.has_errors for row in response.context["rows"]].count(True) == 1
    assert local_starts(cohort) == []


@pytest.mark.parametrize("nonsense", ["\0", "9" * 400, "\u202e", "0001-01-01", "99:99"])
def test_confirm_handles_malformed_input(
    facilitator_client: Client, confirm_url: str, dates: dict[str, str], nonsense: str
) -> None:
    for name in ("day", "starts", "ends", "link"):
        response = facilitator_client.post(confirm_url, dates | {f"3-{name}": nonsense})
        assert list(response.context["form"].errors) == [f"3-{name}"]


def test_link_without_scheme_becomes_https(
    facilitator_client: Client, cohort: Cohort, confirm_url: str, dates: dict[str, str]
) -> None:
    facilitator_client.post(confirm_url, dates | {"1-link": "meet.example.org/1"})
    assert cohort.workshops.get(position=1).joining_link == "https://meet.example.org/1"


def test_row_with_error_does_not_say_date_to_be_agreed(
    facilitator_client: Client, url: str, dates: dict[str, str]
) -> None:
    page = facilitator_client.post(url, dates | {"2-ends": "09:00"}).content.decode()
    row = page.split('id="workshop-2"')[1].split('id="workshop-3"')[0]
    assert "Correct the errors below" in row
    assert '<span class="tag warn">Correct this</span>' in row
    assert "Date to be agreed" not in page


def test_plan_headings_show_number_of_workshops(
    facilitator_client: Client, workshops: list[Workshop], url: str
) -> None:
    assert "<h1>Plan the six workshops</h1>" in facilitator_client.get(url).content.decode()
    for workshop in workshops[1:]:
        workshop.delete()
    page = facilitator_client.get(url).content.decode()
    assert "<h1>Plan the workshop</h1>" in page
    assert '<h2 id="dates">One date</h2>' in page


@pytest.mark.parametrize("first", ["2027-01-03", "2024-01-04", "2000-01-01"])
def test_first_day_in_the_past_is_one_error_at_its_field(
    facilitator_client: Client, url: str, first: str, dates: dict[str, str]
) -> None:
    page = facilitator_client.post(url, dates | {"first": first, "propose": ""})
    words = "Enter today’s date or a later one."
    assert dict(page.context["recurrence"].errors) == {"first": [words]}
    assert dict(page.context["form"].errors) == {}
    assert page.content.decode().count(words) == 2  # in the summary and beside the field
    assert "in the past" not in page.content.decode()
    assert [day for day, _, _ in shown_times(page)] == DAYS


# Past and cancelled workshops


def test_past_and_cancelled_workshops_are_shown_unchanged(
    facilitator_client: Client,
    facilitator: User,
    cohort: Cohort,
    workshops: list[Workshop],
    schedule: Schedule,
    url: str,
    confirm_url: str,
    dates: dict[str, str],
) -> None:
    schedule(workshops[0], datetime(2026, 12, 10, 9, 30, tzinfo=UTC))
    workshops[1].cancel(by=facilitator, at=JANUARY)
    page = facilitator_client.post(url, RECURRENCE | {"propose": ""})
    assert [day for day, _, _ in shown_times(page)] == DAYS[:4]
    assert "Thursday 10 December 2026, 9:30am to 1pm" in page.content.decode()
    facilitator_client.post(confirm_url, dates | {"seen": sequence_token(cohort.workshops.all())})
    assert local_starts(cohort) == ["2026-12-10 09:30", *(f"{day} 09:30" for day in DAYS[2:])]


def test_dates_after_a_later_completed_workshop_are_refused(
    facilitator_client: Client,
    workshops: list[Workshop],
    schedule: Schedule,
    url: str,
    dates: dict[str, str],
) -> None:
    schedule(workshops[2], datetime(2026, 12, 10, 9, 30, tzinfo=UTC))
    errors = facilitator_client.post(url, dates).context["form"].errors
    assert sorted(errors) == ["1-day", "2-day"]
    assert errors["1-day"] == [
        "Choose an earlier time. Workshop 3 starts before this (Thursday 10 December 2026, 9:30am "
        "to 1pm)."
    ]


def test_past_date_requires_reason(
    facilitator_client: Client, cohort: Cohort, url: str, confirm_url: str, dates: dict[str, str]
) -> None:
    typed = dates | {"1-day": "2026-12-03", "1-venue": "Library"}
    for address, pressed in ((url, {"confirm": ""}), (confirm_url, {})):
        page = facilitator_client.post(address, typed | pressed)
        assert dict(page.context["form"].errors) == {
            "1-day": [
                "Choose a later date, as this one has passed. To keep it, give a reason"
                " below (for example, that the workshop took place then)."
            ]
        }
        assert 'name="1-override"' in page.content.decode()
        assert page.context["form"]["1-venue"].value() == "Library"
    assert local_starts(cohort) == []
    facilitator_client.post(confirm_url, typed | {"1-override": "It was held then."})
    assert local_starts(cohort)[0] == "2026-12-03 09:30"
    assert cohort.workshops.get(position=1).override_reason == "It was held then."
