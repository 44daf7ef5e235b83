"""Importing closed days from a file: the preview with a tick for each line, and saving it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort
from programmes.models import Programme
from tests.workshops.views.test_closed_days import (
    FIRST,
    LAST,
    create_period,
    early_2027,
    saved_periods,
    url,
)
from workshops.models import ClosedDays
from workshops.planning.closed_days import import_periods
from workshops.planning.closed_days_files.lines import Period
from workshops.planning.closed_days_files.reader import MAX_BYTES, TOO_MANY_BYTES

__all__ = ["early_2027"]

TODAY = date(2027, 1, 4)
TABLE = b"Name,First day,Last day\nEaster,29/03/2027,09/04/2027\nOver,01/12/2026,\n"


def messages_of(response: HttpResponse) -> list[str]:
    request = response.wsgi_request  # type: ignore[attr-defined]
    return [str(message) for message in get_messages(request)]


def upload(
    client: Client, cohort: Cohort, content: bytes, name: str = "days.csv", **fields: str
) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(url("import", cohort), {"kind": "host", "file": file} | fields)


def preview_data(response: HttpResponse) -> dict[str, Any]:
    """Return what a browser posts from a preview if nobody changes a tick."""
    form = response.context["form"]  # type: ignore[attr-defined]
    names = ("lines", "kind", "reading_token", *(["scope"] if "scope" in form.fields else []))
    return {name: form[name].value() for name in names}


def save(client: Client, cohort: Cohort, preview: HttpResponse, **changes: Any) -> Any:
    return client.post(url("import_save", cohort), preview_data(preview) | changes)


@pytest.mark.usefixtures("early_2027")
def test_import_reports_result_and_skips_duplicates(
    facilitator_client: Client, cohort: Cohort
) -> None:
    preview = upload(facilitator_client, cohort, TABLE)
    assert saved_periods() == []
    response = save(facilitator_client, cohort, preview)
    assert response.headers["Location"] == url("list", cohort)
    assert messages_of(response) == ["Added 1: “Easter”. 1 is in the past and was left out."]
    again = save(facilitator_client, cohort, preview)
    assert messages_of(again)[-1] == (
        "Nothing was added. 1 was already in the list. 1 is in the past and was left out."
    )
    assert saved_periods() == [("host", "Easter", FIRST, LAST, False)]


@pytest.mark.usefixtures("early_2027")
def test_administrator_imports_periods_for_every_cohort(
    administrator_client: Client, cohort: Cohort
) -> None:
    preview = upload(administrator_client, cohort, TABLE, kind="school", scope="every")
    save(administrator_client, cohort, preview)
    assert saved_periods() == [("school", "Easter", FIRST, LAST, True)]


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"x" * (10 * MAX_BYTES), "days.ics", TOO_MANY_BYTES),
        (b"", "days.ics", "Choose another file. This one is empty."),
        (
            b"Name,First,Last\nEaster,31 April 2027,\n",
            "days.csv",
            "Row 2: correct the date and try again. There is no 31 April 2027.",
        ),
    ],
)
def test_import_shows_file_error_and_redisplays_input(
    administrator_client: Client, cohort: Cohort, content: bytes, name: str, sentence: str
) -> None:
    form = upload(administrator_client, cohort, content, name, scope="every").context["form"]
    assert form.errors == {"file": [sentence]}
    assert (form["kind"].value(), form["scope"].value()) == ("host", "every")
    assert saved_periods() == []


TERMS = (
    b"Event,Start date,End date\nSpring term,04/01/2027,26/03/2027\n"
    b"Half term,15/02/2027,19/02/2027\nDates may change,,\n"
)
HALF_TERM = ("host", "Half term", date(2027, 2, 15), date(2027, 2, 19), False)


@pytest.mark.usefixtures("early_2027")
def test_preview_ticks_holidays_and_lists_what_was_not_read(
    facilitator_client: Client, cohort: Cohort
) -> None:
    preview = upload(facilitator_client, cohort, TERMS)
    form = preview.context["form"]
    assert [(index, str(label)) for index, label in form.fields["lines"].choices] == [
        (0, "Spring term"),
        (1, "Half term"),
    ]
    assert form["lines"].value() == [1]
    page = preview.content.decode()
    assert "Monday 15 February 2027 to Friday 19 February 2027" in page
    assert "1 line starts unticked" in page
    assert "Row 4: enter the first day" in page
    save(facilitator_client, cohort, preview)
    assert saved_periods() == [HALF_TERM]


@pytest.mark.usefixtures("early_2027")
def test_only_ticked_lines_are_saved(facilitator_client: Client, cohort: Cohort) -> None:
    preview = upload(facilitator_client, cohort, TERMS)
    save(facilitator_client, cohort, preview, lines=["0"])
    assert [name for _, name, *_ in saved_periods()] == ["Spring term"]


@pytest.mark.usefixtures("early_2027")
@pytest.mark.parametrize("lines", [[], ["x"], ["99999"]])
def test_nothing_ticked_shows_error_and_the_lines(
    facilitator_client: Client, cohort: Cohort, lines: list[str]
) -> None:
    preview = upload(facilitator_client, cohort, TERMS)
    response = save(facilitator_client, cohort, preview, lines=lines)
    assert response.context["form"].errors == {"lines": ["Tick at least one line, or cancel."]}
    assert "Half term" in response.content.decode()
    assert saved_periods() == []


@pytest.mark.usefixtures("early_2027")
def test_listed_lines_are_not_offered_again(facilitator_client: Client, cohort: Cohort) -> None:
    create_period(cohort, kind="host")
    preview = upload(facilitator_client, cohort, TABLE)
    assert preview.context["left_out"] == [
        "1 was already in the list.",
        "1 is in the past and was left out.",
    ]
    assert "There is nothing to add." in preview.content.decode()


@pytest.mark.usefixtures("early_2027")
def test_preview_can_be_saved_only_for_its_cohort_and_unchanged(
    facilitator_client: Client, administrator_client: Client, cohort: Cohort, programme: Programme
) -> None:
    preview = upload(facilitator_client, cohort, TABLE)
    token = preview_data(preview)["reading_token"]
    response = save(facilitator_client, cohort, preview, reading_token=token[:-1] + "~")
    assert response.headers["Location"] == url("import", cohort)
    other = Cohort.objects.create(programme=programme, name="Essex", place="Essex")
    data = preview_data(preview)
    response = administrator_client.post(url("import_save", other), data)
    assert response.headers["Location"] == url("import", other)
    assert saved_periods() == []


@pytest.mark.usefixtures("early_2027")
def test_facilitator_cannot_save_lines_for_every_cohort(
    facilitator_client: Client, cohort: Cohort
) -> None:
    preview = upload(facilitator_client, cohort, TABLE)
    save(facilitator_client, cohort, preview, scope="every")
    assert saved_periods() == [("host", "Easter", FIRST, LAST, False)]


def test_import_without_file_shows_error(facilitator_client: Client, cohort: Cohort) -> None:
    form = facilitator_client.post(url("import", cohort), {"kind": "school"}).context["form"]
    assert form.errors == {"file": ["Choose a file."]}


def test_import_leaves_periods_of_others_unchanged(cohort: Cohort, facilitator: User) -> None:
    theirs = create_period(None)
    periods = [
        Period(FIRST, LAST, "Easter"),
        Period(TODAY - timedelta(2), TODAY - timedelta(1), "Over"),
    ]
    result = import_periods(
        periods=periods,
        kind="school",
        cohort=cohort,
        today=TODAY,
        by=facilitator,
        at=theirs.made_at,
    )
    names = [period.name for period in result.added]
    assert (names, result.known_count, result.past_count) == (["Easter"], 0, 1)
    assert ClosedDays.objects.count() == 2
