"""Undoing an import of people, within a day: removing those who have not been active since.

If the cohort has sent a person no e-mail, their membership is deleted, and so is an account that
the import created for them. Otherwise their membership ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from accounts.models import User
from cohorts.models import Cohort, Membership, MembershipQuerySet, PeopleFile
from outbox.models import Message

# Several kinds of activity share this reason, because facilitators may not learn who has written.
HAS_USED_CONVENOR = _("%(name)s has used Convenor since.")


@dataclass(frozen=True)
class Activity:
    """A kind of activity. Members with such activity stay if the import is undone.

    `reason` is a sentence with %(name)s. `members_among(members)` returns the primary keys of the
    memberships with this activity.
    """

    reason: StrPromise
    members_among: Callable[[MembershipQuerySet], Iterable[int]]


@dataclass(frozen=True)
class UndoPlan:
    """The members that undoing an import removes, and those who stay, each with a reason.

    `invited` are those of the removed members who have had an e-mail from the cohort.
    """

    removed: list[Membership]
    invited: list[Membership]
    staying: list[tuple[Membership, str]]


def plan_undo(people_file: PeopleFile) -> UndoPlan:
    """Return what undoing the import would do now. The number of queries is constant."""
    members = people_file.members.active()
    reasons: dict[int, str] = {}
    for activity in (
        Activity(HAS_USED_CONVENOR, lambda found: _who_signed_in(found, people_file)),
        *map(import_string, settings.MEMBER_ACTIVITIES),
    ):
        for pk in activity.members_among(members):
            reasons.setdefault(pk, str(activity.reason))
    contacted = set(
        Message.objects.filter(
            Q(sent_at__isnull=False) | Q(attempts__gt=0),
            group_id=people_file.cohort_id,
            recipient__in=members.values("user"),
        ).values_list("recipient", flat=True)
    )
    everybody = list(members.by_name())
    removed = [member for member in everybody if member.pk not in reasons]
    return UndoPlan(
        removed=removed,
        invited=[member for member in removed if member.user_id in contacted],
        staying=[
            (member, reasons[member.pk] % {"name": member.user})
            for member in everybody
            if member.pk in reasons
        ],
    )


@transaction.atomic
def undo_import(people_file: PeopleFile, *, notify: bool, by: User, at: datetime) -> UndoPlan:
    """Undo the import, and return what was done. Locks the cohort and the list.

    If `notify` is true, removed members whose calendars have entries get an e-mail that removes the
    entries. Does nothing if the import can no longer be undone.
    """
    Cohort.objects.select_for_update().get(pk=people_file.cohort_id)
    people_file = PeopleFile.objects.select_for_update().get(pk=people_file.pk)
    if not people_file.can_be_undone(at):
        return UndoPlan([], [], [])
    plan = plan_undo(people_file)
    invited = {member.pk for member in plan.invited}
    # A membership can't end before it began, if clocks differ.
    Membership.objects.filter(pk__in=invited).update(
        left_at=Greatest(F("joined_at"), Value(at)), left_by=by, left_silently=not notify
    )
    deleted = [member for member in plan.removed if member.pk not in invited]
    Membership.objects.filter(pk__in=[member.pk for member in deleted]).delete()
    User.objects.filter(
        pk__in=[member.user_id for member in deleted],
        added_at__gte=people_file.made_at,
        last_login=None,
        acted_at=None,
        is_administrator=False,
        memberships=None,
    ).delete()
    people_file.undone_at = at
    people_file.save(update_fields=["undone_at"])
    return plan


def _who_signed_in(members: MembershipQuerySet, people_file: PeopleFile) -> Iterable[int]:
    since = people_file.confirmed_at
    return members.filter(
        Q(user__last_login__gte=since) | Q(user__acted_at__gte=since) | Q(needs_said_at__gte=since)
    ).values_list("pk", flat=True)
