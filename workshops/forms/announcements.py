"""The form for a message that a facilitator writes to a cohort."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.forms import LineField, MembersField
from cohorts.models import Membership
from outbox.content.placeholders import check
from ui.forms import LabelWithHint, PlainWords, ProseField
from workshops.forms.date_and_place import ClockField, DayField, moment_of
from workshops.messages.announcements import fields_about
from workshops.models import Announcement, Material, Workshop

Audience = Announcement.Audience


def audience_choices() -> list[tuple[str, LabelWithHint]]:
    hints = {
        Audience.EVERYBODY: gettext("Everybody who takes part."),
        Audience.COMING: gettext("People who said they are coming to a workshop."),
        Audience.SILENT: gettext("People who have not said whether they are coming to it."),
        Audience.APOLOGIES: gettext("People who said so beforehand, or are marked so."),
        Audience.PRESENT: gettext("People marked present or partly present on its register."),
        Audience.ABSENT: gettext("People marked absent on its register."),
        Audience.SELECTED: gettext("People whose names you tick."),
    }
    return [(one.value, LabelWithHint(str(one.label), hint)) for one, hint in hints.items()]


# The audiences of a workshop to come, and of one that has begun.
BEFORE = (Audience.COMING, Audience.SILENT)
AFTERWARDS = (Audience.PRESENT, Audience.ABSENT)


class MaterialField(forms.ModelChoiceField[Material]):
    """A link or file of one of the cohort's workshops, or none."""

    def label_from_instance(self, obj: Material) -> str:
        facts = {"title": obj.title, "workshop": obj.workshop}
        return gettext("%(title)s (%(workshop)s)") % facts


# How long before it goes out a message can be scheduled. The timeline looks 400 days ahead.
FURTHEST = timedelta(days=365)


