"""The rule for whether the e-mails of a survey may have reached a person."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from outbox.models import Message, Outcome
from surveys.invitations import NUDGE, SURVEY


def may_have_got_survey(user: User) -> bool:
    """Return whether an e-mail with the link to a survey may have reached the user. One query.

    An e-mail that bounced, or whose address was refused, did not. One that was tried counts even if
    it was not recorded as sent, because the mail server's answer may have been lost.
    """
    tried = Q(sent_at__isnull=False) | Q(attempts__gt=0)
    not_arrived = Q(outcome__in=(Outcome.BOUNCED, Outcome.REFUSED, Outcome.SUPPRESSED))
    found = Message.objects.filter(tried, recipient=user, kind__in=(SURVEY.kind, NUDGE.kind))
    return bool(found.exclude(not_arrived).exists())
