"""The plan page's reasons, clashes and changes to single dates, and the confirmation page."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Country, Membership
from outbox.forecast import foresee
from tests.factories import JANUARY
from workshops.availability import polls
from workshops.changes.change_log import sequence_token
from workshops.models import ClosedDays, Workshop
from workshops.planning.constraints import KeepClear

RECURRENCE = {"first": "2027-03-04", "weeks": "3", "half_day": "morning"}
ALL = list(KeepClear.values)
Schedule = Callable[..., Workshop]
Typed = dict[str, str | list[str]]


@pytest.fixture(autouse=True)
def now() -> object:
    with time_machine.travel(JANUARY, tick=False):
        yield


@pytest.fixture
def url(cohort: Cohort, workshops: list[Workshop]) -> str:
    return f"/cohorts/{cohort.public_id}/plan/"


@pytest.fixture
def typed(facilitator_client: Client, url: str, workshops: list[Workshop]) -> Typed:
    """The form data of the page that proposes dates, with every constraint selected."""
    return form_data_of(
        facilitator_client.post(url, RECURRENCE | {"keep_clear": ALL, "propose": ""}), workshops
    )


@pytest.fixture
def easter(cohort: Cohort) -> ClosedDays:
    return ClosedDays.objects.create(
        kind=ClosedDays.Kind.SCHOOL,
        name="Easter",
        first=date(2027, 4, 12),
        last=date(2027, 4, 16),
        cohort=cohort,
    )


def form_data_of(response: object, workshops: list[Workshop]) -> Typed:
    """Return the form data that a browser would send from this response's page, unchanged."""
    plan = response.context["page"]  # type: ignore[attr-defined]
    found: Typed = {"seen": sequence_token(workshops)}
    for name, value in plan.typed.items():
        if name not in ("propose", "follow", "open", "seen"):
            found[name] = value
    return found


def shown_days(response: object) -> list[str]:
    rows = response.context["rows"]  # type: ignore[attr-defined]
    return [str(row.fields["day"].value()) for row in rows if row.fields]


# Reasons for proposed dates


def test_moved_date_shows_reason(
    facilitator_client: Client, url: str, workshops: list[Workshop], easter: ClosedDays
) -> None:
    page = facilitator_client.post(url, RECURRENCE | {"keep_clear": ALL, "propose": ""})
    assert shown_days(page)[:3] == ["2027-03-04", "2027-03-25", "2027-04-22"]
    assert "Moved one week: school holidays (Easter)" in page.content.decode()
    again = facilitator_client.post(url, form_data_of(page, workshops) | {"look": ""})
    assert again.context["rows"][2].why == "Moved one week: school holidays (Easter)"
    other_day = facilitator_client.post(
        url, form_data_of(page, workshops) | {"3-day": "2027-04-23"}
    )
    assert other_day.context["rows"][2].why == ""


def test_unselected_constraint_is_ignored(
    facilitator_client: Client, url: str, easter: ClosedDays
) -> None:
    others = [kind for kind in ALL if kind != KeepClear.SCHOOL]
    page = facilitator_client.post(url, RECURRENCE | {"keep_clear": others, "propose": ""})
    assert shown_days(page)[2] == "2027-04-15"
    assert page.context["clashes"] == 0


def test_first_visit_selects_all_constraints_and_names_country(
    facilitator_client: Client, cohort: Cohort, url: str
) -> None:
    Cohort.objects.update(country=Country.SCOTLAND)
    page = facilitator_client.get(url)
    assert page.context["recurrence"]["keep_clear"].value() == ALL
    assert "Bank holidays (Scotland)" in page.content.decode()


def test_plan_names_kinds_without_closed_days(
    facilitator_client: Client, url: str, easter: ClosedDays
) -> None:
    assert "None listed yet: our own closed days." in facilitator_client.get(url).content.decode()


# Changing one of the proposed dates


def test_changing_one_date_leaves_others_until_follow_is_chosen(
    facilitator_client: Client, url: str, workshops: list[Workshop], typed: Typed
) -> None:
    before = [str(typed[f"{position}-day"]) for position in range(1, 7)]
    changed = typed | {"2-day": "2027-03-31", "4-venue": "Library", "5-override": "We like it."}
    page = facilitator_client.post(url, changed | {"look": ""})
    assert shown_days(page) == [before[0], "2027-03-31", *before[2:]]
    assert [one.breaks_recurrence for one in page.context["rows"]] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    follow = facilitator_client.post(url, changed | {"follow": "2"})
    assert shown_days(follow) == [
        before[0],
        "2027-03-31",
        "2027-04-21",
        "2027-05-12",
        "2027-06-02",
        "2027-06-23",
    ]
    form = follow.context["form"]
    assert (form["4-venue"].value(), form["5-override"].value()) == ("Library", "We like it.")


