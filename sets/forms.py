"""Forms about sets: how many, who is kept apart, a meeting, a note, and a wish."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.models import Membership
from programmes.text_validation import check_characters, tidy
from sets.making.sizes import most_sets, possible_numbers, sizes
from sets.models import ChangeWish, KeepApart, Meeting, Set, SetNote
from ui.forms import LabelWithHint, PlainWords, ProseField
from workshops.forms.date_and_place import (
    ClockField,
    DayField,
    LinkField,
    clean_slot,
    initial_arrangement,
)
from workshops.times import Slot


def sizes_in_words(people: int, number_of_sets: int) -> str:
    """Return how many people are in each set: “4 or 5 in each”."""
    found = sizes(people, number_of_sets)
    if found[0] == found[-1]:
        return _("%(size)d in each") % {"size": found[0]}
    return _("%(smaller)d or %(larger)d in each") % {"smaller": found[-1], "larger": found[0]}


class NumberForm(PlainWords, forms.Form):
    """The form that chooses how many sets or tables there are."""

    number = forms.TypedChoiceField(
        coerce=int,
        widget=forms.RadioSelect(attrs={"class": "few"}),
        error_messages={
            "required": gettext_lazy("Choose how many."),
            "invalid_choice": gettext_lazy(
                "Choose one of these numbers: four to six people must be in each."
            ),
        },
    )

    def __init__(self, *args: Any, people: int, label: str, chosen: int = 0, **opts: Any) -> None:
        numbers = possible_numbers(people)
        initial = {"number": chosen if chosen in numbers else most_sets(people)}
        super().__init__(*args, initial=initial, **opts)
        number: Any = self.fields["number"]
        number.label = label
        number.choices = [
            (one, LabelWithHint(str(one), sizes_in_words(people, one))) for one in numbers
        ]


class MemberChoice(forms.ModelChoiceField[Membership]):
    """A choice among the present participants of a cohort, by name and organisation."""

    def label_from_instance(self, member: Any) -> str:
        if member.organisation is None:
            return str(member.user)
        return _("%(person)s, %(organisation)s") % {
            "person": member.user,
            "organisation": member.organisation,
        }


class KeepApartForm(PlainWords, forms.Form):
    """The form that adds a pair to keep apart."""

    one = MemberChoice(
        label=gettext_lazy("One person"),
        queryset=Membership.objects.none(),
        empty_label=gettext_lazy("Choose a person"),
        to_field_name="public_id",
        error_messages={"required": gettext_lazy("Choose a person.")},
    )
    other = MemberChoice(
        label=gettext_lazy("Other person"),
        queryset=Membership.objects.none(),
        empty_label=gettext_lazy("Choose a person"),
        to_field_name="public_id",
        error_messages={"required": gettext_lazy("Choose the other person.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=KeepApart.REASON_LENGTH,
        help_text=gettext_lazy(
            "For example “manages the other”. Only this cohort’s facilitators can read it."
        ),
    )

    def __init__(self, *args: Any, members: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("one", "other"):
            field: Any = self.fields[name]
            field.queryset = members

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("one") and data.get("one") == data.get("other"):
            self.add_error("other", _("Choose a different person: this is the same one twice."))
        return data


class MeetingForm(PlainWords, forms.Form):
    """The form for a meeting of a set: its date, times and place, in the cohort's time zone."""

    day = DayField(label=gettext_lazy("Date"))
    starts = ClockField(label=gettext_lazy("Starts"))
    ends = ClockField(label=gettext_lazy("Ends"))
    venue = forms.CharField(label=gettext_lazy("Place"), required=False, max_length=200)
    link = LinkField(label=gettext_lazy("Joining link"), required=False)

    def __init__(self, *args: Any, zone: ZoneInfo, meeting: Meeting | None = None, **options: Any):
        self.zone = zone
        if meeting:
            slot = Slot(meeting.starts_at, meeting.ends_at)
            options["initial"] = initial_arrangement(
                slot, meeting.place, meeting.joining_link, zone
            )
        super().__init__(*args, **options)
        self.fields["starts"].error_messages["required"] = _("Enter a start time.")
        self.fields["ends"].error_messages["required"] = _("Enter an end time.")

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data["slot"] = clean_slot(self, "", self.zone) if not self.errors else None
        return data


class NoteForm(PlainWords, forms.Form):
    """The form for a note of a set."""

    body = ProseField(
        label=gettext_lazy("Write a note"),
        max_length=SetNote.LENGTH,
        widget=forms.Textarea(attrs={"class": "short", "dir": "auto"}),
        error_messages={"required": gettext_lazy("Write something first.")},
    )


class NameForm(PlainWords, forms.ModelForm[Set]):
    """The form in which a set chooses its name."""

    class Meta:
        model = Set
        fields = ("name",)

    def clean_name(self) -> str:
        name = tidy(self.cleaned_data["name"])
        check_characters(name)
        return name


class WishForm(PlainWords, forms.Form):
    """The form in which a participant says what they would like to change."""

    text = forms.CharField(
        label=gettext_lazy("What would you like to change here?"),
        required=False,
        max_length=ChangeWish.LENGTH,
        widget=forms.Textarea(attrs={"class": "short", "dir": "auto"}),
        help_text=gettext_lazy(
            "One or two sentences, for example “Nobody should have to tell their story three "
            "times.” Leave it empty to say nothing."
        ),
    )

    def clean_text(self) -> str:
        text = tidy(self.cleaned_data["text"])
        check_characters(text)
        return text
