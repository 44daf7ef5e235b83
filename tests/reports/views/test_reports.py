"""The report's pages: content, permissions and number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from reports import pdf_files
from reports.exports import as_csv
from reports.figures import figures_of
from surveys.opening import get_or_create_survey
from surveys.submission import submit
from tests.queries import CapturedQueries
from tests.reports.hand_worked import DAY, FINISHED, LENGTH, LONG_AGO, STARTS, HandWorked
from tests.reports.test_exports import EXPECTED, day, found, read_xlsx
from workshops.models import Workshop

PAGES = ("report_detail", "report_csv", "report_xlsx", "report_pdf", "report_pdf_wait")
MOST_QUERIES = 15


@pytest.fixture(autouse=True)
def moment() -> Iterator[Any]:
    with time_machine.travel(FINISHED, tick=False) as traveller:
        yield traveller


def path(name: str, cohort: Cohort) -> str:
    return reverse(f"reports:{name}", args=[cohort.public_id])


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_page_shows_the_hand_worked_figures(
    hand_worked: HandWorked, facilitator_client: Client
) -> None:
    page = text(facilitator_client, path("report_detail", hand_worked.cohort))
    for tile in (
        "<b>82%</b> <span>attendance</span> <small>56 of 68 places</small>",
        "<b>87%</b> <span>commitment</span>",
        "<b>71%</b> <span>completion</span> <small>10 of 14 people at 4 or more</small>",
        "<b>50%</b> <span>answered the surveys</span> <small>23 of 46 asked; below 60%, so "
        "indicative</small>",
    ):
        assert page.count(tile) == 1, tile
    assert "5 of 5 workshops have taken place, 10 September to 24 December 2026" in strip_tags(page)
    assert "15 participants from 8 organisations" in page
    assert "3.9 on average" in page
    assert "while the cohort is running" not in page


def test_page_shows_a_distribution_from_eight_answers(
    hand_worked: HandWorked, facilitator_client: Client
) -> None:
    page = text(facilitator_client, path("report_detail", hand_worked.cohort))
    assert page.count('<svg role="img"') == 1
    assert "0 answered 1, 1 answered 2, 2 answered 3, 2 answered 4, 3 answered 5" in page
    assert "3.5 on average, to the nearest half" in page
    assert page.count("Not shown: fewer than five answered") == 1
    assert page.count("Shown when the survey has closed") == 1


def test_page_reports_gaps_in_the_registers(
    hand_worked: HandWorked, facilitator_client: Client
) -> None:
    page = text(facilitator_client, path("report_detail", hand_worked.cohort))
    register = reverse("workshops:register", args=[hand_worked.workshops[5].public_id])
    assert f'<a href="{register}">6. What next, together</a>: 1 of 14' in page


def test_page_of_a_running_cohort_is_marked_provisional(
    hand_worked: HandWorked, facilitator_client: Client, moment: Any
) -> None:
    moment.move_to(STARTS[1] + LENGTH)
    page = text(facilitator_client, path("report_detail", hand_worked.cohort))
    assert "2 of 5 workshops have taken place, 10 September to 1 October 2026" in strip_tags(page)
    assert "while the cohort is running" in page
    assert "<small>8 of 13 asked</small>" in page
    moment.move_to(STARTS[0] + LENGTH)
    page = text(facilitator_client, path("report_detail", hand_worked.cohort))
    assert (
        "<b>–</b> <span>answered the surveys</span> <small>no survey has closed yet</small>" in page
    )
    assert "1 of 5 workshops have taken place, 10 September 2026" in strip_tags(page)


def test_page_before_the_first_workshop_explains_what_will_appear(
    hand_worked: HandWorked, facilitator_client: Client, moment: Any
) -> None:
    moment.move_to(STARTS[0])
    page = text(facilitator_client, path("report_detail", hand_worked.cohort))
    assert "Nothing to report yet" in page
    assert "Download spreadsheet" not in page


def test_page_of_an_empty_cohort_is_shown(cohort: Cohort, facilitator_client: Client) -> None:
    assert "Nothing to report yet" in text(facilitator_client, path("report_detail", cohort))
    assert facilitator_client.get(path("report_csv", cohort)).status_code == 200
    assert facilitator_client.get(path("report_xlsx", cohort)).status_code == 200


def test_page_hides_the_reach_of_few_people(
    cohort: Cohort, participant: User, facilitator_client: Client
) -> None:
    Membership.objects.update(joined_at=LONG_AGO)
    make_workshop(cohort)
    page = text(facilitator_client, path("report_detail", cohort))
    assert "Not shown: fewer than five people took part." in page
    assert "participants from" not in page


def test_page_escapes_names(hand_worked: HandWorked, facilitator_client: Client) -> None:
    Cohort.objects.filter(pk=hand_worked.cohort.pk).update(name="<script>alert(1)</script>")
    page = text(facilitator_client, path("report_detail", hand_worked.cohort))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_csv_download_equals_the_commands_file(
    hand_worked: HandWorked, facilitator_client: Client
) -> None:
    response = facilitator_client.get(path("report_csv", hand_worked.cohort))
    assert response.content == as_csv(figures_of(hand_worked.cohort, FINISHED))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == (
        'attachment; filename="north-east-spring-2027-report-2026-12-31.csv"'
    )
    assert response["Cache-Control"] == "no-store, private"


def test_pdf_download_is_a_pdf(hand_worked: HandWorked, facilitator_client: Client) -> None:
    facilitator_client.post(path("report_pdf_request", hand_worked.cohort))
    pdf_files.make_pending()
    response = facilitator_client.get(path("report_pdf", hand_worked.cohort))
    assert response.content.startswith(b"%PDF-1.7")
    assert (response["Content-Type"], response["Content-Disposition"]) == (
        "application/pdf",
        'attachment; filename="north-east-spring-2027-report-2026-12-31.pdf"',
    )


def test_xlsx_download_contains_the_figures(
    hand_worked: HandWorked, facilitator_client: Client
) -> None:
    response = facilitator_client.get(path("report_xlsx", hand_worked.cohort))
    rows = found(read_xlsx(response.content))
    assert {name: tuple(map(day, rows[name])) for name in EXPECTED} == EXPECTED
    assert response["Content-Disposition"].endswith('.xlsx"')


@pytest.mark.parametrize("name", PAGES)
def test_report_requires_running_the_cohort(
    name: str,
    cohort: Cohort,
    client: Client,
    facilitator_client: Client,
    administrator_client: Client,
    participant_client: Client,
    outsider_client: Client,
    other_facilitator_client: Client,
) -> None:
    address = path(name, cohort)
    made = 302 if name == "report_pdf" else 200  # nobody has asked for it
    assert facilitator_client.get(address).status_code == made
    assert administrator_client.get(address).status_code == made
    assert participant_client.get(address).status_code == 403
    assert outsider_client.get(address).status_code == 404
    assert other_facilitator_client.get(address).status_code == 404
    visit = client.get(address)
    assert (visit.status_code, visit["Location"].split("?")[0]) == (302, reverse("account_login"))


def test_report_is_not_found_for_a_former_facilitator(
    cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    cohort.memberships.get(user=facilitator).leave(by=None, at=FINISHED)
    assert facilitator_client.get(path("report_detail", cohort)).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_report_refuses_post(name: str, cohort: Cohort, facilitator_client: Client) -> None:
    assert facilitator_client.post(path(name, cohort)).status_code == 405
    assert facilitator_client.head(path(name, cohort)).status_code in (200, 302)


def test_report_of_an_unknown_cohort_is_not_found(administrator_client: Client) -> None:
    address = reverse("reports:report_detail", args=["unknown00000"])
    assert administrator_client.get(address).status_code == 404


def test_list_shows_cohorts_that_the_user_runs(
    hand_worked: HandWorked, facilitator_client: Client, other_facilitator: User
) -> None:
    page = text(facilitator_client, reverse("reports:report_list"))
    assert (
        f'<a href="{path("report_detail", hand_worked.cohort)}">North East, spring 2027</a>' in page
    )
    assert "5 of 5 workshops have taken place" in page
    assert "Essex, spring 2027" not in page


def test_administrator_list_shows_all_cohorts(
    hand_worked: HandWorked, administrator_client: Client, other_facilitator: User
) -> None:
    page = text(administrator_client, reverse("reports:report_list"))
    assert "North East, spring 2027" in page
    assert "Essex, spring 2027" in page
    assert "No workshops yet" in page


def test_list_links_to_archived_cohorts(
    cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    cohort.archive(by=facilitator, at=FINISHED)
    response = facilitator_client.get(reverse("reports:report_list"))
    assert list(response.context["page"]) == []
    page = " ".join(response.content.decode().split())
    assert "All your cohorts are archived." in page
    archived = f"{reverse('reports:report_list')}?stage=archived"
    assert f'<a href="{archived}">Archived cohorts</a>' in page
    assert list(facilitator_client.get(archived).context["page"]) == [cohort]


def test_empty_list_offers_to_create_a_cohort(administrator_client: Client) -> None:
    page = text(administrator_client, reverse("reports:report_list"))
    assert f'href="{reverse("workshops:cohort_create")}">Create a cohort</a>' in page


def test_list_requires_running_a_cohort(
    client: Client, outsider_client: Client, participant_client: Client
) -> None:
    address = reverse("reports:report_list")
    assert client.get(address).status_code == 302
    assert outsider_client.get(address).status_code == 403
    assert participant_client.get(address).status_code == 403


def test_list_is_paginated(programme: Programme, administrator_client: Client) -> None:
    for number in range(31):
        Cohort.objects.create(programme=programme, name=f"Cohort {number:02}", place="Kent")
    address = reverse("reports:report_list")
    first = administrator_client.get(address)
    assert len(first.context["page"]) == 30
    after = f"{address}?after={first.context['page'].after}"
    assert text(administrator_client, after).count(">Cohort ") == 1
    assert text(administrator_client, f"{address}?after=nonsense").count(">Cohort ") == 30


def make_workshop(cohort: Cohort, position: int = 1) -> Workshop:
    return Workshop.objects.create(
        cohort=cohort,
        position=position,
        title=f"Workshop {position}",
        starts_at=STARTS[position - 1],
        ends_at=STARTS[position - 1] + LENGTH,
        scheduled_at=LONG_AGO,
    )


@pytest.fixture
def queries(facilitator_client: Client) -> Callable[[str], int]:
    def queries(address: str) -> int:
        if address.endswith(".pdf"):
            facilitator_client.post(address.replace("report.pdf", "report/pdf/request/"))
            pdf_files.make_pending()
        with CapturedQueries() as captured:
            assert facilitator_client.get(address).status_code == 200
        return len(captured)

    return queries


def join(cohort: Cohort, number: int, workshops: list[Workshop]) -> None:
    """Add new members to the cohort, who attend these workshops and answer their surveys."""
    known = User.objects.count()
    for place in range(known, known + number):
        user = User.objects.create_user(f"person-{place}@example.org", f"Person {place}")
        member = Membership.objects.create(cohort=cohort, user=user, joined_at=LONG_AGO)
        for workshop in workshops:
            workshop.attendances.create(
                membership=member, mark="present", marked_at=workshop.starts_at
            )
            submit(
                survey=get_or_create_survey(workshop),
                membership=member,
                answers={"spoke_openly": 4},
                at=workshop.starts_at + DAY if workshop.starts_at else LONG_AGO,
            )


@pytest.mark.parametrize("name", PAGES)
def test_queries_do_not_grow_with_people(
    name: str, cohort: Cohort, facilitator: User, queries: Callable[[str], int]
) -> None:
    join(cohort, 1, [make_workshop(cohort, position) for position in range(1, 7)])
    one = queries(path(name, cohort))
    join(cohort, 29, [])
    assert queries(path(name, cohort)) == one <= MOST_QUERIES


@pytest.mark.parametrize("name", PAGES)
def test_queries_do_not_grow_with_answers(
    name: str, cohort: Cohort, facilitator: User, queries: Callable[[str], int]
) -> None:
    workshops = [make_workshop(cohort, position) for position in range(1, 7)]
    join(cohort, 5, workshops)
    five = queries(path(name, cohort))
    join(cohort, 25, workshops)
    assert queries(path(name, cohort)) == five <= MOST_QUERIES


def test_list_queries_do_not_grow_with_cohorts(
    programme: Programme, facilitator: User, cohort: Cohort, queries: Callable[[str], int]
) -> None:
    address = reverse("reports:report_list")
    one = queries(address)
    for number in range(20):
        another = Cohort.objects.create(programme=programme, name=f"Cohort {number}", place="Kent")
        Membership.objects.create(
            cohort=another, user=facilitator, role=Membership.Role.FACILITATOR
        )
        make_workshop(another)
    assert queries(address) == one <= MOST_QUERIES
