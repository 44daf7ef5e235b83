"""What else belongs to a workshop, besides its plan: links that apps on the right add to its page.

settings.WORKSHOP_EXTRAS names functions that return them for one visit. The week-before reminder
has the same sentences. A feature that a cohort doesn't use adds none, so the plan's own text never
has to mention it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from cohorts.models import Membership
from outbox.delivery.batch_cache import cached_per_batch
from programmes.features import Part
from workshops.models import Workshop


@dataclass(frozen=True)
class WorkshopExtra:
    """A sentence about something that belongs to a workshop, and the path of its page.

    The path is empty if there is no page for this user.
    """

    label: str
    sentence: str
    url: str = ""

    @classmethod
    def of(cls, part: Part, url: str) -> WorkshopExtra:
        return cls(label=str(part.label), sentence=str(part.sentence), url=url)


@dataclass(frozen=True)
class WorkshopVisit:
    """A workshop as somebody sees it: a user on its page, or any participant in an e-mail.

    `is_first` and `is_last` say whether it is the first or last of its cohort's workshops, without
    those that are cancelled. In an e-mail `user` and `membership` are None; the membership also for
    an administrator who is not in the cohort.
    """

    workshop: Workshop
    is_first: bool
    is_last: bool
    is_participant: bool
    user: User | None = None
    membership: Membership | None = None


Extras = Callable[[WorkshopVisit], Iterable[WorkshopExtra]]


def extras_for_user(
    workshop: Workshop, *, user: User, membership: Membership | None
) -> list[WorkshopExtra]:
    """Return what else belongs to the workshop, for its page. See `extras_of`."""
    is_participant = membership is not None and not membership.is_facilitator
    return extras_of(workshop, is_participant=is_participant, user=user, membership=membership)


@cached_per_batch
def extras_for_email(workshop: Workshop) -> list[WorkshopExtra]:
    """Return what else belongs to the workshop, for an e-mail to its participants.

    The result is the same for each of them. Cached per batch. See `extras_of`.
    """
    return extras_of(workshop, is_participant=True)


def extras_of(workshop: Workshop, **visitor: Any) -> list[WorkshopExtra]:
    """Return what else belongs to the workshop, in the order of settings.WORKSHOP_EXTRAS.

    Returns nothing for a workshop that is cancelled, or in the middle of the series. Makes one
    query, and those of the functions.
    """
    if workshop.is_cancelled:
        return []
    kept = workshop.cohort.workshops.filter(cancelled_at=None).order_by("position")
    positions = list(kept.values_list("position", flat=True))
    is_first, is_last = (workshop.position == positions[place] for place in (0, -1))
    if not (is_first or is_last):
        return []
    visit = WorkshopVisit(workshop, is_first, is_last, **visitor)
    functions: list[Extras] = [import_string(path) for path in settings.WORKSHOP_EXTRAS]
    return [extra for function in functions for extra in function(visit)]
