"""Tests that concurrent changes of members create no duplicates, and don't deadlock."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from cohorts import enrolment
from cohorts.importing.reader import read_table
from cohorts.models import Cohort, Membership, Organisation, PeopleFile
from cohorts.people_import import import_people
from tests.concurrency import run_concurrently

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

NOW = datetime(2099, 1, 14, 9, 30, tzinfo=UTC)
HEADINGS = b"Name,Email,Organisation,Sector\n"
LIST = HEADINGS + b"".join(
    b"Ada Number,ada%d@example.org,Firm %d,Private\n" % (number, number % 7) for number in range(60)
)


def outcomes(acts: Iterable[Callable[[], object]]) -> list[str]:
    """Call the functions concurrently; return the message of each validation error, or “done”."""
    ended = run_concurrently(acts, refused=ValidationError)
    return sorted(end.messages[0] if isinstance(end, ValidationError) else "done" for end in ended)


def listed(cohort: Cohort, by: User, content: bytes = LIST) -> PeopleFile:
    table = read_table(content, "list.csv")
    return PeopleFile.objects.upload(cohort=cohort, filename="list.csv", table=table, by=by, at=NOW)


def test_list_confirmed_five_times_is_imported_once(cohort: Cohort, facilitator: User) -> None:
    people_file = listed(cohort, facilitator)
    assert (
        outcomes([lambda: import_people(people_file, by=facilitator, at=NOW)] * 5) == ["done"] * 5
    )
    assert cohort.memberships.participating().count() == 60
    assert Organisation.objects.count() == 7


def test_imports_of_the_same_people_in_opposite_order_do_not_deadlock(
    cohort: Cohort, facilitator: User, other_facilitator: User
) -> None:
    elsewhere = other_facilitator.memberships.get().cohort
    rows = [
        b"Ada Number,ada%d@example.org,Firm %d,Private" % (number, number) for number in range(600)
    ]
    lists = [
        listed(cohort, facilitator, HEADINGS + b"\n".join(rows)),
        listed(elsewhere, facilitator, HEADINGS + b"\n".join(reversed(rows))),
    ]
    acts = [lambda each=each: import_people(each, by=facilitator, at=NOW) for each in lists]
    assert outcomes(acts) == ["done", "done"]
    counts = [each.memberships.participating().count() for each in (cohort, elsewhere)]
    assert (counts, User.objects.filter(email__startswith="ada").count()) == ([600, 600], 600)


def test_person_added_twice_gets_one_membership(cohort: Cohort, facilitator: User) -> None:
    def add() -> Membership:
        return enrolment.enrol(
            cohort=cohort, email="dev@example.org", name="Dev", by=facilitator, at=NOW
        )

    assert outcomes([add] * 3) == ["Dev is already in North East, spring 2027."] * 2 + ["done"]
    assert cohort.memberships.participating().count() == 1


def test_facilitators_cannot_both_remove_each_other(
    cohort: Cohort, facilitator: User, outsider: User
) -> None:
    other = Membership.objects.create(
        cohort=cohort, user=outsider, role=Membership.Role.FACILITATOR
    )
    first = facilitator.memberships.get()
    acts = [
        lambda: enrolment.leave(membership=other, by=facilitator, at=NOW),
        lambda: enrolment.leave(membership=first, by=outsider, at=NOW),
    ]
    first_said, second_said = outcomes(acts)
    assert second_said == "done"
    assert first_said.startswith("Add another facilitator first.")
    assert first_said.endswith("is the only facilitator of North East, spring 2027.")
    assert cohort.memberships.active().facilitating().count() == 1


def test_address_given_to_two_people_is_saved_once(
    facilitator: User, participant: User, outsider: User, administrator: User
) -> None:
    acts = [
        lambda each=each: enrolment.change_address(
            user=each, email="same@example.org", by=administrator
        )
        for each in (participant, outsider)
    ]
    assert outcomes(acts) == [
        "Enter another e-mail address. Somebody else already uses same@example.org.",
        "done",
    ]
    assert User.objects.filter(email="same@example.org").count() == 1