@pytest.mark.parametrize("leader", ["", "0", "7", "-1", "two", "9" * 400, "\0", "²"])
def test_malformed_follow_moves_nothing(
    facilitator_client: Client, url: str, typed: Typed, leader: str
) -> None:
    page = facilitator_client.post(url, typed | {"follow": leader, "open": leader})
    assert shown_days(page) == [typed[f"{position}-day"] for position in range(1, 7)]


def test_follow_of_nonexistent_date_shows_error(
    facilitator_client: Client, url: str, typed: Typed
) -> None:
    page = facilitator_client.post(url, typed | {"2-day": "2027-04-31", "follow": "2"})
    assert page.context["form"].errors == {"2-day": ["Enter a real date, for example 18/03/2027."]}
    assert shown_days(page)[1:] == [
        "2027-04-31",
        *(typed[f"{position}-day"] for position in range(3, 7)),
    ]


# Dates that clash with a closed day or another workshop


def test_closed_day_is_accepted_with_reason(
    facilitator_client: Client, cohort: Cohort, url: str, typed: Typed, easter: ClosedDays
) -> None:
    changed = typed | {"3-day": "2027-04-15", "3-venue": "Library"}
    look = facilitator_client.post(url, changed | {"look": ""})
    assert (look.context["clashes"], look.context["form"].errors) == (1, {})
    assert "1 clash to resolve" in look.content.decode()
    refused = facilitator_client.post(url, changed | {"confirm": ""})
    assert refused.context["form"].errors == {
        "3-day": [
            "Choose another date, or give a reason to keep it below. School holidays (Easter)."
        ]
    }
    with_reason = changed | {"3-override": "Only the schools close."}
    page = facilitator_client.post(url, with_reason | {"confirm": ""})
    assert "Reason to keep this date: Only the schools close." in page.content.decode()
    facilitator_client.post(f"{url}confirm/", with_reason)
    workshop = cohort.workshops.get(position=3)
    assert (workshop.override_reason, workshop.venue) == ("Only the schools close.", "Library")


def test_reason_without_clash_is_not_saved(
    facilitator_client: Client, cohort: Cohort, url: str, typed: Typed
) -> None:
    facilitator_client.post(f"{url}confirm/", typed | {"3-override": "We like it."})
    assert set(cohort.workshops.values_list("override_reason", flat=True)) == {""}


def test_facilitators_workshop_in_other_cohort_is_clash(
    facilitator_client: Client,
    other_facilitator: User,
    facilitator: User,
    schedule: Schedule,
    url: str,
    typed: Typed,
) -> None:
    elsewhere = Cohort.objects.get(memberships__user=other_facilitator)
    Membership.objects.create(cohort=elsewhere, user=facilitator, role=Membership.Role.FACILITATOR)
    schedule(
        Workshop.objects.create(cohort=elsewhere, position=1, title="There"),
        datetime(2027, 3, 26, 9, 30, tzinfo=UTC),
    )
    page = facilitator_client.post(
        url, typed | {"2-day": "2027-03-26", "keep_clear": ["facilitators"]}
    )
    assert page.context["rows"][1].problems == ("Ruth Okafor facilitates in Essex that morning",)
    free = facilitator_client.post(url, typed | {"2-day": "2027-03-26", "keep_clear": ["school"]})
    assert free.context["rows"][1].problems == ()


@pytest.mark.parametrize("far", ["2000-01-01", "2099-12-31", "2050-06-01"])
def test_distant_date_is_handled(
    facilitator_client: Client, url: str, typed: Typed, far: str
) -> None:
    for pressed in (
        {"look": ""},
        {"confirm": ""},
        {"follow": "6"},
        {"follow": "5"},
        {"propose": ""},
    ):
        assert facilitator_client.post(url, typed | {"6-day": far} | pressed).status_code == 200
        assert facilitator_client.post(url, typed | {"first": far} | pressed).status_code == 200


# Concurrent and repeated changes to a plan


def test_confirming_twice_makes_one_change(
    facilitator_client: Client, cohort: Cohort, url: str, typed: Typed
) -> None:
    for _ in range(2):
        answer = facilitator_client.post(f"{url}confirm/", typed)
        assert answer.headers["Location"] == cohort.get_absolute_url()
    assert set(cohort.workshops.values_list("sequence", flat=True)) == {1}


def test_second_facilitator_sees_conflict_and_loses_no_input(
    facilitator_client: Client, administrator_client: Client, cohort: Cohort, url: str, typed: Typed
) -> None:
    administrator_client.post(f"{url}confirm/", typed)
    mine = typed | {"2-day": "2027-03-24", "2-venue": "Library"}
    for address, pressed in ((url, {"confirm": ""}), (f"{url}confirm/", {}), (url, {"look": ""})):
        page = facilitator_client.post(address, mine | pressed)
        content = page.content.decode()
        assert "Someone else has changed these workshops since you opened this page." in content
        assert "Ada Administrator set “Seeing the whole system” for" in content
        form = page.context["form"]
        assert (form["2-day"].value(), form["2-venue"].value()) == ("2027-03-24", "Library")
        assert cohort.workshops.get(position=2).venue == ""
    seen = sequence_token(cohort.workshops.all())
    facilitator_client.post(f"{url}confirm/", mine | {"seen": seen})
    assert cohort.workshops.get(position=2).venue == "Library"


