"""What people do with what they mean to try: start, change, share, say how it went, delete. Each is all or nothing."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.public_id import new_public_id
from cohorts.models import Cohort, Membership
from reflections.experiments.follow_ups import LookBack, look_back_of, usual_look_back
from reflections.models import Audience, Experiment, Reflection
from workshops.models import Workshop

LOOK_BACK = ("look_back_workshop", "look_back_on", "asking")


class AnsweredMeanwhileError(Exception):
    """Since a page asked how it went, its author said so on another, in other words."""


@transaction.atomic
def start(
    *,
    author: User,
    cohort: Cohort,
    words: str,
    at: datetime,
    workshop: Workshop | None = None,
    reflection: Reflection | None = None,
    look_back: LookBack | None = None,
    audience: str = Audience.ONLY_ME,
    public_id: str = "",
) -> Experiment:
    """A new one, looked back on before the next workshop unless said otherwise.

    Sent twice, with a reflection or under one public id, it is one. Under its id for fewer readers, it is theirs alone
    at once; for more it stays as it is: that is asked about first. Raises PermissionDenied to who was never in the
    cohort, and to who left and would share.
    """
    require_member(author, cohort.pk, shares=audience != Audience.ONLY_ME)
    if known := known_as(author, words, reflection, public_id):
        if reflection is None and Audience(known.audience).is_wider_than(audience):
            return share(experiment=known, audience=Audience(audience), by=author, at=at)
        return known
    chosen = look_back or usual_look_back(cohort, at)
    is_free = public_id and not Experiment.objects.filter(public_id=public_id).exists()
    return Experiment.objects.create(
        public_id=public_id if is_free else new_public_id(),
        author=author,
        cohort=cohort,
        reflection=reflection,
        workshop=workshop,
        words=words,
        started_at=at,
        changed_at=at,
        audience=audience,
        shared_at=None if audience == Audience.ONLY_ME else at,
        look_back_workshop=chosen.workshop,
        look_back_on=chosen.on,
    )


def known_as(
    author: User, words: str, reflection: Reflection | None, public_id: str
) -> Experiment | None:
    """The same that was sent before: equal texts are sealed differently, so it is not the database that compares."""
    mine = Experiment.objects.by(author).select_for_update()
    found = mine.filter(reflection=reflection) if reflection else mine.filter(public_id=public_id)
    return next((one for one in found if one.words == words), None)


@transaction.atomic
def change(
    *, experiment: Experiment, words: str, look_back: LookBack, by: User, at: datetime
) -> Experiment:
    """Other words, or another time to look back: then it is asked about afresh.

    Raises PermissionDenied for another's, and for what could not be read.
    """
    kept = own(experiment, by)
    if kept.is_unreadable:
        raise PermissionDenied
    if kept.words != words:
        kept.words, kept.changed_at = words, at
    look_back_anew(kept, look_back)
    kept.save(update_fields=["words", "changed_at", *LOOK_BACK])
    return kept


@transaction.atomic
def share(*, experiment: Experiment, audience: Audience, by: User, at: datetime) -> Experiment:
    """Gives it another audience: a wider one from now on, a narrower one at once.

    Raises PermissionDenied for another's, and to who left the cohort and would widen it.
    """
    kept = own(experiment, by)
    if audience == kept.audience:
        return kept
    if audience.is_wider_than(kept.audience):
        require_member(by, kept.cohort_id, shares=True)
        kept.shared_at = at
    elif audience == Audience.ONLY_ME:
        kept.shared_at = None
    kept.audience = audience
    kept.save(update_fields=["audience", "shared_at"])
    return kept


@transaction.atomic
def answer(
    *,
    experiment: Experiment,
    outcome: str,
    by: User,
    at: datetime,
    happened: str = "",
    learned: str = "",
    look_back: LookBack | None = None,
    seen: str | None = None,
) -> Experiment:
    """How it went; said again, it is revised. What was not tried yet is asked about once more.

    `seen` is when it was last said, as the page knew it. Raises AnsweredMeanwhileError if it has been said otherwise
    since; PermissionDenied for another's, and for what could not be read.
    """
    kept = own(experiment, by)
    if kept.is_unreadable:
        raise PermissionDenied
    if (kept.outcome, kept.happened, kept.learned) != (outcome, happened, learned):
        if seen is not None and seen != last_answered(kept):
            raise AnsweredMeanwhileError
        kept.changed_at = at
    kept.outcome, kept.answered_at = outcome, at
    kept.happened, kept.learned, kept.has_learning = happened, learned, bool(learned)
    if outcome == Experiment.Outcome.NOT_YET:
        look_back_anew(kept, look_back or usual_look_back(kept.cohort, at))
    words = ("outcome", "happened", "learned", "has_learning", "answered_at", "changed_at")
    kept.save(update_fields=[*words, *LOOK_BACK])
    return kept


def last_answered(experiment: Experiment) -> str:
    """When its author last said how it went, as a page is told; empty if never."""
    return experiment.answered_at.isoformat() if experiment.answered_at else ""


@transaction.atomic
def delete(*, experiment: Experiment, by: User) -> None:
    """It goes for good. Raises PermissionDenied for another's."""
    own(experiment, by).delete()


def look_back_anew(experiment: Experiment, look_back: LookBack) -> None:
    """Not saved. Each time that is set anew has a question of its own."""
    if look_back_of(experiment) != look_back:
        experiment.look_back_workshop, experiment.look_back_on = look_back.workshop, look_back.on
        experiment.asking += 1


def own(experiment: Experiment, user: User) -> Experiment:
    """It as it is now, kept for this transaction. Raises PermissionDenied unless the person began it."""
    mine = Experiment.objects.select_for_update(of=("self",)).by(user)
    kept = mine.select_related("cohort", "look_back_workshop").filter(pk=experiment.pk).first()
    if kept is None:
        raise PermissionDenied
    return kept


def require_member(user: User, cohort_id: int, *, shares: bool) -> None:
    """Raises PermissionDenied unless the person is or was in the cohort; to share, they are in it now."""
    memberships = Membership.objects.filter(user=user, cohort=cohort_id)
    if not (memberships.active() if shares else memberships).exists():
        raise PermissionDenied
