"""Anonymisation of introductions: opt-ins are deleted, and introductions stay for the figures."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from cohorts.models import MembershipQuerySet
from outbox.anonymisation import erase_messages
from outbox.models import Message
from sets.introductions.emails import KINDS
from sets.models import Introducee, IntroductionOptIn


@transaction.atomic
def anonymise_introductions(memberships: MembershipQuerySet, *, at: datetime) -> int:
    """Delete the members' opt-ins, and erase the e-mails that describe the members to others.

    Introductions stay, because facilitators see their number; they refer to anonymised memberships.
    Returns the number of opt-ins deleted.
    """
    theirs = Introducee.objects.filter(membership__in=memberships)
    introductions = theirs.exclude(introduction=None).values("introduction")
    described_to = Introducee.objects.filter(introduction__in=introductions)
    letters = Message.objects.filter(kind__in=KINDS, subject_id__in=described_to.values("pk"))
    erase_messages(letters, at=at)
    met = Q(pk__in=theirs.introduced().values("pk"))
    theirs.exclude(met).update(answer="")
    return IntroductionOptIn.objects.filter(membership__in=memberships).delete()[0]
