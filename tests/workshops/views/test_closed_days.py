"""The pages of closed days: list, add, edit and delete; and all of them in a browser."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, FilePayload, Page, expect
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from cohorts.models import Cohort
from programmes.models import Programme
from workshops.models import ClosedDays

SignIn = Callable[[Page, User], None]
FIRST, LAST = date(2027, 3, 29), date(2027, 4, 9)


@pytest.fixture
def early_2027() -> Any:
    with time_machine.travel("2027-01-04 09:00Z", tick=False):
        yield


def url(view: str, cohort: Cohort, *closed: ClosedDays) -> str:
    return reverse(
        f"workshops:closed_days_{view}", args=[cohort.public_id, *(one.public_id for one in closed)]
    )


def create_period(cohort: Cohort | None, **fields: Any) -> ClosedDays:
    usual = {"kind": "school", "name": "Easter", "first": FIRST, "last": LAST}
    return ClosedDays.objects.create(cohort=cohort, **usual | fields)


def form_data(**fields: str) -> dict[str, str]:
    return {
        "kind": "school",
        "name": "Easter",
        "first": "2027-03-29",
        "last": "2027-04-09",
    } | fields


def saved_periods() -> list[tuple[str, str, date, date, bool]]:
    return [
        (one.kind, one.name, one.first, one.last, one.cohort_id is None)
        for one in ClosedDays.objects.all()
    ]


# The list of closed days


@pytest.mark.usefixtures("early_2027")
def test_list_groups_own_and_shared_periods_by_kind_and_separates_past(
    facilitator_client: Client, cohort: Cohort, programme: Programme
) -> None:
    easter, office = create_period(cohort), create_period(None, kind="host", name="Office move")
    over = create_period(cohort, name="Christmas", first=date(2026, 12, 20), last=date(2027, 1, 3))
    create_period(
        Cohort.objects.create(programme=programme, name="Essex", place="Essex"), name="Theirs"
    )
    shown = facilitator_client.get(url("list", cohort)).context
    assert shown["kinds"] == [("School holidays", [easter]), ("Our own closed days", [office])]
    assert shown["past"] == [over]


def test_empty_list_shows_help(facilitator_client: Client, cohort: Cohort) -> None:
    page = facilitator_client.get(url("list", cohort)).content.decode()
    assert "No closed days ahead" in page
    assert "Your council’s website" in page


@pytest.mark.parametrize(
    ("country", "words"),
    [
        ("scotland", "Bank holidays are already included (Scotland)."),
        ("elsewhere", "We don’t know the bank holidays of your country, so add them too."),
    ],
)
def test_list_says_whether_bank_holidays_are_included(
    facilitator_client: Client, cohort: Cohort, country: str, words: str
) -> None:
    Cohort.objects.filter(pk=cohort.pk).update(country=country)
    assert words in facilitator_client.get(url("list", cohort)).content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_list_query_count_is_constant(
    facilitator_client: Client,
    cohort: Cohort,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    for number in range(count):
        create_period(cohort, name=f"Closed {number}", last=date(2099, 1, 1))
    with django_assert_num_queries(5):
        facilitator_client.get(url("list", cohort))


# Adding, editing and deleting one period of closed days


def test_add_by_facilitator_saves_period_for_own_cohort_only(
    facilitator_client: Client, facilitator: User, cohort: Cohort
) -> None:
    response = facilitator_client.post(url("add", cohort), form_data(scope="every"))
    assert response.headers["Location"] == url("list", cohort)
    assert saved_periods() == [("school", "Easter", FIRST, LAST, False)]
    assert ClosedDays.objects.get().made_by == facilitator


def test_add_without_last_day_saves_single_day(facilitator_client: Client, cohort: Cohort) -> None:
    facilitator_client.post(url("add", cohort), form_data(last="", name="=1+1"))
    assert saved_periods() == [("school", "=1+1", FIRST, FIRST, False)]


def test_administrator_adds_period_for_every_cohort(
    administrator_client: Client, cohort: Cohort
) -> None:
    administrator_client.post(url("add", cohort), form_data(scope="every"))
    assert saved_periods() == [("school", "Easter", FIRST, LAST, True)]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Enter a name."),
        ("kind", "bank", "Choose a kind."),
        ("first", "2027-04-31", "Enter a real date, for example 18/03/2027."),
        ("last", "31 April", "Enter a real date, for example 18/03/2027."),
        ("last", "2027-03-01", "Enter a last day on or after the first day."),
        ("last", "2072-04-09", "Enter a last day within a year of the first day."),
    ],
)
def test_add_shows_errors_and_redisplays_input(
    facilitator_client: Client, cohort: Cohort, field: str, value: str, sentence: str
) -> None:
    form = facilitator_client.post(url("add", cohort), form_data(**{field: value})).context["form"]
    assert form.errors == {field: [sentence]}
    assert {name: form[name].value() for name in form_data()} == form_data(**{field: value})
    assert saved_periods() == []


@pytest.mark.parametrize("scope", ["this", "every"])
def test_add_refuses_duplicate(administrator_client: Client, cohort: Cohort, scope: str) -> None:
    for _ in range(2):
        response = administrator_client.post(url("add", cohort), form_data(scope=scope))
    assert response.context["form"].errors == {"name": ["These days are already in the list."]}
    assert len(saved_periods()) == 1


def test_edit_saves_period(facilitator_client: Client, cohort: Cohort) -> None:
    closed = create_period(cohort)
    facilitator_client.post(
        url("edit", cohort, closed), form_data(kind="host", name="Away", last="2027-03-30")
    )
    assert saved_periods() == [("host", "Away", FIRST, date(2027, 3, 30), False)]


def test_administrator_changes_scope_of_period(
    administrator_client: Client, cohort: Cohort
) -> None:
    closed = create_period(cohort)
    for scope, is_for_every in (("every", True), ("this", False)):
        administrator_client.post(url("edit", cohort, closed), form_data(scope=scope))
        assert saved_periods() == [("school", "Easter", FIRST, LAST, is_for_every)]


def test_delete_asks_for_confirmation(facilitator_client: Client, cohort: Cohort) -> None:
    closed = create_period(cohort)
    assert (
        "Delete “Easter”?" in facilitator_client.get(url("delete", cohort, closed)).content.decode()
    )
    assert len(saved_periods()) == 1
    assert facilitator_client.post(url("delete", cohort, closed)).headers["Location"] == url(
        "list", cohort
    )
    assert saved_periods() == []


@pytest.mark.parametrize("view", ["edit", "delete"])
def test_shared_period_can_be_changed_only_by_administrator(
    facilitator_client: Client, administrator_client: Client, cohort: Cohort, view: str
) -> None:
    closed = create_period(None)
    for method in ("get", "post"):
        assert getattr(facilitator_client, method)(url(view, cohort, closed)).status_code == 403
    assert administrator_client.get(url(view, cohort, closed)).status_code == 200


@pytest.mark.parametrize("view", ["edit", "delete"])
def test_period_of_another_cohort_returns_404(
    facilitator_client: Client, cohort: Cohort, programme: Programme, view: str
) -> None:
    theirs = create_period(Cohort.objects.create(programme=programme, name="Essex", place="Essex"))
    assert facilitator_client.post(url(view, cohort, theirs)).status_code == 404


# Browser tests of closed days


def add_in_form(page: Page, cohort: Cohort) -> None:
    page.goto(url("list", cohort))
    page.get_by_role("link", name="Add days").click()
    page.get_by_label("Name").fill("Half term")
    page.get_by_label("First day").fill("2098-10-25")
    page.get_by_label("Last day").fill("2098-10-20")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Enter a last day on or after the first day.")
    expect(page.get_by_label("Name")).to_have_value("Half term")
    page.get_by_label("Last day").fill("2098-10-29")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="School holidays")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Half term")).to_contain_text(
        "Saturday 25 October 2098 to Wednesday 29 October 2098"
    )


def import_and_delete(page: Page, cohort: Cohort) -> None:
    page.goto(url("list", cohort))
    page.get_by_role("link", name="Import a file").click()
    table = b"Name,First\nOffice move,25/12/2098\n"
    file: FilePayload = {"name": "days.csv", "mimeType": "text/csv", "buffer": table}
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_label("Our own closed days").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Office move")).to_be_checked()
    page.get_by_role("button", name="Add the ticked days").click()
    expect(page.get_by_text("Added 1: “Office move”.")).to_be_visible()
    page.get_by_role("link", name="Delete Office move").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("“Office move” deleted.")).to_be_visible()


@pytest.mark.parametrize("size", ["narrow_page", "wide_page"])
def test_closed_days_are_added_imported_and_deleted(
    size: str,
    request: pytest.FixtureRequest,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    facilitator: User,
    cohort: Cohort,
) -> None:
    page: Page = request.getfixturevalue(size)
    sign_in(page, facilitator)
    add_in_form(page, cohort)
    axe(page)
    import_and_delete(page, cohort)
    axe(page)


def test_closed_days_work_without_javascript(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: SignIn,
    facilitator: User,
    cohort: Cohort,
) -> None:
    page = new_context(java_script_enabled=False, base_url=live_site).new_page()
    sign_in(page, facilitator)
    add_in_form(page, cohort)
    import_and_delete(page, cohort)
