"""The part of the inventory of personal data that is about “Before and after”."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.encryption import Unreadable
from privacy.holdings import Holding, rows_of_user
from privacy.serializers import LOST, Facts
from surveys.models import Colleague, Hope, WaveReceipt


def wave_receipt(one: WaveReceipt) -> Facts:
    return {
        _("Cohort"): one.wave.cohort.name,
        _("When"): one.wave.get_occasion_display(),
        _("You answered"): True,
    }


def hope(one: Hope) -> Facts:
    return {
        _("Cohort"): one.cohort.name,
        _("What would make it worth it"): str(LOST)
        if isinstance(one.text, Unreadable)
        else one.text,
    }


def colleague(one: Colleague) -> Facts:
    return {
        _("Cohort"): one.membership.cohort.name,
        _("Name"): one.name,
        _("E-mail address"): one.email,
        _("Named"): one.named_at,
    }


WAVE_HOLDINGS = (
    Holding(
        name="before-and-after",
        title=gettext_lazy("When you answered “Before and after”"),
        title_for_others=gettext_lazy("When they answered “Before and after”"),
        fate=gettext_lazy("A record that somebody answered stays."),
        covers=("surveys.WaveReceipt.membership",),
        rows=rows_of_user(WaveReceipt, "membership__user", "wave__cohort"),
        facts=wave_receipt,
        about=gettext_lazy(
            "Your answers are among your answers to confidential surveys, until the code that "
            "links them to you is deleted."
        ),
        stays=True,
        is_private=True,
    ),
    Holding(
        name="what-makes-it-worth-it",
        title=gettext_lazy("What you said would make the programme worth it"),
        title_for_others=gettext_lazy("What they said would make the programme worth it"),
        fate=gettext_lazy("It is deleted."),
        covers=("surveys.Hope.author",),
        rows=rows_of_user(Hope, "author", "cohort"),
        facts=hope,
        is_private=True,
    ),
    Holding(
        name="colleague-you-named",
        title=gettext_lazy("The manager or colleague you named"),
        title_for_others=gettext_lazy("The manager or colleague they named"),
        fate=gettext_lazy("Their name and address are deleted. What they answered stays."),
        covers=("surveys.Colleague.membership",),
        rows=rows_of_user(Colleague, "membership__user", "membership__cohort"),
        facts=colleague,
        is_private=True,
    ),
)
