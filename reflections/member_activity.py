"""The rule that undoing an import does not remove members who have written something."""

from collections.abc import Iterable

from cohorts.import_undo import HAS_USED_CONVENOR, Activity
from cohorts.models import MembershipQuerySet
from reflections.anonymisation import COHORT_OF


def who_wrote(members: MembershipQuerySet) -> Iterable[int]:
    """Return the pks of the memberships of people who have written something in the cohort."""
    for model, cohort in COHORT_OF.items():
        authors = model._default_manager.filter(
            **{f"{cohort}__in": members.values("cohort")}
        ).values("author")
        yield from members.filter(user__in=authors).values_list("pk", flat=True)


# The reason shown is the same as for signing in, so that it doesn't reveal who has written.
WROTE = Activity(HAS_USED_CONVENOR, who_wrote)
