from __future__ import annotations

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from sets.current import current_of
from sets.keep_apart import keep_apart
from sets.models import Grouping, SetMembership
from sets.placing import offers
from sets.reasons import offer_reason, options_for, repeats_notice, rule_lines, set_reasons
from tests.sets.conftest import LATER, MOMENT, Fill, MakeSets


def join(cohort: Cohort, name: str, organisation: Organisation | None = None) -> Membership:
    user = User.objects.create_user(f"{name.lower()}@example.org", name)
    return Membership.objects.create(
        cohort=cohort, user=user, organisation=organisation, joined_at=LATER
    )


def test_late_joiner_is_offered_the_set_that_breaks_no_rule(
    cohort: Cohort, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    grouping = make_sets(2)
    colleague = SetMembership.objects.filter(set__number=1).select_related("membership")[0]
    late = join(cohort, "Late", colleague.membership.organisation)
    current = current_of(grouping)
    [offer] = offers(current)
    assert offer.to is not None
    assert (offer.member, offer.to.set.number, offer.broken.count) == (late, 2, 0)
    assert offer_reason(offer, current) == "This set breaks no rules, and no other set is smaller."


def test_two_late_joiners_are_not_both_offered_the_smallest_set(
    cohort: Cohort, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    grouping = make_sets(2)
    join(cohort, "Ann")
    join(cohort, "Bea")
    numbers = [offer.to.set.number for offer in offers(current_of(grouping)) if offer.to]
    assert sorted(numbers) == [1, 2]


def test_late_joiner_gets_a_reason_if_a_rule_must_be_broken(
    cohort: Cohort, facilitator: User, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    grouping = make_sets(2)
    late = join(cohort, "Late")
    for number in (1, 2):
        place = SetMembership.objects.filter(set__number=number).select_related("membership")[0]
        keep_apart(
            cohort=cohort, one=late, other=place.membership, reason="", by=facilitator, at=LATER
        )
    current = current_of(grouping)
    [offer] = offers(current)
    assert "should be kept apart" in offer_reason(offer, current)


def test_nobody_is_offered_a_full_set(cohort: Cohort, fill: Fill, make_sets: MakeSets) -> None:
    fill(12)
    grouping = make_sets(2)
    join(cohort, "Late")
    current = current_of(grouping)
    [offer] = offers(current)
    assert (offer.to, offer_reason(offer, current)) == (
        None,
        "Every set has six people. Make the sets again to include them.",
    )


def test_set_that_people_have_left_is_too_small(
    cohort: Cohort, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    grouping = make_sets(2)
    place = SetMembership.objects.filter(set__number=1).select_related("membership")[0]
    place.membership.leave(by=None, at=LATER)
    small, whole = current_of(grouping).sets
    assert (len(small.places), [one.pk for one in small.left], small.is_too_small) == (
        3,
        [place.pk],
        True,
    )
    assert not whole.is_too_small


def test_rules_are_counted_over_the_sets(
    cohort: Cohort, facilitator: User, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    grouping = make_sets(2)
    one, other = [
        place.membership
        for place in SetMembership.objects.filter(set__number=1).select_related("membership")[:2]
    ]
    keep_apart(cohort=cohort, one=one, other=other, reason="", by=facilitator, at=LATER)
    current = current_of(grouping)
    lines = rule_lines(current)
    assert [(str(line.words), line.tally) for line in lines.always] == [
        ("Different organisations", "2 of 2 sets"),
        ("Kept apart", "1 of 2 sets"),
    ]
    [reason] = set_reasons(current.broken[1], current.name_of)
    assert reason.endswith("should be kept apart")


def test_options_say_what_each_swap_makes_better_or_worse(
    cohort: Cohort, facilitator: User, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    grouping: Grouping = make_sets(2)
    one, friend = [
        place.membership
        for place in SetMembership.objects.filter(set__number=1).select_related("membership")[:2]
    ]
    keep_apart(cohort=cohort, one=one, other=friend, reason="", by=facilitator, at=LATER)
    [there] = options_for(current_of(grouping), one.user_id)
    assert there.to.set.number == 2
    alone, *swaps = there.options
    assert (alone.other, len(swaps)) == (None, 4)
    assert all(any("kept apart" in words for words in option.better) for option in swaps)
    assert [option.cost for option in swaps] == sorted(option.cost for option in swaps)
    keep_apart(
        cohort=cohort,
        one=one,
        other=SetMembership.objects.filter(set__number=2)[0].membership,
        reason="",
        by=facilitator,
        at=MOMENT,
    )
    [there] = options_for(current_of(grouping), one.user_id)
    assert there.options[0].worse
    assert min(option.cost for option in there.options) < 0


def test_notice_about_repeats_names_the_number() -> None:
    assert repeats_notice(20, 5) == (
        False,
        "20 people, 5 sets: if you make sets again later, everybody can be with new people.",
    )
    assert repeats_notice(20, 4) == (
        True,
        "A set of five is larger than the number of sets, four. If you make sets again later, at "
        "least 4 pairs must meet again. With more sets, fewer must.",
    )
    assert not repeats_notice(8, 2)[1].endswith("With more sets, fewer must.")
    # People have left since the sets were made.
    assert repeats_notice(3, 1)[0]
