"""The rule that undoing an import does not remove members who take part in introductions."""

from collections.abc import Iterable

from cohorts.import_undo import HAS_USED_CONVENOR, Activity
from cohorts.models import MembershipQuerySet
from sets.models import IntroductionOptIn


def who_asked_to_meet(members: MembershipQuerySet) -> Iterable[int]:
    found = IntroductionOptIn.objects.filter(membership__in=members)
    return found.values_list("membership", flat=True)


# The reason shown is the same as for signing in, so that it doesn't reveal who takes part.
ASKED_TO_MEET = Activity(HAS_USED_CONVENOR, who_asked_to_meet)
