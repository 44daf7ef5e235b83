"""The part of the inventory of personal data that is about work started together."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from partnerships.models import Check, Partnership, Party, Ripple
from privacy.holdings import Holding, rows_of_user
from privacy.serializers import Facts


def party(one: Party) -> Facts:
    return {
        _("Cohort"): one.partnership.cohort.name,
        _("What it is called"): one.partnership.title,
        _("What was written down"): one.partnership.what,
        _("Organisation"): one.organisation.name,
        _("Added"): one.added_at,
        _("You agreed"): one.agreed_at,
        _("You said that you don’t agree"): one.declined_at,
        _("The report may name your organisation"): one.may_be_named,
        _("You asked us to stop asking"): one.asked_to_stop_at,
    }


def outside_contacts(user: User) -> QuerySet[Any]:
    """Return the parties outside a cohort that have the user's address."""
    rows = Party.objects.filter(membership=None, email=user.email).exclude(email="")
    return rows.select_related("partnership__cohort", "organisation").order_by("pk")


def proposed(one: Partnership) -> Facts:
    return {
        _("Cohort"): one.cohort.name,
        _("What it is called"): one.title,
        _("What was written down"): one.what,
        _("Kind"): one.get_kind_display(),
        _("Began"): one.begun_on,
        _("First step"): one.first_step,
        _("How far it has come"): one.get_status_display(),
        _("What you learned"): one.learned,
        _("Written down"): one.proposed_at,
        _("Withdrawn"): one.withdrawn_at,
    }


def check(one: Check) -> Facts:
    return {
        _("Cohort"): one.partnership.cohort.name,
        _("What it is called"): one.partnership.title,
        _("After how many months"): one.months,
        _("Answered"): one.answered_at,
        _("How far it has come"): one.get_status_display(),
        _("What happened"): one.happened,
        _("Who noticed"): one.noticed,
        _("Would it exist without the programme?"): one.get_contribution_display(),
    }


def ripple(one: Ripple) -> Facts:
    return {
        _("Cohort"): one.cohort.name,
        _("When"): one.happened_on,
        _("What happened"): one.sentence,
        _("Was it expected?"): one.get_surprise_display(),
        _("Added"): one.added_at,
    }


PARTNERSHIP_HOLDINGS = (
    Holding(
        name="started-together",
        title=gettext_lazy("Work you are part of, with others"),
        title_for_others=gettext_lazy("Work they are part of, with others"),
        fate=gettext_lazy(
            "That somebody of the organisation agreed stays, so that figures don’t change. Nobody "
            "is asked about it any more."
        ),
        covers=("partnerships.Party.membership",),
        rows=rows_of_user(
            Party, "membership__user", "partnership__cohort", "organisation", order="pk"
        ),
        facts=party,
        stays=True,
    ),
    Holding(
        name="started-together-from-outside",
        title=gettext_lazy("Work you are part of, from outside a cohort"),
        title_for_others=gettext_lazy("Work they are part of, from outside a cohort"),
        fate=gettext_lazy("Name and address are deleted."),
        covers=(),
        rows=outside_contacts,
        facts=party,
    ),
    Holding(
        name="what-you-wrote-down",
        title=gettext_lazy("Work started together that you wrote down"),
        title_for_others=gettext_lazy("Work started together that they wrote down"),
        fate=gettext_lazy("It stays with the cohort, without your name."),
        fate_for_others=gettext_lazy("It stays with the cohort, without their name."),
        covers=("partnerships.Partnership.proposed_by",),
        rows=rows_of_user(Partnership, "proposed_by", "cohort"),
        facts=proposed,
        stays=True,
    ),
    Holding(
        name="how-it-goes",
        title=gettext_lazy("How you said work started together goes"),
        title_for_others=gettext_lazy("How they said work started together goes"),
        fate=gettext_lazy("The words are deleted. The chosen answers stay, without your name."),
        fate_for_others=gettext_lazy(
            "The words are deleted. The chosen answers stay, without their name."
        ),
        covers=(),
        rows=rows_of_user(Check, "answered_by__membership__user", "partnership__cohort"),
        facts=check,
        stays=True,
    ),
    Holding(
        name="timeline",
        title=gettext_lazy("What you added to a cohort’s timeline"),
        title_for_others=gettext_lazy("What they added to a cohort’s timeline"),
        fate=gettext_lazy("It is deleted."),
        covers=("partnerships.Ripple.added_by",),
        rows=rows_of_user(Ripple, "added_by", "cohort"),
        facts=ripple,
    ),
)
