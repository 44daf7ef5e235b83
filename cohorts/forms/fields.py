"""Form fields that several forms use."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cohorts.importing.names import clean
from cohorts.models import Membership
from ui.forms import LabelWithHint


class LineField(forms.CharField):
    """One line of text. Cleaning removes invisible characters such as bidirectional controls."""

    default_error_messages = {
        "required": _("Fill this in."),
    }

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")[0]


# With fewer people, a box that ticks all of them saves little.
FEWEST_TO_TICK_ALL = 5
# The value of a checkbox that stands for all members. No public id is as short.
ALL = "all"


class MembersSelect(forms.CheckboxSelectMultiple):
    """A checkbox for each member, and one that ticks all (static/js/tick-all.js).

    Without JavaScript a checkbox with the value `ALL` stands for all of them instead.
    """

    template_name = "forms/widgets/members.html"
    has_tick_all = False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        count = len(list(self.choices))
        has_tick_all = self.has_tick_all and count >= FEWEST_TO_TICK_ALL
        context["widget"] |= {"count": count, "has_tick_all": has_tick_all, "all": ALL}
        return context

    def format_value(self, value: Any) -> list[str]:
        ticked = super().format_value(value) or []
        return [str(key) for key, _label in self.choices] if ALL in ticked else list(ticked)


class MembersField(forms.MultipleChoiceField):
    """A checkbox for each of the members that `offer` sets. Cleaning returns the ticked members."""

    widget: Any

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=MembersSelect(attrs={"class": "roomy members"}), **options)
        self.members: list[Membership] = []

    def offer(self, members: list[Membership]) -> None:
        self.members, self.widget.has_tick_all = members, True
        self.choices = [
            (one.public_id, LabelWithHint(str(one.user), one.user.email or _("No e-mail address")))
            for one in members
        ]

    def to_python(self, value: Any) -> list[str]:
        ticked: list[str] = super().to_python(value)
        return [one.public_id for one in self.members] if ALL in ticked else ticked

    def clean(self, value: Any) -> list[Membership]:
        ticked = set(super().clean(value))
        return [one for one in self.members if one.public_id in ticked]
