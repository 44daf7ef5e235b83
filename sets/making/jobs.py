"""The making of sets by a worker: asking for it, claiming it, and storing the result."""

from __future__ import annotations

import logging
from collections.abc import Container
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.models import Cohort
from sets.making.annealing import make_sets, set_sizes
from sets.making.roster import Roster, attending, participants_of, roster_of
from sets.making.sizes import FEWEST_PEOPLE, MOST_PEOPLE, possible_numbers
from sets.models import Grouping, Set, SetMembership
from workshops.models import Workshop

logger = logging.getLogger(__name__)

# The lease of a worker. After it expires, another worker can claim the grouping.
LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 3
MOST_SEED = 2**31


class CannotMakeError(Exception):
    """Raised if the sets can't be made. The message is a translated sentence that says why."""


def why_not(people: int) -> str:
    """Return a sentence that says why so many people can't be put into sets; empty if they can."""
    if people < FEWEST_PEOPLE:
        return _(
            "There are too few people for sets: %(count)d. Two sets of four need eight. Until then "
            "everybody can meet as one group."
        ) % {"count": people}
    if people > MOST_PEOPLE:
        return _(
            "There are too many people to put into sets in one go: %(count)d. The most is %(most)d."
        ) % {"count": people, "most": MOST_PEOPLE}
    return ""


@transaction.atomic
def ask_for_sets(
    cohort: Cohort, *, number_of_sets: int, seed: int, by: User, at: datetime
) -> Grouping:
    """Have a worker make a draft of sets, in place of any other draft.

    People who are pinned in the draft stay in their sets. Locks the cohort's row. Raises
    CannotMakeError.
    """
    lock(cohort)
    check_number(len(participants_of(cohort)), number_of_sets)
    draft = Grouping.objects.drafts().select_for_update().filter(cohort=cohort).first()
    if draft is None:
        draft = Grouping(cohort=cohort)
    else:
        check_pins(draft, number_of_sets)
    return ask(draft, number_of_sets=number_of_sets, seed=seed, by=by, at=at)


@transaction.atomic
def ask_for_tables(
    workshop: Workshop, *, number_of_sets: int, seed: int, by: User, at: datetime
) -> Grouping:
    """Have a worker make tables for a workshop, in place of any others.

    Locks the cohort's row. Raises CannotMakeError.
    """
    lock(workshop.cohort)
    check_number(len(attending(workshop)), number_of_sets)
    tables = Grouping.objects.select_for_update().filter(workshop=workshop).first()
    if tables is None:
        tables = Grouping(cohort=workshop.cohort, workshop=workshop)
    return ask(tables, number_of_sets=number_of_sets, seed=seed, by=by, at=at)


def lock(cohort: Cohort) -> None:
    list(Cohort.objects.select_for_update(no_key=True).filter(pk=cohort.pk).values("pk"))


def check_number(people: int, number_of_sets: int) -> None:
    if problem := why_not(people):
        raise CannotMakeError(problem)
    if number_of_sets not in possible_numbers(people):
        raise CannotMakeError(_("Choose a number of sets that puts four to six people in each"))


def check_pins(draft: Grouping, number_of_sets: int) -> None:
    """Raise CannotMakeError if a set would hold fewer people than are pinned to it."""
    try:
        people = participants_of(draft.cohort)
        pins = pins_of(draft, number_of_sets, people)
        set_sizes(len(people), number_of_sets, pins)
    except ValueError:
        raise CannotMakeError(
            _("More people are pinned to one set than it would hold. Unpin somebody first.")
        ) from None


def ask(grouping: Grouping, *, number_of_sets: int, seed: int, by: User, at: datetime) -> Grouping:
    grouping.number_of_sets, grouping.seed = number_of_sets, seed
    grouping.asked_by, grouping.asked_at = by, at
    grouping.attempts, grouping.claimed_until, grouping.progress = 0, None, 0
    grouping.made_at = grouping.failed_at = None
    grouping.version += 1
    grouping.save()
    queue_on_commit()
    return grouping


def queue_on_commit() -> None:
    """Queue the task that makes sets when this transaction commits.

    Does nothing without a broker. Then `send_due --loop` makes the sets. With a broker, Celery beat
    also runs the task each minute.
    """
    if settings.CELERY_BROKER_URL:
        transaction.on_commit(queue, robust=True)


