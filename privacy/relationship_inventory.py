"""The part of the inventory of personal data that is about “Who do you know here?”."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.models import Membership
from privacy.holdings import Holding, rows_of_user
from privacy.serializers import LOST, Facts
from relationships.levels import LEVEL_TEXTS
from relationships.models import AnswerBlob, RosterEntry, RoundReceipt


def roster_entry(one: RosterEntry) -> Facts:
    return {
        _("Cohort"): one.round.cohort.name,
        _("When"): one.round.get_occasion_display(),
        _("Left off the list"): one.is_left_off,
    }


def receipt(one: RoundReceipt) -> Facts:
    return {
        _("Cohort"): one.round.cohort.name,
        _("When"): one.round.get_occasion_display(),
        _("You answered"): True,
    }


def answers(one: AnswerBlob) -> Facts:
    """Return what a person said of each of the others. Makes one query."""
    about = {_("Cohort"): one.round.cohort.name, _("When"): one.round.get_occasion_display()}
    if one.is_unreadable:
        return {**about, _("Answers"): str(LOST)}
    levels = one.read()
    members = Membership.objects.filter(pk__in=levels).select_related("user").order_by("pk")
    said = [f"{member.user.name}: {LEVEL_TEXTS[levels[member.pk]]}" for member in members]
    return {**about, _("Answers"): "\n".join(said)}


RELATIONSHIP_HOLDINGS = (
    Holding(
        name="who-you-know",
        title=gettext_lazy("How well you said you know the others in your cohort"),
        title_for_others=gettext_lazy("How well they said they know the others in their cohort"),
        fate=gettext_lazy(
            "Your answers are deleted, and what others answered about you. Totals that have been "
            "counted stay."
        ),
        fate_for_others=gettext_lazy(
            "Their answers are deleted, and what others answered about them. Totals that have been "
            "counted stay."
        ),
        covers=("relationships.AnswerBlob.membership",),
        rows=rows_of_user(AnswerBlob, "membership__user", "round__cohort"),
        facts=answers,
        about=gettext_lazy(
            "What others answered about you is not here: it is theirs, and nobody else sees it."
        ),
        is_private=True,
    ),
    Holding(
        name="that-you-answered-who-you-know",
        title=gettext_lazy("When you answered how well you know the others"),
        title_for_others=gettext_lazy("When they answered how well they know the others"),
        fate=gettext_lazy("A record that somebody answered stays."),
        covers=("relationships.RoundReceipt.membership",),
        rows=rows_of_user(RoundReceipt, "membership__user", "round__cohort"),
        facts=receipt,
        stays=True,
        is_private=True,
    ),
    Holding(
        name="lists-you-are-on",
        title=gettext_lazy("Lists of people to be asked about that you are on"),
        title_for_others=gettext_lazy("Lists of people to be asked about that they are on"),
        fate=gettext_lazy(
            "You are taken off a list that is open. A record that somebody was on one that has "
            "closed stays."
        ),
        fate_for_others=gettext_lazy(
            "They are taken off a list that is open. A record that somebody was on one that has "
            "closed stays."
        ),
        covers=("relationships.RosterEntry.membership",),
        rows=rows_of_user(RosterEntry, "membership__user", "round__cohort"),
        facts=roster_entry,
        stays=True,
        is_private=True,
    ),
)
