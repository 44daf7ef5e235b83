"""Anonymisation of survey answers that have a name or pseudonym, and of replies to feedback."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.anonymisation import PersonalDetails
from cohorts.models import Cohort, MembershipQuerySet
from surveys.before_after.colleagues import erase_letters
from surveys.models import Colleague, Comment, FeedbackReply, Hope, Pseudonym


@transaction.atomic
def anonymise_answers(memberships: MembershipQuerySet, *, at: datetime) -> None:
    """Delete the members' comments that have their name, and their pseudonyms.

    Also delete what they hoped for, and the colleagues they named, and erase the e-mails to these.
    Other answers stay, so that figures don't change. The memberships that they name are anonymised.
    """
    Comment.objects.filter(membership__in=memberships).delete()
    Pseudonym.objects.filter(membership__in=memberships).delete()
    Colleague.objects.filter(membership__in=memberships).delete()
    erase_letters(at=at)
    theirs = memberships.filter(user=OuterRef("author"), cohort=OuterRef("cohort"))
    Hope.objects.filter(Exists(theirs)).delete()


@transaction.atomic
def remove_from_replies(named: PersonalDetails, *, cohorts: list[int]) -> None:
    """Remove a person's details from the replies to feedback of the cohorts with these pks."""
    replies = FeedbackReply.objects.filter(survey__workshop__cohort__in=cohorts)
    for reply in replies.filter(named.may_be_in("text")):
        reply.text = named.redact(reply.text)
        reply.save(update_fields=["text"])


def delete_replies(cohort: Cohort) -> int:
    """Delete the cohort's replies to feedback. Return how many there were."""
    return FeedbackReply.objects.filter(survey__workshop__cohort=cohort).delete()[0]
