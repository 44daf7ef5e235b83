"""Forms that choose the members to remove, and whether they get e-mail about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cohorts.forms.fields import MembersField
from cohorts.models import Membership
from ui.forms import LabelWithHint


class RemovalForm(forms.Form):
    """The form that chooses the participants to remove, with a checkbox for each."""

    fields: dict[str, Any]  # each of its own class
    members = MembersField(
        label=_("Participants"),
        error_messages={
            "required": _("Tick at least one person, or cancel."),
            "invalid_choice": _("Somebody has left meanwhile. Check the ticks, and try again."),
        },
    )

    def __init__(self, *args: Any, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["members"].offer(members)

    def chosen(self) -> list[Membership]:
        ticked: list[Membership] = self.cleaned_data["members"]
        return ticked


class NoticeForm(forms.Form):
    """The form that chooses whether a removed member, or several, get an e-mail about it."""

    SEND, NONE = "send", "none"

    notice = forms.ChoiceField(
        label=_("Tell them by e-mail?"),
        choices=[
            (
                SEND,
                LabelWithHint(
                    _("Send them an e-mail"),
                    _(
                        "It says that they are no longer in this cohort, and helps to remove its "
                        "workshops from their calendar. Only people who have had a calendar entry "
                        "get it."
                    ),
                ),
            ),
            (
                NONE,
                LabelWithHint(
                    _("Send no e-mail"),
                    _("The workshops stay in their calendar until they delete them."),
                ),
            ),
        ],
        initial=SEND,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose whether to send e-mail."),
            "invalid_choice": _("Choose whether to send e-mail."),
        },
    )

    @property
    def notify(self) -> bool:
        return bool(self.cleaned_data["notice"] == self.SEND)