def queue() -> None:
    """Queue the task. Doesn't retry, because a request is waiting."""
    from sets.tasks import make_pending_sets  # noqa: PLC0415 (tasks import this module)

    app = make_pending_sets.app
    once = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}
    with app.connection_for_write(transport_options=once) as connection:
        app.send_task(make_pending_sets.name, connection=connection, retry=False, expires=600)


def make_pending() -> int:
    """Make the sets that were asked for, one grouping after the other; return how many."""
    count = 0
    while grouping := claim(timezone.now()):
        make(grouping, at=timezone.now())
        count += 1
    return count


@transaction.atomic
def claim(now: datetime) -> Grouping | None:
    """Claim and return the grouping that was asked for first; None if there is nothing to do."""
    waiting = Grouping.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lte=now), made_at=None, failed_at=None
    )
    locked = waiting.select_for_update(skip_locked=True, of=("self",))
    grouping: Grouping | None = locked.order_by("asked_at", "pk").first()
    if grouping is None:
        return None
    grouping.claimed_until, grouping.attempts = now + LEASE, grouping.attempts + 1
    if grouping.attempts > MOST_ATTEMPTS:
        grouping.claimed_until, grouping.failed_at = None, now
    grouping.save(update_fields=["claimed_until", "attempts", "failed_at"])
    return grouping


def make(grouping: Grouping, *, at: datetime) -> None:
    """Make the sets of a claimed grouping, and store them or the failure."""
    if grouping.failed_at:
        return
    claimed = Grouping.objects.filter(pk=grouping.pk, claimed_until=grouping.claimed_until)
    roster = roster_of(grouping)
    number = grouping.number_of_sets
    try:
        check_number(len(roster.members), number)
        made = make_sets(
            roster.people.values(),
            roster.rules,
            number_of_sets=number,
            seed=grouping.seed,
            pins=pins_of(grouping, number, roster.members),
            progress=lambda percent: claimed.update(progress=percent),
        )
    except (CannotMakeError, ValueError):
        logger.exception("Grouping %d could not be made", grouping.pk)
        claimed.update(failed_at=at, claimed_until=None)
    else:
        store(grouping, roster, made, at=at)


def pins_of(grouping: Grouping, number_of_sets: int, people: Container[int]) -> dict[int, int]:
    """Return the index of the set of each pinned person, by the user's pk.

    Leaves out people who have left the cohort, and sets that will not exist. `people` are the pks
    of the users to be put into sets.
    """
    pinned = SetMembership.objects.active().filter(
        grouping=grouping, is_pinned=True, set__number__lte=number_of_sets
    )
    return {
        user: number - 1
        for user, number in pinned.values_list("membership__user", "set__number")
        if user in people
    }


@transaction.atomic
def store(grouping: Grouping, roster: Roster, made: list[list[int]], *, at: datetime) -> bool:
    """Replace the grouping's sets by those that were made.

    Returns False, and stores nothing, if another worker has claimed the grouping since, or if it
    was asked for again.
    """
    current = (
        Grouping.objects.select_for_update()
        .filter(pk=grouping.pk, claimed_until=grouping.claimed_until, made_at=None)
        .first()
    )
    if current is None or grouping.claimed_until is None:
        return False
    pinned = set(
        SetMembership.objects.filter(grouping=current, is_pinned=True).values_list(
            "membership", flat=True
        )
    )
    current.sets.all().delete()
    sets = Set.objects.bulk_create(
        Set(grouping=current, number=number, changed_at=at) for number, _keys in enumerate(made, 1)
    )
    SetMembership.objects.bulk_create(
        SetMembership(
            grouping=current,
            set=one,
            membership=roster.members[key],
            is_pinned=roster.members[key].pk in pinned,
            joined_at=at,
        )
        for one, keys in zip(sets, made, strict=True)
        for key in keys
    )
    current.made_at, current.claimed_until, current.progress = at, None, 100
    current.version += 1
    current.save(update_fields=["made_at", "claimed_until", "progress", "version"])
    return True


def delete_old_tables(*, at: datetime) -> int:
    """Delete the tables of workshops that ended over a day ago; return how many were deleted."""
    over = Grouping.objects.of_tables().filter(workshop__ends_at__lt=at - timedelta(days=1))
    return over.delete()[0]
