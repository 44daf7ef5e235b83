from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from cohorts.models import Cohort
from tests.factories import STARTS
from tests.queries import CapturedQueries
from workshops.changes.change_log import changes_since, describe, history, sequence_token
from workshops.models import Change, Workshop
from workshops.times import Arrangement, Slot

LONDON = ZoneInfo("Europe/London")
NOW = STARTS - timedelta(days=60)
SLOT = Slot(STARTS, STARTS + timedelta(minutes=210))
LATER_SLOT = Slot(SLOT.starts_at + timedelta(days=14), SLOT.ends_at + timedelta(days=14))
Schedule = Callable[..., Workshop]


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    return schedule(workshops[2], STARTS)


def describe_changes_since(cohort: Cohort, seen: str) -> list[str]:
    return [
        describe(done, LONDON, NOW + timedelta(minutes=5)) for done in changes_since(cohort, seen)
    ]


def test_version_token_is_short_and_ordered(workshops: list[Workshop], workshop: Workshop) -> None:
    assert sequence_token(reversed(workshops)) == "1.0-2.0-3.1-4.0-5.0-6.0"
    assert sequence_token([workshop]) == "3.1"


def test_changes_since_token_include_only_later_changes(
    cohort: Cohort, facilitator: User, workshops: list[Workshop], workshop: Workshop
) -> None:
    seen = sequence_token(workshops)
    assert describe_changes_since(cohort, seen) == []
    workshop.arrange(
        Arrangement(LATER_SLOT, "The Old Fire Station", ""),
        by=facilitator,
        at=NOW,
        reason="The hall is flooded.",
    )
    assert describe_changes_since(cohort, seen) == [
        "Ruth Okafor moved “Trust and conflict” from Thursday 18 March 2027, 9:30am to 1pm to "
        "Thursday 1 April 2027,"
        " 10:30am to 2pm, 5 minutes ago. New place: The Old Fire Station. Reason: “The hall is "
        "flooded.”"
    ]
    assert describe_changes_since(cohort, sequence_token([workshop])) == []


def test_changes_since_token_ignore_workshops_not_in_it(
    cohort: Cohort, facilitator: User, workshops: list[Workshop], workshop: Workshop
) -> None:
    workshop.cancel(by=facilitator, at=NOW)
    assert describe_changes_since(cohort, sequence_token(workshops[:2])) == []


@pytest.mark.parametrize(
    "nonsense",
    ["", "x", "3", "3.", "3.1-", "-3.1", "3.1\0", "3.-1", "\u0663.\u0661", "3." + "9" * 500],
)
def test_changes_since_malformed_token_are_all_changes(
    cohort: Cohort, facilitator: User, workshop: Workshop, nonsense: str
) -> None:
    workshop.cancel(by=facilitator, at=NOW)
    assert describe_changes_since(cohort, nonsense) == [
        "Someone set “Trust and conflict” for Thursday 18 March 2027, 9:30am to 1pm, on Wednesday "
        "1 January 2020.",
        "Ruth Okafor cancelled “Trust and conflict”, 5 minutes ago.",
    ]


def test_describe_words_each_kind_of_change(
    cohort: Cohort, facilitator: User, workshops: list[Workshop], workshop: Workshop
) -> None:
    seen, by = sequence_token([workshop]), facilitator
    workshop.arrange(Arrangement(SLOT, "Library", ""), by=by, at=NOW)
    workshop.arrange(Arrangement(SLOT, "", "https://meet.example.org/3"), by=by, at=NOW)
    workshop.arrange(Arrangement(SLOT, "", ""), by=by, at=NOW)
    workshop.arrange(Arrangement(None, "", ""), by=by, at=NOW)
    workshops[0].arrange(Arrangement(LATER_SLOT, "", ""), by=by, at=NOW)
    workshop.arrange(Arrangement(LATER_SLOT, "Library", ""), by=by, at=NOW)
    workshop.cancel(by=by, at=NOW)
    workshop.reinstate(by=by, at=NOW)
    there, later = "Thursday 18 March 2027, 9:30am to 1pm", "Thursday 1 April 2027, 10:30am to 2pm"
    expected = [
        ("changed the place of “Trust and conflict”", " New place: Library."),
        ("changed the place of “Trust and conflict”", " New place: online."),
        ("changed the place of “Trust and conflict”", " New place: to be agreed."),
        (f"removed the date of “Trust and conflict”, which was {there}", ""),
        (f"set “Trust and conflict” for {later}", " New place: Library."),
        ("cancelled “Trust and conflict”", ""),
        ("reinstated “Trust and conflict”", ""),
    ]
    assert describe_changes_since(cohort, seen) == [
        f"Ruth Okafor {words}, 5 minutes ago.{place}" for words, place in expected
    ]


@pytest.mark.parametrize("times", [1, 30])
def test_describing_history_takes_one_query(
    cohort: Cohort, facilitator: User, workshop: Workshop, times: int
) -> None:
    for number in range(times):
        workshop.arrange(Arrangement(SLOT, f"Room {number}", ""), by=facilitator, at=NOW)
    with CapturedQueries() as queries:
        assert (
            len([describe(done, LONDON, NOW) for done in history(Change.objects.all())])
            == times + 1
        )
    assert len(queries) == 1
