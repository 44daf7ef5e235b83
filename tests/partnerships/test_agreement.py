"""Tests of when a partnership counts as confirmed."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from cohorts.models import Membership
from partnerships import actions
from partnerships.agreement import AgreementRefusedError, agree, decline
from partnerships.models import Partnership, Party
from tests.partnerships.conftest import OUTSIDE, STARTED_AT, Join, StartWork, party_of

pytestmark = pytest.mark.django_db
LATER = STARTED_AT + timedelta(days=1)


def again(partnership: Partnership) -> Partnership:
    return Partnership.objects.get(pk=partnership.pk)


def test_work_is_reported_by_one_side_until_the_other_agrees(
    partnership: Partnership, other: Membership
) -> None:
    assert not partnership.is_confirmed
    assert partnership.state == "Reported by one side"

    agree(party=party_of(partnership, other), may_be_named=True, at=LATER)

    assert again(partnership).is_confirmed
    assert again(partnership).confirmed_at == LATER
    assert party_of(partnership, other).may_be_named


def test_two_people_of_one_organisation_confirm_nothing(
    member: Membership, join: Join, start_work: StartWork
) -> None:
    colleague = join("Eve Hall", member.organisation.name if member.organisation else "")
    assert colleague.organisation == member.organisation
    assert not start_work(members=[colleague], agreed=True).is_confirmed


def test_facilitator_who_writes_it_down_is_no_party(
    facilitator: object, member: Membership, other: Membership, start_work: StartWork
) -> None:
    by = Membership.objects.get(role=Membership.Role.FACILITATOR)
    partnership = start_work(members=[member, other], by=by)
    assert {one.membership for one in partnership.parties.all()} == {member, other}
    assert not partnership.parties.agreed().exists()
    assert not partnership.is_confirmed


def test_confirmation_goes_if_a_side_no_longer_agrees(
    confirmed: Partnership, other: Membership
) -> None:
    decline(party=party_of(confirmed, other), at=LATER)
    assert not again(confirmed).is_confirmed
    assert not party_of(confirmed, other).may_be_named
    agree(party=party_of(confirmed, other), may_be_named=False, at=LATER)
    assert again(confirmed).is_confirmed


def test_confirmation_goes_with_a_party_that_is_removed(
    confirmed: Partnership, other: Membership
) -> None:
    actions.remove_party(party=party_of(confirmed, other), at=LATER)
    assert not again(confirmed).is_confirmed


def test_agreeing_twice_changes_nothing_but_the_naming(
    confirmed: Partnership, other: Membership
) -> None:
    before = confirmed.confirmed_at
    agree(party=party_of(confirmed, other), may_be_named=True, at=LATER)
    agree(party=party_of(confirmed, other), may_be_named=False, at=LATER)
    assert again(confirmed).confirmed_at == before
    assert not party_of(confirmed, other).may_be_named


def test_nobody_agrees_with_what_is_withdrawn(
    partnership: Partnership, member: Membership, other: Membership
) -> None:
    actions.withdraw(partnership=partnership, by=member.user, at=LATER)
    with pytest.raises(AgreementRefusedError):
        agree(party=party_of(partnership, other), may_be_named=False, at=LATER)
    with pytest.raises(actions.WithdrawnError):
        actions.stop(partnership=partnership, learned="Much.", at=LATER)
    assert not party_of(partnership, other).has_agreed


def test_person_can_be_part_of_it_only_once(partnership: Partnership, other: Membership) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.add_member(partnership, other, at=LATER)
    actions.add_outside(partnership, OUTSIDE, at=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.add_outside(partnership, OUTSIDE, at=LATER)


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_two_parties_who_agree_concurrently_confirm_it(
    facilitator: object, member: Membership, other: Membership, start_work: StartWork
) -> None:
    """Without the lock, each would see only itself agreeing, and neither would confirm it."""
    by = Membership.objects.get(role=Membership.Role.FACILITATOR)
    for _ in range(5):
        partnership = start_work(members=[member, other], by=by)
        barrier = threading.Barrier(2)

        def agree_now(party: Party, barrier: threading.Barrier = barrier) -> None:
            try:
                barrier.wait()
                agree(party=party, may_be_named=False, at=LATER)
            finally:
                connection.close()

        threads = [
            threading.Thread(target=agree_now, args=(party,)) for party in partnership.parties.all()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert again(partnership).is_confirmed
