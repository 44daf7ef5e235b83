"""The search and the filters of the lists of cohorts, reports and people."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from programmes.models import Programme
from reports.models import FrozenReport
from workshops.models import Workshop

pytestmark = pytest.mark.both  # it searches

COHORTS, REPORTS, PEOPLE = "/cohorts/", "/reports/", "/people/"
NOW = timezone.now()
DAY = timedelta(days=1)


def cohort_named(name: str, programme: Programme, **facts: Any) -> Cohort:
    facts = {"place": name, **facts}
    return Cohort.objects.create(programme=programme, name=name, **facts)


def workshop(cohort: Cohort, position: int, starts_at: datetime | None, **facts: Any) -> Workshop:
    return Workshop.objects.create(
        cohort=cohort,
        position=position,
        title=f"Workshop {position}",
        starts_at=starts_at,
        ends_at=starts_at and starts_at + timedelta(hours=3),
        scheduled_at=starts_at and NOW,
        **facts,
    )


@pytest.fixture
def six(programme: Programme, administrator: User) -> dict[str, Cohort]:
    """A cohort at each stage, and two that will start."""
    names = ("later", "soon", "running", "planned", "finished", "archived")
    six = {name: cohort_named(name, programme) for name in names}
    workshop(six["later"], 1, NOW + 9 * DAY)
    workshop(six["soon"], 1, NOW + 3 * DAY)
    workshop(six["soon"], 2, NOW - 9 * DAY, cancelled_at=NOW)
    workshop(six["running"], 1, NOW - 9 * DAY)
    workshop(six["running"], 2, NOW + 5 * DAY)
    workshop(six["planned"], 1, NOW - 9 * DAY)
    workshop(six["planned"], 2, None)
    workshop(six["finished"], 1, NOW - 400 * DAY)
    workshop(six["finished"], 2, None, cancelled_at=NOW)
    six["archived"].archive(by=administrator, at=NOW)
    return six


def cohorts(client: Client, **parameters: str) -> list[str]:
    return [row.cohort.name for row in client.get(COHORTS, parameters).context["rows"]]


def reports(client: Client, **parameters: str) -> list[str]:
    return [cohort.name for cohort in client.get(REPORTS, parameters).context["page"]]


def people(client: Client, **parameters: str) -> list[str]:
    return [person.name for person in client.get(PEOPLE, parameters).context["people"]]


def test_cohorts_are_in_the_order_of_their_next_workshop(
    administrator_client: Client, six: dict[str, Cohort]
) -> None:
    expected = ["soon", "running", "later", "planned", "finished"]
    assert cohorts(administrator_client) == expected


@pytest.mark.parametrize(
    ("stage", "found"),
    [
        ("soon", ["soon", "later"]),
        ("running", ["running"]),
        ("planned", ["planned"]),
        ("finished", ["finished"]),
        ("archived", ["archived"]),
        ("nonsense", ["soon", "running", "later", "planned", "finished"]),
    ],
)
def test_cohorts_are_filtered_by_stage(
    administrator_client: Client, six: dict[str, Cohort], stage: str, found: list[str]
) -> None:
    assert cohorts(administrator_client, stage=stage) == found


def test_stage_is_what_the_row_says(administrator_client: Client, six: dict[str, Cohort]) -> None:
    rows = administrator_client.get(COHORTS).context["rows"]
    assert [(row.cohort.stage, row.state) for row in rows] == [
        ("soon", "Starts soon"),
        ("running", "Running"),
        ("soon", "Starts soon"),
        ("planned", "Being planned"),
        ("finished", "Finished"),
    ]


def test_cohorts_are_paged(
    administrator_client: Client, six: dict[str, Cohort], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("home.views.dashboards.COHORTS_A_PAGE", 2)
    first = administrator_client.get(COHORTS).context["page"]
    second = administrator_client.get(COHORTS, {"after": first.after}).context["page"]
    third = administrator_client.get(COHORTS, {"after": second.after}).context["page"]
    assert [one.name for page in (first, second, third) for one in page] == [
        *("soon", "running", "later", "planned", "finished")
    ]
    back = administrator_client.get(COHORTS, {"before": third.before}).context["page"]
    assert back.rows == second.rows


def test_reports_to_freeze_come_first_and_frozen_ones_last(
    administrator_client: Client, six: dict[str, Cohort], administrator: User, programme: Programme
) -> None:
    frozen = cohort_named("frozen", programme)
    workshop(frozen, 1, NOW - 9 * DAY)
    FrozenReport.objects.create(
        cohort=frozen, frozen_at=NOW, frozen_by=administrator, values=[], csv=b"", xlsx=b""
    )
    found = reports(administrator_client)
    assert (found[:2], found[-1]) == (["finished", "running"], "frozen")
    assert reports(administrator_client, frozen="yes") == ["frozen"]
    assert "frozen" not in reports(administrator_client, frozen="no")
    assert reports(administrator_client, frozen="nonsense") == found


def test_search_ignores_case_and_accents(
    administrator_client: Client, programme: Programme, six: dict[str, Cohort]
) -> None:
    cohort = cohort_named("Chloé’s run", programme, place="Łódź")
    user = User.objects.create_user("z@example.org", "Zoë Å")
    larder = Organisation.objects.create(name="Théo’s Larder", name_key="théo's larder")
    Membership.objects.create(cohort=cohort, user=user, organisation=larder)
    assert cohorts(administrator_client, q="LODZ chloe's") == [cohort.name]
    assert reports(administrator_client, q="lodz") == [cohort.name]
    for words in ("zoe", "ZOË", "zo a", "theo's larder", "th", "z@example"):
        assert people(administrator_client, q=words) == ["Zoë Å"], words
    assert people(administrator_client, q="zoe tynewick") == []


def test_filters_by_programme_place_funder_and_facilitator(
    administrator_client: Client, programme: Programme, six: dict[str, Cohort]
) -> None:
    other = Programme.objects.create(name="Another")
    cohort = cohort_named("Kent 1", other, place="Kent", funder="Big Fund")
    cohort_named("Kent 2", programme, place="Kent", funder="Small Fund")
    user = User.objects.create_user("f@example.org", "Fay")
    Membership.objects.create(cohort=cohort, user=user, role="facilitator")
    second = User.objects.create_user("g@example.org", "Gus")
    Membership.objects.create(cohort=six["soon"], user=second, role="facilitator")
    for parameters in (
        {"programme": other.public_id},
        {"place": "Kent", "funder": "Big Fund"},
        {"funder": "Big Fund"},
        {"facilitator": user.public_id},
    ):
        assert cohorts(administrator_client, **parameters) == ["Kent 1"], parameters
        assert people(administrator_client, **parameters) == ["Fay"], parameters
    page = administrator_client.get(COHORTS, {"place": "Kent"}).content.decode()
    assert '<option value="Kent" selected>' in page
    assert '<details class="fold" open>' in page


def test_year_finds_cohorts_with_a_workshop_in_it(
    administrator_client: Client, six: dict[str, Cohort]
) -> None:
    workshop(six["finished"], 3, datetime(2019, 6, 1, 9, tzinfo=NOW.tzinfo))
    assert cohorts(administrator_client, year="2019") == ["finished"]
    assert len(cohorts(administrator_client, year="1999")) == 5


def test_nothing_found_says_what_to_do(
    administrator_client: Client, six: dict[str, Cohort]
) -> None:
    for path in (COHORTS, REPORTS, PEOPLE):
        page = administrator_client.get(path, {"q": "nowhere"}).content.decode()
        assert f'<a class="button" href="{path}">Show ' in page, path


@pytest.mark.parametrize("path", [COHORTS, REPORTS, PEOPLE, "/people/export/", "/organisations/"])
@pytest.mark.parametrize("value", ["x" * 5000, "a " * 49, "%", "é\u202e", "-1"])
def test_hostile_values_of_filters_are_harmless(
    administrator_client: Client, six: dict[str, Cohort], path: str, value: str
) -> None:
    names = "q programme place year stage facilitator funder frozen sort after before person sector"
    for name in names.split():
        assert administrator_client.get(path, {name: value}).status_code == 200, name


# What a user may search


def test_facilitator_finds_nothing_of_other_cohorts(
    facilitator_client: Client,
    cohort: Cohort,
    participant: User,
    other_facilitator: User,
    programme: Programme,
) -> None:
    """Neither the results nor the choices of the filters come from another cohort."""
    Cohort.objects.filter(name__startswith="Essex").update(funder="Secret Fund")
    Cohort.objects.filter(pk=cohort.pk).update(funder="Own Fund")
    second = cohort_named("North East 2", programme, funder="Third Fund")
    Membership.objects.create(
        cohort=second, user=User.objects.get(name="Ruth Okafor"), role="facilitator"
    )
    for path in (COHORTS, REPORTS, PEOPLE):
        page = facilitator_client.get(path).content.decode()
        assert "Own Fund" in page
        for secret in ("Secret Fund", "Essex", "Tom Elsewhere"):
            assert secret not in page, (path, secret)
    assert cohorts(facilitator_client, q="essex") == []
    assert people(facilitator_client, q="elsewhere") == []
    essex = {"facilitator": other_facilitator.public_id}
    assert len(cohorts(facilitator_client, **essex)) == 2  # not a choice, so it is ignored


def test_participants_cannot_find_out_who_pays(
    participant_client: Client, cohort: Cohort, programme: Programme, participant: User
) -> None:
    other = cohort_named("Second", programme, funder="Other Fund")
    Membership.objects.create(cohort=other, user=participant)
    Cohort.objects.filter(pk=cohort.pk).update(funder="Secret Fund", funder_reference="G-17")
    both = {cohort.name, "Second"}
    assert set(cohorts(participant_client, funder="Secret Fund")) == both
    assert set(cohorts(participant_client, frozen="yes")) == both
    assert cohorts(participant_client, q="secret") == cohorts(participant_client, q="G-17") == []
    page = participant_client.get(COHORTS, {"q": "n"}).content.decode()
    assert "Fund" not in page


def test_facilitators_cannot_find_out_who_pays_for_a_cohort_that_they_take_part_in(
    facilitator_client: Client, facilitator: User, cohort: Cohort, programme: Programme
) -> None:
    elsewhere = cohort_named("Elsewhere", programme, funder="Fund A")
    Membership.objects.create(cohort=elsewhere, user=facilitator)
    Cohort.objects.filter(pk=cohort.pk).update(funder="Fund A")
    second = cohort_named("Own", programme, funder="Fund B")
    Membership.objects.create(cohort=second, user=facilitator, role="facilitator")
    assert cohorts(facilitator_client, funder="Fund A") == [cohort.name]
    assert "Elsewhere" not in cohorts(facilitator_client, frozen="no")


def test_people_whom_email_cannot_reach_come_first_if_asked(
    administrator_client: Client, participant: User, cohort: Cohort
) -> None:
    unreached = User.objects.create(name="Zed", email="")
    Membership.objects.create(cohort=cohort, user=unreached)
    assert people(administrator_client, sort="attention")[0] == "Zed"
    assert people(administrator_client)[-1] == "Zed"
