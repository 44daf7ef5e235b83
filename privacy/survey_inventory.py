"""The part of the inventory of personal data that is about surveys."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy import serializers
from privacy.holdings import Holding, rows_of_user
from surveys.models import Comment, Pseudonym, Receipt, Response

SURVEY_HOLDINGS = (
    Holding(
        name="surveys",
        title=_("Surveys you answered"),
        title_for_others=_("Surveys they answered"),
        fate=_(
            "A record that somebody answered stays, and so do the answers: nobody can tell which "
            "were yours."
        ),
        fate_for_others=_(
            "A record that somebody answered stays, and so do the answers: nobody can tell which "
            "were theirs."
        ),
        covers=("surveys.Receipt.membership",),
        rows=rows_of_user(Receipt, "membership__user", "survey__workshop__cohort"),
        facts=serializers.receipt,
        about=_(
            "Your answers to anonymous surveys are not here. They are stored without a name, and "
            "nothing links them to anybody; so nobody can find yours, not even to give them to you."
        ),
        stays=True,
        is_private=True,
    ),
    Holding(
        name="answers-with-your-name",
        title=_("Your answers to surveys that had your name"),
        title_for_others=_("Their answers to surveys that had their name"),
        fate=_("They stay, without your name, so that figures don’t change."),
        fate_for_others=_("They stay, without their name, so that figures don’t change."),
        covers=("surveys.Response.membership",),
        rows=rows_of_user(Response, "membership__user", "survey__workshop__cohort"),
        facts=serializers.named_answers,
        stays=True,
    ),
    Holding(
        name="comments-with-your-name",
        title=_("Your comments in surveys that had your name"),
        title_for_others=_("Their comments in surveys that had their name"),
        fate=_("They are deleted."),
        covers=("surveys.Comment.membership",),
        rows=rows_of_user(Comment, "membership__user", "survey__workshop__cohort"),
        facts=serializers.named_comment,
    ),
    Holding(
        name="confidential-answers",
        title=_("Your answers to confidential surveys"),
        title_for_others=_("Their answers to confidential surveys"),
        fate=_(
            "The code that links them to you is deleted. They stay, and nothing says any more "
            "whose they are. A record of which surveys you answered also stays."
        ),
        fate_for_others=_(
            "The code that links them to the person is deleted. They stay, and nothing says any "
            "more whose they are. A record of which surveys they answered also stays."
        ),
        covers=("surveys.Pseudonym.membership",),
        rows=rows_of_user(Pseudonym, "membership__user", "membership__cohort"),
        facts=serializers.linked_answers,
        is_private=True,
    ),
)
