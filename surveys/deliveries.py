"""The rule for whether an e-mail with a link to answer may have reached a person."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cohorts.import_undo import Activity
from cohorts.models import MembershipQuerySet
from outbox.models import Message, Outcome
from surveys import reminders
from surveys.before_after.invitations import INVITATION_KIND, LAST_NUDGE_KIND, NUDGE_KIND
from surveys.invitations import SURVEY

KINDS = (
    *(SURVEY.kind, reminders.FIRST.kind, reminders.SECOND.kind),
    *(INVITATION_KIND, NUDGE_KIND, LAST_NUDGE_KIND),
)


def who_may_have_got_survey(members: MembershipQuerySet) -> Iterable[int]:
    """Return the memberships of people to whom a survey of the cohort may have been delivered."""
    found = arrivals(KINDS).filter(group_id__in=members.values("cohort"))
    return members.filter(user__in=found.values("recipient")).values_list("pk", flat=True)


def arrivals(kinds: Iterable[str]) -> QuerySet[Message]:
    """Return the messages of these kinds that may have reached their recipients.

    An e-mail that bounced, or whose address was refused or suppressed, did not reach anybody. An
    e-mail that a worker tried to send may have arrived even if it is not recorded as sent: the SMTP
    reply may have been lost.
    """
    tried = Q(sent_at__isnull=False) | Q(attempts__gt=0)
    not_arrived = Q(outcome__in=(Outcome.BOUNCED, Outcome.REFUSED, Outcome.SUPPRESSED))
    found: QuerySet[Message] = Message.objects.filter(tried, kind__in=kinds)
    return found.exclude(not_arrived)


# Undoing an import does not remove members who have been sent a survey. It makes no difference
# whether they have answered, so that the reason doesn't reveal it.
SENT_SURVEY = Activity(_("%(name)s has been sent a survey."), who_may_have_got_survey)
