"""The rule for whether the e-mails of a survey may have reached a person."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.import_undo import Activity
from cohorts.models import MembershipQuerySet
from outbox.models import Message, Outcome
from surveys.invitations import NUDGE, SURVEY


def may_have_got_survey(user: User) -> bool:
    """Return whether an e-mail with the link to a survey may have reached the user. One query.

    An e-mail that bounced, or whose address was refused or suppressed, did not reach the user. An
    e-mail that a worker tried to send may have reached the user even if it is not recorded as sent:
    the SMTP reply may have been lost.
    """
    return bool(_arrivals().filter(recipient=user).exists())


def who_may_have_got_survey(members: MembershipQuerySet) -> Iterable[int]:
    """Return the memberships of people to whom a survey of the cohort may have been delivered."""
    found = _arrivals().filter(group_id__in=members.values("cohort"))
    return members.filter(user__in=found.values("recipient")).values_list("pk", flat=True)


def _arrivals() -> QuerySet[Message]:
    tried = Q(sent_at__isnull=False) | Q(attempts__gt=0)
    not_arrived = Q(outcome__in=(Outcome.BOUNCED, Outcome.REFUSED, Outcome.SUPPRESSED))
    found: QuerySet[Message] = Message.objects.filter(tried, kind__in=(SURVEY.kind, NUDGE.kind))
    return found.exclude(not_arrived)


# Undoing an import does not remove members who have been sent a survey. It makes no difference
# whether they have answered, so that the reason doesn't reveal it.
SENT_SURVEY = Activity(_("%(name)s has been sent a survey."), who_may_have_got_survey)