@pytest.mark.parametrize("seen", ["", "\0", "9" * 5000, "1.1"])
def test_page_without_version_token_changes_nothing(
    facilitator_client: Client, cohort: Cohort, url: str, typed: Typed, seen: str
) -> None:
    for address, pressed in ((url, {"confirm": ""}), (f"{url}confirm/", {})):
        page = facilitator_client.post(address, typed | {"seen": seen} | pressed)
        assert "Check every date again." in page.content.decode()
    assert not cohort.workshops.on().exists()


# The confirmation page


def test_confirm_page_names_recipients_and_saves_nothing(
    facilitator_client: Client, cohort: Cohort, participant: User, url: str, typed: Typed
) -> None:
    page = facilitator_client.post(url, typed | {"confirm": ""})
    now = {group.title: group.names for group in page.context["preview"].now}
    assert now["Invitation to the cohort"] == ["Amina Rahman", "Ruth Okafor"]
    later = {group.title: group for group in page.context["preview"].later}
    reminder = later["First reminder"]
    assert (reminder.names, len(reminder.moments)) == (["Amina Rahman"], 6)
    survey = later["Feedback survey"]
    assert (survey.names, survey.messages, survey.shows_recipients) == ([], 0, False)
    assert not cohort.workshops.on().exists()


def test_confirm_page_says_when_nothing_would_change(
    facilitator_client: Client, cohort: Cohort, url: str, typed: Typed
) -> None:
    facilitator_client.post(f"{url}confirm/", typed)
    seen = sequence_token(cohort.workshops.all())
    page = facilitator_client.post(url, typed | {"seen": seen, "confirm": ""}).content.decode()
    assert "Nothing would change" in page
    assert "Confirm and send" not in page


def test_confirm_page_distinguishes_moved_relocated_and_unchanged(
    facilitator_client: Client, cohort: Cohort, url: str, typed: Typed
) -> None:
    facilitator_client.post(f"{url}confirm/", typed)
    emptied = {"6-day": "", "6-starts": "", "6-ends": ""}
    changed = typed | emptied | {"2-day": "2027-03-24", "3-venue": "Library"}
    seen = sequence_token(cohort.workshops.all())
    page = facilitator_client.post(url, changed | {"seen": seen, "confirm": ""})
    rows = page.context["rows"]
    assert [one.is_moved for one in rows] == [False, True, False, False, False, True]
    assert [one.is_relocated for one in rows] == [False, False, True, False, False, False]
    content = page.content.decode()
    assert "Date removed" in content
    assert '<input type="hidden" name="keep_clear" value="bank">' in content


def test_usual_venue_fills_empty_venues(facilitator_client: Client, url: str, typed: Typed) -> None:
    page = facilitator_client.post(
        url, typed | {"usual_venue": "Fire Station", "2-venue": "Library", "confirm": ""}
    )
    assert [one.place for one in page.context["rows"]] == [
        "Fire Station",
        "Library",
        *["Fire Station"] * 4,
    ]


# The open poll


@pytest.mark.parametrize("closes", [True, False])
def test_confirming_dates_closes_the_open_poll_unless_unticked(
    facilitator_client: Client,
    facilitator: User,
    cohort: Cohort,
    url: str,
    typed: Typed,
    closes: bool,
) -> None:
    poll = polls.open_poll(
        cohort=cohort,
        first=date(2027, 3, 1),
        last=date(2027, 4, 30),
        weekdays=[3],
        halves=["morning"],
        closes_at=JANUARY + timedelta(days=7),
        by=facilitator,
        at=JANUARY - timedelta(days=2),
    )
    assert poll
    cohort.memberships.update(joined_at=JANUARY - timedelta(days=30))
    asked = facilitator_client.post(url, typed | {"confirm": ""})
    box = '<input type="checkbox" name="close_poll" value="on" checked>'
    assert box in asked.content.decode()
    nudges = [group for group in asked.context["preview"].later if "Nudge" in group.title]
    assert nudges == []
    assert facilitator_client.get(url).status_code == 200
    poll.refresh_from_db()
    assert poll.closed_at is None
    answer = typed | ({"close_poll": "on"} if closes else {})
    facilitator_client.post(f"{url}confirm/", answer)
    poll.refresh_from_db()
    assert (poll.closed_at, poll.closed_by) == ((JANUARY, facilitator) if closes else (None, None))
    ahead = foresee(cohort.pk, JANUARY, JANUARY + timedelta(days=8))
    assert bool([one for one in ahead if one.kind == "availability-nudge"]) is not closes


def test_confirmation_mentions_no_poll_if_none_is_open(
    facilitator_client: Client, url: str, typed: Typed
) -> None:
    assert (
        "close_poll" not in facilitator_client.post(url, typed | {"confirm": ""}).content.decode()
    )