class AnnouncementForm(PlainWords, forms.ModelForm[Announcement]):
    fields: dict[str, Any]  # each of its own class
    mark_optional = False
    # Django puts the fields of the model before the others.
    field_order = ("audience", "workshop", "people", "subject", "body", "material", "day", "clock")
    audience = forms.ChoiceField(
        label=_("Who gets it?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose who gets it."),
            "invalid_choice": _("Choose who gets it."),
        },
    )
    workshop = forms.ModelChoiceField(
        Workshop.objects.none(),
        label=_("Which workshop?"),
        required=False,
        empty_label=None,
        help_text=_("Only for a message to people by their answers or their marks."),
        error_messages={
            "invalid_choice": _("Choose another workshop: that one is off or not this cohort’s."),
        },
    )
    people = MembersField(
        label=_("Which people?"),
        required=False,
        help_text=_("Only for a message to selected people."),
        error_messages={
            "invalid_choice": _("Somebody has left meanwhile. Check the ticks, and save again."),
        },
    )
    subject = LineField(
        label=_("Subject"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter a subject. It is what people see first.")},
    )
    body = ProseField(
        label=_("Message"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": _("Enter your message.")},
    )

    material = MaterialField(
        Material.objects.none(),
        label=_("Add a link or file of a workshop"),
        required=False,
        empty_label=_("No link or file"),
        help_text=_(
            "The e-mail has a link, or a file of up to 5 MB as an attachment. For a larger file it "
            "has a link that people open signed in."
        ),
        error_messages={
            "invalid_choice": _("Choose another link or file. That one has been deleted.")
        },
    )
    day = DayField(
        label=_("Date to send it"),
        required=False,
        help_text=_("Leave the date and the time empty to send it once you have checked it."),
    )
    clock = ClockField(label=_("Time to send it"), required=False)

    class Meta:
        model = Announcement
        fields = ("audience", "workshop", "subject", "body", "material")

    def __init__(
        self, *args: Any, instance: Announcement, moment: datetime, **options: Any
    ) -> None:
        super().__init__(*args, instance=instance, **options)
        self.cohort, self.moment = instance.cohort, moment
        self.to_come = self.cohort.workshops.to_come(moment)
        dated = self.cohort.workshops.on().order_by("starts_at")
        begun = [one for one in dated if one.has_begun(moment)]
        participants = list(self.cohort.memberships.active().participating().by_name())
        left_out = {
            *(() if participants else (Audience.SELECTED,)),
            *(() if self.to_come else BEFORE),
            *(() if begun else AFTERWARDS),
            *(() if dated else (Audience.APOLOGIES,)),
        }
        self.fields["audience"].choices = [
            choice for choice in audience_choices() if choice[0] not in left_out
        ]
        self.fields["workshop"].queryset = dated
        if not dated:
            del self.fields["workshop"]
        elif not self.initial.get("workshop"):
            self.initial["workshop"] = self.to_come.first() or begun[-1]
        self.fields["people"].offer(participants)
        if not participants:
            del self.fields["people"]
        elif instance.audience == Audience.SELECTED and instance.pk:
            self.initial["people"] = [one.public_id for one in instance.addressees.all()]

        materials = Material.objects.listed().filter(workshop__cohort=self.cohort)
        self.fields["material"].queryset = materials.select_related("workshop")
        if not materials.exists():
            del self.fields["material"]
        zone = self.cohort.zone
        self.fields["clock"].help_text = gettext("Times are in the %(time_zone)s time zone.") % {
            "time_zone": self.cohort.time_zone
        }
        if instance.sends_at:
            local = instance.sends_at.astimezone(zone)
            self.initial.update(day=local.date(), clock=local.time())

    def selected(self) -> list[Membership]:
        """Return the selected people. Empty for any other audience."""
        selected: list[Membership] = self.cleaned_data.get("people", [])
        return selected

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if facts.get("audience") == Audience.SELECTED:
            if "people" not in self.errors and not facts["people"]:
                self.add_error("people", gettext("Tick at least one person."))
        else:
            self.errors.pop("people", None)
            facts["people"] = []
        if facts.get("audience") in (Audience.EVERYBODY, Audience.SELECTED):
            self.errors.pop("workshop", None)
            facts["workshop"] = None
        elif (
            "audience" in facts
            and "workshop" not in self.errors
            and (problem := self.problem_with(facts.get("workshop"), facts["audience"]))
        ):
            self.add_error("workshop", problem)
        self.instance.sends_at = self.clean_sends_at()
        self.instance.has_material = bool(facts.get("material"))
        known = [field.name for field in self.known_fields()]
        for name in ("subject", "body"):
            try:
                check(facts.get(name, ""), known)
            except ValidationError as error:
                self.add_error(name, error)
        return facts

    def clean_sends_at(self) -> datetime | None:
        """Return the time to send it at. None if it is empty, or is invalid and so has an error."""
        day, clock = self.cleaned_data.get("day"), self.cleaned_data.get("clock")
        if "day" in self.errors or "clock" in self.errors or (day is None and clock is None):
            return None
        if day is None:
            self.add_error("day", gettext("Enter a date, or leave the time empty too."))
        if clock is None:
            self.add_error("clock", gettext("Enter a time, or leave the date empty too."))
        moment = moment_of(self, "clock", day, clock, self.cohort.zone)
        if moment and (problem := self.problem_with_time(moment)):
            self.add_error("day", problem)
        return moment

    def problem_with_time(self, moment: datetime) -> str:
        """Return an error if the message can't be sent at this time, or ""."""
        if moment <= self.moment:
            return gettext("Enter a date and time to come, or leave both empty.")
        if moment > self.moment + FURTHEST:
            return gettext("Enter a date within a year.")
        workshop = self.cleaned_data.get("workshop")
        if workshop and self.cleaned_data.get("audience") in BEFORE and moment >= workshop.ends_at:
            return gettext("Enter a date and time before the workshop ends.")
        return ""

    def problem_with(self, workshop: Workshop | None, audience: str) -> str:
        """Return an error if the workshop can't decide who is in the audience, or ""."""
        if workshop is None:
            return gettext("Choose the workshop that decides who gets it.")
        if audience in BEFORE and workshop not in self.to_come:
            return gettext("Choose a workshop to come. This one is over.")
        if audience in AFTERWARDS and not workshop.has_begun(self.moment):
            return gettext("Choose a workshop that has begun. Nobody is on this one’s register.")
        return ""

    def known_fields(self) -> tuple[Any, ...]:
        """Return the placeholders that the text can use."""
        about = self.cleaned_data.get("workshop") if self.is_bound else None
        return fields_about(about or self.to_come.first())
