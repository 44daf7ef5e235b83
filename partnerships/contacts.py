"""Deletion of the names and addresses of people outside the cohort when no longer needed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from outbox.anonymisation import erase_messages
from outbox.models import Message, SuppressedAddress
from partnerships.agreement import record_act
from partnerships.checks.due import ANSWER_TIME, with_due
from partnerships.models import Check, Party
from partnerships.models.checks import MONTHS

# The kinds of e-mail to people who have no account.
OUTSIDE_KINDS = ("partnership-agree-outside", "partnership-check-outside")
# How long somebody outside has to agree before their name and address are deleted.
AGREE_TIME = timedelta(days=60)


@transaction.atomic
def stop_asking(*, party: Party, at: datetime) -> None:
    """Send this party no more questions. Deletes the name and address if its contact is outside."""
    Party.objects.filter(pk=party.pk, asked_to_stop_at=None).update(asked_to_stop_at=at)
    delete_contacts(Party.objects.filter(pk=party.pk), at=at)
    record_act(party, at=at)


@transaction.atomic
def delete_contacts(parties: QuerySet[Party], *, at: datetime) -> int:
    """Delete the names and addresses of those parties that are outside the cohort.

    The e-mails to them are erased, and so are their addresses on the suppression list, unless
    somebody signs in with them. Returns the number of parties. Their agreement and answers stay.
    """
    found = list(
        parties.filter(membership=None, contact_deleted_at=None).values_list("pk", flat=True)
    )
    if not found:
        return 0
    Party.objects.filter(pk__in=found).update(name="", email="", contact_deleted_at=at)
    letters = Message.objects.filter(kind__in=OUTSIDE_KINDS, subject_id__in=found)
    SuppressedAddress.objects.filter(
        ~Exists(User.objects.filter(email=OuterRef("address"))), message__in=letters
    ).delete()
    erase_messages(letters, at=at)
    return len(found)


def delete_expired_contacts(*, at: datetime) -> int:
    """Delete the outside contacts who won't be asked any more. Returns the number of parties.

    A contact won't be asked any more once the last check is answered or the time to answer it is
    over; once the work has stopped or is withdrawn; once the person has declined; and if they have
    not said within AGREE_TIME whether they agree. Can run at any time, and concurrently.
    """
    last = with_due(Check.objects.filter(partnership=OuterRef("partnership"), months=MONTHS[-1]))
    is_done = last.filter(Q(answered_at__isnull=False) | Q(due_at__lte=at - ANSWER_TIME))
    return delete_contacts(
        Party.objects.filter(
            Q(Exists(is_done))
            | Q(partnership__withdrawn_at__isnull=False)
            | Q(partnership__stopped_at__isnull=False)
            | Q(declined_at__isnull=False)
            | Q(agreed_at=None, added_at__lte=at - AGREE_TIME)
        ),
        at=at,
    )
