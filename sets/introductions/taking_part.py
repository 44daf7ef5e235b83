"""A participant's actions on introductions: opting in, opting out, and answering."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import OptOut
from sets.introductions.making import present_in, settle
from sets.models import Introducee, Introduction, IntroductionOptIn
from sets.models.introductions import ASKING_KIND
from sets.notes import save_wish


class AnswerRefusedError(Exception):
    """Raised if this person can't answer about the introduction any more."""


@transaction.atomic
def take_part(*, membership: Membership, wish: str, at: datetime) -> None:
    """Let a participant be introduced from the next round on, and save what they'd like to change.

    Also deletes their opt-out from the e-mails that ask, which are needed to take part.
    """
    save_wish(membership=membership, text=wish, at=at)
    IntroductionOptIn.objects.get_or_create(membership=membership, defaults={"since": at})
    OptOut.objects.filter(person=membership.user_id, kind=ASKING_KIND).delete()
    User.objects.record_act(membership.user_id, at=at)


@transaction.atomic
def stop(*, membership: Membership, at: datetime) -> None:
    """Opt a participant out. Their pending introduction is answered with “Not this time”.

    Does nothing if they don't take part.
    """
    IntroductionOptIn.objects.filter(membership=membership).delete()
    pending = Introduction.objects.pending().filter(introducees__membership=membership)
    for introduction in pending.select_for_update(of=("self",)).order_by("pk"):
        introduction.introducees.filter(membership=membership).update(
            answer=Introducee.Answer.NOT_NOW
        )
    User.objects.record_act(membership.user_id, at=at)


@transaction.atomic
def answer(*, introducee: Introducee, says: str, at: datetime) -> Introduction:
    """Save whether somebody wants to be introduced. Once all have said yes, they are introduced.

    `says` is one of `Introducee.Answer`. People can change their answer until they are introduced.
    Locks the introduction, so that concurrent answers are serialised. Raises AnswerRefusedError.
    """
    introductions = Introduction.objects.select_for_update(of=("self",)).select_related("round")
    introduction = introductions.filter(introducees=introducee).first()
    if introduction is None or not may_answer(introducee, introduction, at):
        raise AnswerRefusedError
    Introducee.objects.filter(pk=introducee.pk).update(answer=says)
    User.objects.record_act(introducee.membership.user_id, at=at)
    answers = list(present_in(introduction).values_list("answer", flat=True))
    if len(answers) > 1 and set(answers) == {Introducee.Answer.YES}:
        settle(introduction, is_made=True, at=at)
    return introduction


def may_answer(introducee: Introducee, introduction: Introduction, moment: datetime) -> bool:
    """Return whether the person can answer now. Makes two queries.

    The cohort must be unarchived and use introductions. The person and at least one other person of
    the introduction must still be in the cohort.
    """
    if not introduction.takes_answers(moment):
        return False
    in_use = Cohort.objects.unarchived().filter(
        uses_introductions=True, pk=introduction.round.cohort_id
    )
    people = present_in(introduction).values_list("pk", flat=True)
    present = set(people) if in_use.exists() else set()
    return introducee.pk in present and len(present) > 1
