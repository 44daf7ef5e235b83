"""Publishing a draft of sets, which shows the sets to their people and sends the e-mails."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from outbox.tasks import queue_sending_on_commit
from sets.current import Current
from sets.making.jobs import lock
from sets.models import Grouping, Meeting, Set, SetMembership
from ui.version_token import check_version, version_token


def version_of(current: Current) -> str:
    """Return the version token of the sets and of who is in each. Makes no query."""
    places = [place for one in current.sets for place in one.places]
    return token(current.grouping, [(place.pk, place.set_id) for place in places])


def publish_version(grouping: Grouping) -> str:
    """Return the version token of the draft as it would be published. Makes one query."""
    places = SetMembership.objects.active().filter(grouping=grouping)
    return token(grouping, list(places.values_list("pk", "set")))


def token(grouping: Grouping, places: list[tuple[int, int]]) -> str:
    return version_token(grouping.version, sorted(places))


@transaction.atomic
def publish(*, grouping: Grouping, seen: str, by: User, at: datetime) -> int | None:
    """Publish a draft, which replaces the cohort's current sets; return its number of people.

    Returns None if the draft has been published already. Raises StaleError if `seen`, the version
    token that the page had from `version_of`, is not current any more, or if the draft has been
    deleted or is being made again. Locks the cohort's row.
    """
    lock(grouping.cohort)
    locked: Grouping | None = (
        Grouping.objects.of_sets().select_for_update().filter(pk=grouping.pk).first()
    )
    changed = _(
        "The sets have changed since you opened this page, or somebody has joined or left. Look at "
        "them again, then publish."
    )
    if locked is not None and locked.is_published:
        return None
    current = publish_version(locked) if locked is not None and locked.made_at else ""
    check_version(seen, current or "deleted", changed)
    replaced = Grouping.objects.current().filter(cohort=grouping.cohort_id)
    cancel_meetings(replaced.first(), at=at)
    replaced.update(replaced_at=at)
    places = SetMembership.objects.filter(grouping=grouping)
    places.filter(~Q(membership__left_at=None)).delete()
    places.update(joined_at=at)
    Set.objects.filter(grouping=grouping).update(version=F("version") + 1, changed_at=at)
    Grouping.objects.filter(pk=grouping.pk).update(
        published_at=at, published_by=by, version=F("version") + 1
    )
    queue_sending_on_commit()
    return places.count()


def cancel_meetings(grouping: Grouping | None, *, at: datetime) -> None:
    """Cancel the future meetings of sets that are being replaced."""
    Meeting.objects.filter(set__grouping=grouping, starts_at__gt=at, cancelled_at=None).update(
        cancelled_at=at, changed_at=at, sequence=F("sequence") + 1
    )
