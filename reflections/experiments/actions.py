"""Actions on experiments: start, change, share, answer, delete. Each is atomic."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.public_id import new_public_id
from cohorts.models import Cohort, Membership
from reflections.experiments.follow_ups import LookBack, look_back_of, usual_look_back
from reflections.models import Audience, Experiment, Reflection
from ui.version_token import check_version, version_token
from workshops.models import Workshop

FOLLOW_UP_FIELDS = ("look_back_workshop", "look_back_on", "follow_up_number")


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
    """Save a new experiment, by default with the usual follow-up date (see `usual_look_back`).

    If the author has already saved the same text with `reflection` or, without a reflection, under
    `public_id`, returns that experiment. The audience of an experiment without a reflection is then
    changed if `audience` is narrower, but not if it is wider, because that needs a confirmation.

    Raises PermissionDenied if the author was never in the cohort. To share, they must be in it now.
    """
    require_member(author, cohort.pk, shares=audience != Audience.ONLY_ME)
    if saved := find_duplicate(author, words, reflection, public_id):
        if reflection is None and Audience(saved.audience).is_wider_than(audience):
            return share(experiment=saved, audience=Audience(audience), by=author, at=at)
        return saved
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


def find_duplicate(
    author: User, words: str, reflection: Reflection | None, public_id: str
) -> Experiment | None:
    """Return the author's experiment with this text, with its row locked, or None.

    Looks among the experiments of the reflection or, if that is None, for the experiment with this
    public id. Compares the texts in Python, because they are encrypted in the database.
    """
    own = Experiment.objects.by(author).select_for_update()
    found = own.filter(reflection=reflection) if reflection else own.filter(public_id=public_id)
    return next((one for one in found if one.words == words), None)


@transaction.atomic
def change(
    *, experiment: Experiment, words: str, look_back: LookBack, by: User, at: datetime
) -> Experiment:
    """Replace the experiment's text and follow-up date.

    Raises PermissionDenied if the user did not write the experiment, or if its present text can't
    be decrypted.
    """
    current = lock_own(experiment, by)
    if current.is_unreadable:
        raise PermissionDenied
    if current.words != words:
        current.words, current.changed_at = words, at
    set_follow_up(current, look_back)
    current.save(update_fields=["words", "changed_at", *FOLLOW_UP_FIELDS])
    return current


@transaction.atomic
def share(*, experiment: Experiment, audience: Audience, by: User, at: datetime) -> Experiment:
    """Change the experiment's audience.

    Raises PermissionDenied if the user did not write the experiment, or if the new audience is
    wider and the user is no longer in the cohort.
    """
    current = lock_own(experiment, by)
    if audience == current.audience:
        return current
    if audience.is_wider_than(current.audience):
        require_member(by, current.cohort_id, shares=True)
        current.shared_at = at
    elif audience == Audience.ONLY_ME:
        current.shared_at = None
    current.audience = audience
    current.save(update_fields=["audience", "shared_at"])
    return current


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
    """Save how the experiment went, in place of any earlier answer.

    If the outcome is “Not yet”, also sets the follow-up date to `look_back` or, if that is None, to
    `usual_look_back`.

    `seen` is the version token (see `answer_token`) of the answer that the page was shown with.
    Raises StaleError if a different answer has been saved since. Raises PermissionDenied if the
    user did not write the experiment, or if it can't be decrypted.
    """
    current = lock_own(experiment, by)
    if current.is_unreadable:
        raise PermissionDenied
    if (current.outcome, current.happened, current.learned) != (outcome, happened, learned):
        if seen is not None:
            check_version(seen, answer_token(current), _("This has been answered on another page."))
        current.changed_at = at
    current.outcome, current.answered_at = outcome, at
    current.happened, current.learned, current.has_learning = happened, learned, bool(learned)
    if outcome == Experiment.Outcome.NOT_YET:
        set_follow_up(current, look_back or usual_look_back(current.cohort, at))
    words = ("outcome", "happened", "learned", "has_learning", "answered_at", "changed_at")
    current.save(update_fields=[*words, *FOLLOW_UP_FIELDS])
    return current


def answer_token(experiment: Experiment) -> str:
    """Return a version token that changes whenever an answer is saved."""
    return version_token(experiment.answered_at and experiment.answered_at.isoformat())


@transaction.atomic
def delete(*, experiment: Experiment, by: User) -> None:
    """Delete the experiment. Raises PermissionDenied if the user did not write it."""
    lock_own(experiment, by).delete()


def set_follow_up(experiment: Experiment, look_back: LookBack) -> None:
    """Set the follow-up date, without saving the experiment.

    If the date has changed, `follow_up_number` increases, so that a new follow-up e-mail is sent.
    """
    if look_back_of(experiment) != look_back:
        experiment.look_back_workshop, experiment.look_back_on = look_back.workshop, look_back.on
        experiment.follow_up_number += 1


def lock_own(experiment: Experiment, user: User) -> Experiment:
    """Return the experiment, read again from the database with its row locked.

    Raises PermissionDenied if the user did not write the experiment, or if it has been deleted.
    """
    own = Experiment.objects.select_for_update(of=("self",)).by(user)
    current = own.select_related("cohort", "look_back_workshop").filter(pk=experiment.pk).first()
    if current is None:
        raise PermissionDenied
    return current


def require_member(user: User, cohort_id: int, *, shares: bool) -> None:
    """Raise PermissionDenied unless the user is or was in the cohort.

    A user who shares must be in the cohort now.
    """
    memberships = Membership.objects.filter(user=user, cohort=cohort_id)
    if not (memberships.active() if shares else memberships).exists():
        raise PermissionDenied
