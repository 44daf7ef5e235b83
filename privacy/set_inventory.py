"""The part of the inventory of personal data that is about sets."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy.holdings import Holding, rows_of_user
from privacy.serializers import Facts, words_of
from sets.models import ChangeWish, SetMembership, SetNote


def place(one: SetMembership) -> Facts:
    return {
        _("Cohort"): one.grouping.cohort.name,
        _("Set"): str(one.set),
        _("Joined"): one.joined_at,
        _("Left"): one.left_at,
    }


def note(one: SetNote) -> Facts:
    return {
        _("Cohort"): one.set.grouping.cohort.name,
        _("Set"): str(one.set),
        _("Words"): words_of(one, "body"),
        _("Written"): one.written_at,
    }


def wish(one: ChangeWish) -> Facts:
    return {
        _("Cohort"): one.membership.cohort.name,
        _("What you would like to change"): one.text,
        _("Written"): one.written_at,
    }


SET_HOLDINGS = (
    Holding(
        name="sets",
        title=gettext_lazy("Sets you are or were in"),
        title_for_others=gettext_lazy("Sets they are or were in"),
        fate=gettext_lazy("A record that somebody was in the set stays."),
        covers=("sets.SetMembership.membership",),
        rows=rows_of_user(
            SetMembership, "membership__user", "grouping__cohort", "grouping__workshop", "set"
        ),
        facts=place,
        about=gettext_lazy(
            "If facilitators keep two people apart, that is not here, because it is about "
            "somebody else too."
        ),
        stays=True,
    ),
    Holding(
        name="notes-for-your-set",
        title=gettext_lazy("Notes you wrote for your set"),
        title_for_others=gettext_lazy("Notes they wrote for their set"),
        fate=gettext_lazy("They are deleted."),
        covers=("sets.SetNote.author",),
        rows=rows_of_user(SetNote, "author", "set__grouping__cohort"),
        facts=note,
        is_private=True,
    ),
    Holding(
        name="what-you-would-change",
        title=gettext_lazy("What you would like to change"),
        title_for_others=gettext_lazy("What they would like to change"),
        fate=gettext_lazy("It is deleted."),
        covers=("sets.ChangeWish.membership",),
        rows=rows_of_user(ChangeWish, "membership__user", "membership__cohort"),
        facts=wish,
    ),
)
