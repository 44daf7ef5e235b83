"""One survey about two workshops, in cohorts that have a survey after every second workshop.

Workshops 1 and 2 are a pair, and so are 3 and 4. The survey follows the second of the two. If the
second is cancelled or doesn't exist, the survey follows the first, and is about that one alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from cohorts.models import Cohort, Membership
from surveys.models import Survey
from workshops.models import Attendance, Workshop

IN_PAIRS = Q(cohort__surveys_every=2)


def is_second() -> Q:
    """Return a `Q` object for workshops with an even position."""
    return Q(Exact(F("position") % 2, 0))


def has_survey() -> Q:
    """Return a `Q` object for the workshops that are followed by a survey."""
    second = Workshop.objects.filter(
        cohort=OuterRef("cohort"), position=OuterRef("position") + 1, cancelled_at=None
    )
    return ~IN_PAIRS | is_second() | Q(~Exists(second))


def was_at_first() -> Q:
    """Return a `Q` object for rows with the second workshop of a pair and a member.

    The member, whose pk is `member_id`, was at the first workshop of the pair.
    """
    in_the_room = Attendance.objects.in_the_room().filter(
        membership=OuterRef("member_id"),
        workshop__position=OuterRef("position") - 1,
        workshop__cancelled_at=None,
    )
    return IN_PAIRS & is_second() & Q(Exists(in_the_room))


def in_pairs(workshop: Workshop) -> bool:
    return workshop.cohort.surveys_every == 2


def other_of_pair(workshop: Workshop) -> Workshop | None:
    """Return the earlier workshop that the survey after this one is also about, or None.

    Makes one query if the cohort has its surveys after every second workshop.
    """
    if not in_pairs(workshop) or workshop.position % 2:
        return None
    earlier = Workshop.objects.on().filter(
        cohort=workshop.cohort_id, position=workshop.position - 1
    )
    return earlier.first()


def without_survey(workshops: Iterable[Workshop]) -> set[int]:
    """Return the pks of the first workshops of pairs, whose survey follows the second workshop.

    Makes one query if any of their cohorts has its surveys after every second workshop.
    """
    first = [one for one in workshops if in_pairs(one) and one.position % 2]
    if not first:
        return set()
    on = Workshop.objects.filter(cohort__in={one.cohort_id for one in first}, cancelled_at=None)
    seconds = set(on.values_list("cohort", "position"))
    return {one.pk for one in first if (one.cohort_id, one.position + 1) in seconds}


def count_at_either(workshops: Iterable[Workshop]) -> dict[int, int]:
    """Return how many people were at either workshop of each pair, by the second's pk.

    Makes one query if any of their cohorts has its surveys after every second workshop.
    """
    second = [one for one in workshops if in_pairs(one) and one.position % 2 == 0]
    if not second:
        return {}
    rooms: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    found = Attendance.objects.in_the_room().filter(
        membership__role=Membership.Role.PARTICIPANT,
        workshop__cohort__in={one.cohort_id for one in second},
        workshop__cancelled_at=None,
    )
    for cohort, position, person in found.values_list(
        "workshop__cohort", "workshop__position", "membership__user"
    ):
        rooms[cohort, position].add(person)
    return {
        one.pk: len(rooms[one.cohort_id, one.position] | rooms[one.cohort_id, one.position - 1])
        for one in second
    }


def may_change(cohort: Cohort) -> bool:
    """Return whether no survey of the cohort has been sent, answered or closed. One query."""
    return not Survey.objects.filter(workshop__cohort=cohort).exists()


@transaction.atomic
def set_surveys_every(*, cohort: Cohort, every: int) -> None:
    """Ask for feedback after each workshop (1) or after every second one (2).

    Raises ValidationError if the first survey has been sent. Locks the cohort.
    """
    Cohort.objects.select_for_update(of=("self",)).get(pk=cohort.pk)
    if not may_change(cohort):
        raise ValidationError(
            _("The first survey has been sent, so how often people are asked can’t change.")
        )
    Cohort.objects.filter(pk=cohort.pk).update(surveys_every=every)
    cohort.surveys_every = every
