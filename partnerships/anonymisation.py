"""Erasure of the texts that a person wrote about partnerships. Dates and statuses stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.anonymisation import PersonalDetails
from cohorts.models import Cohort, MembershipQuerySet
from partnerships.contacts import delete_contacts
from partnerships.models import Check, Partnership, Party, Ripple
from partnerships.models.partnerships import TEXT_LENGTH, TITLE_LENGTH

# The maximum length of each text of a partnership. The text that replaces a name can be longer than
# the name, so texts may have to be cut.
TEXTS = {"title": TITLE_LENGTH, "what": TEXT_LENGTH, "first_step": 300, "learned": TEXT_LENGTH}


@transaction.atomic
def anonymise_parties(memberships: MembershipQuerySet, *, at: datetime) -> None:
    """Delete what these members answered in words, and the ripples that they added.

    Their agreement and the statuses that they chose stay, so that figures don't change. They are
    sent no more e-mails about partnerships.
    """
    parties = Party.objects.filter(membership__in=memberships)
    parties.filter(asked_to_stop_at=None).update(asked_to_stop_at=at)
    Check.objects.filter(answered_by__in=parties).update(happened="", noticed="")
    cohorts = memberships.values("cohort")
    people = memberships.values("user")
    Ripple.objects.filter(added_by__in=people, cohort__in=cohorts).delete()


@transaction.atomic
def remove_from_partnerships(named: PersonalDetails, *, cohorts: list[int], at: datetime) -> None:
    """Remove a person's details from the texts about work started in the cohorts with these pks.

    Also delete them as an outside contact in any cohort.
    """
    partnerships = Partnership.objects.filter(cohort__in=cohorts)
    for one in partnerships.filter(named.may_be_in(*TEXTS)):
        for field, longest in TEXTS.items():
            setattr(one, field, named.redact(getattr(one, field))[:longest])
        one.save(update_fields=TEXTS)
    answered = Check.objects.filter(partnership__cohort__in=cohorts)
    for check in answered.filter(named.may_be_in("happened", "noticed")):
        check.happened, check.noticed = named.redact(check.happened), named.redact(check.noticed)
        check.save(update_fields=["happened", "noticed"])
    for ripple in Ripple.objects.filter(named.may_be_in("sentence"), cohort__in=cohorts):
        ripple.sentence = named.redact(ripple.sentence)[: Ripple.LONGEST]
        ripple.save(update_fields=["sentence"])
    if named.email:
        delete_contacts(Party.objects.filter(email=named.email), at=at)


@transaction.atomic
def erase_partnerships(cohort: Cohort, *, at: datetime) -> int:
    """Delete the texts and outside contacts of the cohort's partnerships, and its ripples.

    Kinds, dates, statuses and agreements stay, because figures are made from them. Returns how many
    partnerships there are.
    """
    partnerships = Partnership.objects.filter(cohort=cohort)
    delete_contacts(Party.objects.filter(partnership__in=partnerships), at=at)
    Check.objects.filter(partnership__in=partnerships).update(happened="", noticed="")
    Ripple.objects.filter(cohort=cohort).delete()
    return partnerships.update(**dict.fromkeys(TEXTS, ""))
