"""Merging two organisations, and undoing it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from cohorts import merging
from cohorts.enrolment import organisation_named
from cohorts.models import Cohort, Membership, Organisation, Sector
from partnerships.models import Partnership, Party

NOW = timezone.now()
pytestmark = pytest.mark.both


@pytest.fixture
def duplicate(db: None) -> Organisation:
    return Organisation.objects.create(name="Tynewick C.C.", name_key="tynewick c.c")


@pytest.fixture
def colleague(cohort: Cohort, duplicate: Organisation) -> Membership:
    user = User.objects.create_user("col@example.org", "Col")
    return Membership.objects.create(cohort=cohort, user=user, organisation=duplicate)


def of(membership: Membership) -> Organisation | None:
    return Membership.objects.get(pk=membership.pk).organisation


def test_plan_counts_people_once_and_their_cohorts(
    cohort: Cohort, colleague: Membership, duplicate: Organisation, council: Organisation
) -> None:
    other = Cohort.objects.create(programme=cohort.programme, name="Kent", place="Kent")
    Membership.objects.create(cohort=other, user=colleague.user, organisation=duplicate)
    plan = merging.plan_merge(duplicate, council)
    assert (plan.people, plan.cohorts, plan.effects) == (1, 2, [])


def test_merge_moves_people_and_undo_moves_back_only_what_it_moved(
    participant: User,
    colleague: Membership,
    duplicate: Organisation,
    council: Organisation,
    administrator: User,
) -> None:
    merging.merge(duplicate, into=council, by=administrator, at=NOW)
    own = participant.memberships.get()
    assert (of(colleague), of(own)) == (council, council)
    assert list(Organisation.objects.current()) == [council]
    assert list(merging.undoable(at=NOW)) == [duplicate]

    duplicate.refresh_from_db()
    assert merging.undo_merge(duplicate, at=NOW + timedelta(hours=23)) is True
    assert (of(colleague), of(own)) == (duplicate, council)
    duplicate.refresh_from_db()
    assert (duplicate.merged_into, duplicate.merged_by, duplicate.moved) == (None, None, {})
    assert merging.undo_merge(duplicate, at=NOW) is False


def test_undo_leaves_what_has_been_changed_since(
    colleague: Membership, duplicate: Organisation, council: Organisation, administrator: User
) -> None:
    merging.merge(duplicate, into=council, by=administrator, at=NOW)
    elsewhere = Organisation.objects.create(name="Elsewhere", name_key="elsewhere")
    Membership.objects.filter(pk=colleague.pk).update(organisation=elsewhere)
    duplicate.refresh_from_db()
    merging.undo_merge(duplicate, at=NOW)
    assert of(colleague) == elsewhere


def test_merge_cannot_be_undone_after_a_day(
    colleague: Membership, duplicate: Organisation, council: Organisation, administrator: User
) -> None:
    merging.merge(duplicate, into=council, by=administrator, at=NOW)
    late = NOW + merging.UNDOABLE_FOR
    merging.finish_merges(at=late - timedelta(seconds=1))
    duplicate.refresh_from_db()
    assert duplicate.moved["cohorts.Membership.organisation"] == [colleague.pk]
    merging.finish_merges(at=late)
    duplicate.refresh_from_db()
    assert (duplicate.moved, list(merging.undoable(at=late))) == ({}, [])
    assert merging.undo_merge(duplicate, at=late) is False
    assert of(colleague) == council


def test_what_a_concurrent_request_added_to_the_duplicate_moves_within_the_hour(
    cohort: Cohort, duplicate: Organisation, council: Organisation, administrator: User
) -> None:
    merging.merge(duplicate, into=council, by=administrator, at=NOW)
    user = User.objects.create_user("late@example.org", "Late")
    added = Membership.objects.create(cohort=cohort, user=user, organisation=duplicate)
    merging.finish_merges(at=NOW)
    assert of(added) == council
    duplicate.refresh_from_db()
    merging.undo_merge(duplicate, at=NOW)
    assert of(added) == duplicate


def test_name_of_a_merged_organisation_finds_the_other(
    duplicate: Organisation, council: Organisation, administrator: User
) -> None:
    merging.merge(duplicate, into=council, by=administrator, at=NOW)
    assert Organisation.objects.named("tynewick  C.C.") == council
    assert organisation_named(name="Tynewick C.C.", sector=Sector.PRIVATE) == council
    council.refresh_from_db()
    assert council.sector == Sector.PRIVATE
    assert Organisation.objects.count() == 2


def test_merges_in_a_row_lead_to_the_last(
    colleague: Membership, duplicate: Organisation, council: Organisation, administrator: User
) -> None:
    last = Organisation.objects.create(name="Last", name_key="last")
    merging.merge(duplicate, into=council, by=administrator, at=NOW)
    merging.merge(council, into=last, by=administrator, at=NOW)
    assert Organisation.objects.named("Tynewick C.C.") == last
    council.refresh_from_db()
    merging.undo_merge(council, at=NOW)
    assert Organisation.objects.named("Tynewick C.C.") == council == of(colleague)


def test_merged_organisation_is_not_merged_again(
    duplicate: Organisation, council: Organisation, administrator: User
) -> None:
    last = Organisation.objects.create(name="Last", name_key="last")
    merging.merge(duplicate, into=council, by=administrator, at=NOW)
    for one, other in ((duplicate, last), (last, duplicate), (last, last)):
        with pytest.raises(ValidationError, match="just been merged"):
            merging.merge(one, into=other, by=administrator, at=NOW)


def test_parties_move_and_the_plan_says_so(
    participant: User,
    colleague: Membership,
    duplicate: Organisation,
    council: Organisation,
    administrator: User,
) -> None:
    own = participant.memberships.get()
    work = Partnership.objects.create(
        cohort=own.cohort,
        title="Kitchen",
        what="We cook.",
        kind="activity",
        begun_on=NOW.date(),
        dated_at=NOW,
        proposed_at=NOW,
        proposed_by=participant,
    )
    Party.objects.create(partnership=work, organisation=council, membership=own, added_at=NOW)
    party = Party.objects.create(
        partnership=work, organisation=duplicate, membership=colleague, added_at=NOW
    )
    assert merging.plan_merge(duplicate, council).effects == [
        "It takes part in 1 piece of work started together.",
        "1 piece of work was started by these two together. Check that they are one organisation.",
    ]
    merging.merge(duplicate, into=council, by=administrator, at=NOW)
    party.refresh_from_db()
    assert party.organisation == council
