"""The features that a programme or cohort can use or do without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Part:
    """What a feature adds to the first or the last workshop of a series, in a sentence."""

    feature: str
    label: str | Promise
    sentence: str | Promise


FIRST_ROUND = Part(
    "uses_relationships",
    _("Who do you know here?"),
    _(
        "In the week before this workshop, we ask each participant how well they know the others. "
        "It takes three minutes. Nobody sees what you say of anyone."
    ),
)
SETS = Part(
    "uses_sets",
    _("Sets"),
    _(
        "After this workshop, small groups are made of people from different organisations. They "
        "meet between workshops."
    ),
)
INTRODUCTIONS = Part(
    "uses_introductions",
    _("Someone you haven’t met yet"),
    _(
        "From a month after this workshop on, people who ask for it are introduced to somebody new "
        "each month."
    ),
)
LAST_ROUND = Part(
    "uses_relationships",
    _("Who do you know here?"),
    _(
        "The day after this workshop, we ask again how well you know the others. Then your network "
        "shows what has changed."
    ),
)
CARD = Part(
    "uses_partnerships",
    _("What we start together"),
    _(
        "Write down what you will do with people of other organisations: who, the first step and "
        "its date. It takes two minutes."
    ),
)


# What forms say of the switch of “Before and after”. Colleagues count as soon as they could answer,
# so that the switch does not tell whether one has.
BEFORE_AFTER_HELP = _(
    "Twelve questions at the start, at the end and six months on, and six to a manager or "
    "colleague. You can’t switch it off for a cohort once a participant has answered, or once "
    "the colleagues that participants have named can answer, even if nobody has."
)


class Features(models.Model):
    """An abstract model with a switch for each optional feature.

    A cohort copies its programme's switches. If a feature is off, no page mentions it and no
    message about it is owed. What people have written stays stored until it is switched on again.
    """

    FEATURES: ClassVar = (
        "uses_sets",
        "uses_introductions",
        "uses_relationships",
        "uses_partnerships",
        "uses_before_after",
    )

    uses_sets = models.BooleanField(
        _("Sets"),
        default=True,
        help_text=_("Small mixed groups that meet between workshops, and tables for the half day."),
    )
    uses_introductions = models.BooleanField(
        _("Introductions"),
        default=True,
        help_text=_("Once a month, people who ask for it meet somebody they don’t know yet."),
    )
    uses_relationships = models.BooleanField(
        _("Relationships"),
        default=True,
        help_text=_("“Who do you know here?”, asked at the start, at the end and six months on."),
    )
    uses_partnerships = models.BooleanField(
        _("Work started together"),
        default=True,
        help_text=_("What people of different organisations start, and what becomes of it."),
    )
    uses_before_after = models.BooleanField(
        _("Before and after"),
        default=True,
        help_text=_(
            "Twelve questions at the start, at the end and six months on, and six to a manager or "
            "colleague. You can’t switch it off for a cohort once somebody has answered."
        ),
    )

    class Meta:
        abstract = True

    def features(self) -> dict[str, bool]:
        """Return the values of the FEATURES fields, to copy them to a cohort or programme."""
        return {name: getattr(self, name) for name in self.FEATURES}

    def first_parts(self) -> list[Part]:
        """Return what the features that are on add to the first workshop."""
        return [one for one in (FIRST_ROUND, SETS, INTRODUCTIONS) if self.uses(one.feature)]

    def last_parts(self) -> list[Part]:
        """Return what the features that are on add to the last workshop."""
        return [one for one in (LAST_ROUND, CARD) if self.uses(one.feature)]

    def uses(self, feature: str) -> bool:
        """Return whether the feature is on. `feature` is one of FEATURES, or "" for no feature."""
        return not feature or bool(getattr(self, feature))
