from __future__ import annotations

from functools import partial

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from cohorts.models import Cohort, Membership
from sets.editing import CannotMoveError, add, move, set_pinned, swap
from sets.making import jobs
from sets.making.roster import pairs_met
from sets.models import Grouping, Meeting, Set, SetMembership
from sets.publishing import publish, publish_version
from tests.concurrency import run_concurrently
from tests.sets.conftest import LATER, MOMENT, Fill, MakeSets
from ui.version_token import StaleError


def two_places(grouping: Grouping) -> tuple[SetMembership, SetMembership]:
    """Return the places of two people in different sets."""
    first, second = grouping.sets.order_by("number")[:2]
    found = [
        one.places.active().select_related("set", "grouping", "membership__user")[0]
        for one in (first, second)
    ]
    return found[0], found[1]


def test_publishing_replaces_the_present_sets_and_cancels_their_meetings(
    facilitator: User, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    first = make_sets(2)
    meeting = Meeting.objects.create(
        set=first.sets.all()[0],
        starts_at=LATER + (LATER - MOMENT),
        ends_at=LATER + 2 * (LATER - MOMENT),
        changed_at=MOMENT,
    )
    second = make_sets(2, seed=5, at=LATER)
    first.refresh_from_db()
    meeting.refresh_from_db()
    assert (first.replaced_at, second.published_at) == (LATER, LATER)
    assert (meeting.cancelled_at, meeting.sequence) == (LATER, 1)
    assert Grouping.objects.current().get() == second


def test_second_publishing_of_a_double_click_does_nothing(
    facilitator: User, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    draft = make_sets(2, is_published=False)
    seen = publish_version(draft)
    assert publish(grouping=draft, seen=seen, by=facilitator, at=MOMENT) == 8
    assert publish(grouping=draft, seen=seen, by=facilitator, at=LATER) is None
    draft.refresh_from_db()
    assert draft.published_at == MOMENT


def test_draft_that_changed_since_the_page_was_shown_is_not_published(
    facilitator: User, fill: Fill, make_sets: MakeSets
) -> None:
    members = fill(8)
    draft = make_sets(2, is_published=False)
    seen = publish_version(draft)
    members[0].leave(by=facilitator, at=LATER)
    with pytest.raises(StaleError):
        publish(grouping=draft, seen=seen, by=facilitator, at=LATER)
    one, other = two_places(draft)
    seen = publish_version(draft)
    swap(grouping=draft, one=one, other=other, seen=str(draft.version), at=LATER)
    with pytest.raises(StaleError):
        publish(grouping=draft, seen=seen, by=facilitator, at=LATER)
    assert not Grouping.objects.published().exists()


def test_draft_that_is_being_made_again_is_not_published(
    cohort: Cohort, facilitator: User, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    draft = make_sets(2, is_published=False)
    seen = publish_version(draft)
    jobs.ask_for_sets(cohort, number_of_sets=2, seed=3, by=facilitator, at=LATER)
    with pytest.raises(StaleError):
        publish(grouping=draft, seen=seen, by=facilitator, at=LATER)


def test_cohort_has_one_draft_and_one_present_grouping(
    cohort: Cohort, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    make_sets(2)
    make_sets(2, is_published=False)
    facts = {"cohort": cohort, "number_of_sets": 2, "seed": 1, "asked_at": MOMENT}
    for more in ({}, {"made_at": MOMENT, "published_at": MOMENT}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Grouping.objects.create(**facts, **more)


def test_swap_in_published_sets_ends_places_and_gives_both_sets_another_version(
    fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    grouping = make_sets(2)
    one, other = two_places(grouping)
    swap(grouping=grouping, one=one, other=other, seen=str(grouping.version), at=LATER)
    one.refresh_from_db()
    assert one.left_at == LATER
    now = SetMembership.objects.active().get(membership=one.membership)
    assert (now.set, now.joined_at) == (other.set, LATER)
    assert list(grouping.sets.values_list("version", "changed_at")) == [(2, LATER), (2, LATER)]


def test_swap_in_a_draft_leaves_no_history(fill: Fill, make_sets: MakeSets) -> None:
    fill(8)
    draft = make_sets(2, is_published=False)
    one, other = two_places(draft)
    swap(grouping=draft, one=one, other=other, seen=str(draft.version), at=LATER)
    assert SetMembership.objects.count() == 8
    assert SetMembership.objects.get(membership=one.membership).set == other.set


def test_pinned_person_is_not_swapped_or_moved(fill: Fill, make_sets: MakeSets) -> None:
    fill(9)
    draft = make_sets(2, is_published=False)
    one, other = two_places(draft)
    set_pinned(place=one, is_pinned=True, seen=str(draft.version))
    draft.refresh_from_db()
    for first, second in ((one, other), (other, one)):
        with pytest.raises(CannotMoveError, match="is pinned"):
            swap(grouping=draft, one=first, other=second, seen=str(draft.version), at=LATER)
    with pytest.raises(CannotMoveError, match="is pinned"):
        move(grouping=draft, place=one, to=other.set, seen=str(draft.version), at=LATER)


def test_stale_page_changes_nothing(fill: Fill, make_sets: MakeSets) -> None:
    fill(8)
    draft = make_sets(2, is_published=False)
    one, other = two_places(draft)
    seen = str(draft.version)
    swap(grouping=draft, one=one, other=other, seen=seen, at=LATER)
    one, other = two_places(draft)
    with pytest.raises(StaleError, match="have changed since"):
        swap(grouping=draft, one=one, other=other, seen=seen, at=LATER)


def test_nobody_joins_a_full_set_or_two_sets(fill: Fill, make_sets: MakeSets) -> None:
    fill(12)
    grouping = make_sets(2)
    late = fill(1)[0]
    one, other = two_places(grouping)
    seen = str(grouping.version)
    with pytest.raises(CannotMoveError, match="full"):
        add(grouping=grouping, member=late, to=one.set, seen=seen, at=LATER)
    with pytest.raises(CannotMoveError, match="full"):
        move(grouping=grouping, place=one, to=other.set, seen=seen, at=LATER)
    one.membership.leave(by=None, at=LATER)
    add(grouping=grouping, member=late, to=one.set, seen=seen, at=LATER)
    grouping.refresh_from_db()
    with pytest.raises(StaleError, match="in a set already"):
        add(grouping=grouping, member=late, to=one.set, seen=str(grouping.version), at=LATER)


def test_people_have_met_only_if_they_were_in_a_set_at_the_same_time(
    fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    grouping = make_sets(2)
    one, other = two_places(grouping)
    swap(grouping=grouping, one=one, other=other, seen=str(grouping.version), at=LATER)
    met = pairs_met([grouping])
    strangers = frozenset((one.membership.user_id, other.membership.user_id))
    assert strangers not in met
    # Six pairs in each set at first, and three new ones for each of the two who changed places.
    assert len(met) == 2 * 6 + 2 * 3


@pytest.mark.django_db(transaction=True)
def test_drafts_published_concurrently_are_published_once(
    cohort: Cohort, facilitator: User, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    draft = make_sets(2, is_published=False)
    seen = publish_version(draft)
    outcomes = run_concurrently(
        [partial(publish, grouping=draft, seen=seen, by=facilitator, at=LATER)] * 4
    )
    assert sorted(outcomes, key=str) == [8, None, None, None]
    assert list(Set.objects.values_list("version", flat=True)) == [1, 1]
    assert Membership.objects.filter(set_places__joined_at=LATER).count() == 8
