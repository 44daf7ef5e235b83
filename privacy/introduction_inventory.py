"""The part of the inventory of personal data that is about introductions."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy.holdings import Holding, rows_of_user
from privacy.serializers import Facts
from sets.introductions.people import others_of
from sets.models import Introducee, IntroductionOptIn


def opt_in(one: IntroductionOptIn) -> Facts:
    return {_("Cohort"): one.membership.cohort.name, _("Since"): one.since}


def introducee(one: Introducee) -> Facts:
    """Return an introduction, with the people in it only if they have all said yes."""
    introduction = one.introduction
    is_made = introduction is not None and introduction.introduced_at is not None and one.said_yes
    return {
        _("Cohort"): one.round.cohort.name,
        _("When"): one.round.made_at,
        _("Your answer"): one.get_answer_display(),
        _("Introduced"): introduction.introduced_at if introduction and is_made else "",
        _("To"): [other.name for other in others_of(one, introduced=True)] if is_made else [],
    }


INTRODUCTION_HOLDINGS = (
    Holding(
        name="asked-to-be-introduced",
        title=gettext_lazy("That you asked to be introduced to people"),
        title_for_others=gettext_lazy("That they asked to be introduced to people"),
        fate=gettext_lazy("It is deleted."),
        covers=("sets.IntroductionOptIn.membership",),
        rows=rows_of_user(IntroductionOptIn, "membership__user", "membership__cohort"),
        facts=opt_in,
        is_private=True,
    ),
    Holding(
        name="introductions",
        title=gettext_lazy("Introductions you took part in"),
        title_for_others=gettext_lazy("Introductions they took part in"),
        fate=gettext_lazy(
            "A record that somebody was introduced stays. Other answers are deleted."
        ),
        covers=("sets.Introducee.membership",),
        rows=rows_of_user(Introducee, "membership__user", "round__cohort", "introduction"),
        facts=introducee,
        about=gettext_lazy(
            "“Not this time” is deleted when an introduction is over, so it isn’t here then."
        ),
        stays=True,
        is_private=True,
    ),
)
