"""The rule for whether an e-mail with a link to answer may have reached a person."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.import_undo import Activity
from cohorts.models import MembershipQuerySet
from relationships.invitations import INVITATION_KIND, LAST_NUDGE_KIND, NUDGE_KIND
from surveys.deliveries import KINDS as SURVEY_KINDS
from surveys.deliveries import arrivals

KINDS = (INVITATION_KIND, NUDGE_KIND, LAST_NUDGE_KIND)


def may_have_got_questions(user: User) -> bool:
    """Return whether an e-mail with a link to a survey or a round may have reached the user."""
    return bool(arrivals((*SURVEY_KINDS, *KINDS)).filter(recipient=user).exists())


def who_may_have_got_round(members: MembershipQuerySet) -> Iterable[int]:
    """Return the pks of those members to whom an e-mail about a round may have been delivered."""
    found = arrivals(KINDS).filter(group_id__in=members.values("cohort"))
    return members.filter(user__in=found.values("recipient")).values_list("pk", flat=True)


# Undoing an import does not remove members who have been asked, whether or not they have answered.
SENT_ROUND = Activity(_("%(name)s has been asked “Who do you know here?”."), who_may_have_got_round)
