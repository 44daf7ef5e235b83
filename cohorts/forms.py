from hashlib import blake2s
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.text import Truncator

from accounts.models import User, tidy_email
from cohorts.bringing_in import Plan, SectorWords
from cohorts.enrolment import may_change_address
from cohorts.importing.columns import MAY_REPEAT, Field
from cohorts.importing.names import clean, fault_in_name
from cohorts.importing.reading import MAX_BYTES, TOO_MANY_BYTES, read_table
from cohorts.importing.table import Table, UnreadableFile
from cohorts.models import NAME_TAKEN, Cohort, Membership, Organisation, PeopleFile, Sector, name_key
from ui.forms import DigitsInput, PlainWords


class LineField(forms.CharField):
    """One line of text, kept without the signs that nobody can see (and that can turn a line round)."""

    default_error_messages = {
        "required": "Fill this in.",
    }

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")[0]


class MemberForm(PlainWords, forms.Form):
    """A person in a cohort: to be added, or as they are to be kept."""

    name = LineField(
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Type the person's name."},
    )
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="The invitation and the reminders go there; it is what they sign in by.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Type the person's e-mail address.",
            "invalid": "That is not a whole e-mail address. It needs an @ and an ending, as amina@example.org has.",
        },
    )
    organisation = LineField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "organisations"}),
    )
    sector = forms.ChoiceField(
        label="Its sector",
        required=False,
        choices=[("", "Choose, if it is new here"), *Sector.choices],
        help_text="An organisation that we know keeps the sector it has.",
    )
    job_title = LineField(
        max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    needs = LineField(
        label="Access or dietary needs",
        max_length=500,
        required=False,
        help_text="Only those who run the cohort see this.",
    )
    role = forms.ChoiceField(
        label="Takes part as",
        choices=Membership.Role.choices,
        widget=forms.RadioSelect(attrs={"class": "few"}),
        initial=Membership.Role.PARTICIPANT,
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if fault := fault_in_name(name):
            raise ValidationError(fault)
        return name

    def clean_email(self) -> str:
        return tidy_email(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        name, sector = self.cleaned_data.get("organisation", ""), self.cleaned_data.get("sector")
        if name and not name_key(name):
            self.add_error("organisation", "Type the organisation's name in letters or figures.")
        elif name and not sector and not Organisation.objects.named(name):
            self.add_error("sector", f"{name} is new here. Choose its sector.")
        return self.cleaned_data


class MemberEditForm(MemberForm):
    """The same for somebody who is there; their address is fixed for whoever may not change it."""

    def __init__(self, data: QueryDict | None, *, membership: Membership, by: User) -> None:
        initial = {
            "name": membership.user.name,
            "email": membership.user.email,
            "organisation": membership.organisation.name if membership.organisation else "",
            "job_title": membership.job_title,
            "needs": membership.needs,
            "role": membership.role,
        }
        super().__init__(data, initial=initial)
        self.fields[
            "role"
        ].help_text = (
            "If you change it, they begin afresh today: what they did and could read before stays as it was."
        )
        if not may_change_address(user=membership.user, by=by):
            self.fields["email"].disabled = True
            self.fields["email"].help_text = format_html(
                "Only an administrator can change the address that {} signs in by.", membership.user
            )


class MoveForm(forms.Form):
    """Asks for the cohort that somebody moves to."""

    to = forms.ModelChoiceField(
        label="Move to",
        queryset=Cohort.objects.none(),
        to_field_name="public_id",
        empty_label="Choose a cohort",
        error_messages={"required": "Choose a cohort.", "invalid_choice": "Choose a cohort that you run."},
    )

    def __init__(self, *args: Any, membership: Membership, by: User, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = Cohort.objects.convened_by(by).exclude(pk=membership.cohort_id)
        self.fields["to"].queryset = choices  # type: ignore[attr-defined]


class CohortForm(PlainWords, forms.ModelForm[Cohort]):
    """What can be changed about a cohort once it is made: its programme and time zone cannot."""

    name = LineField(
        max_length=120,
        help_text=Cohort._meta.get_field("name").help_text,
        error_messages={"required": "Give the cohort a name."},
    )
    place = LineField(
        max_length=120,
        help_text=Cohort._meta.get_field("place").help_text,
        error_messages={"required": "Say what it is for: a town, a county, a system."},
    )
    capacity = forms.IntegerField(
        label="Places",
        initial=Cohort._meta.get_field("capacity").default,
        min_value=1,
        max_value=1000,
        help_text=Cohort._meta.get_field("capacity").help_text,
        widget=DigitsInput(),
        error_messages={
            "required": "Write how many people it is for.",
            "invalid": "Write a whole number, such as 22.",
            "min_value": "Write a number from 1 to 1000.",
            "max_value": "Write a number from 1 to 1000.",
        },
    )

    class Meta:
        model = Cohort
        fields: tuple[str, ...] = ("name", "place", "capacity")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Cohort.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(NAME_TAKEN)
        return name


class OrganisationForm(PlainWords, forms.ModelForm[Organisation]):
    """An organisation put right."""

    name = LineField(max_length=200)

    class Meta:
        model = Organisation
        fields = ("name", "sector")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name_key(name):
            raise ValidationError("Type the organisation's name in letters or figures.")
        return name


class SectorsForm(forms.Form):
    """The sectors of a page of organisations, one select each."""

    mark_optional = False

    def __init__(self, *args: Any, organisations: list[Organisation], **options: Any) -> None:
        super().__init__(*args, **options)
        self.organisations = organisations
        for organisation in organisations:
            # A row that was not on the page when it was opened says nothing, and changes nothing.
            self.fields[organisation.public_id] = forms.ChoiceField(
                label=f"Sector of {organisation.name}",
                choices=Sector.choices,
                initial=organisation.sector,
                required=False,
            )

    def rows(self) -> list[tuple[Organisation, forms.BoundField]]:
        return [(organisation, self[organisation.public_id]) for organisation in self.organisations]

    def changed(self) -> list[Organisation]:
        """The organisations that were given another sector, with it."""
        changed = []
        for organisation in self.organisations:
            sector = self.cleaned_data[organisation.public_id]
            if sector and sector != organisation.sector:
                organisation.sector = sector
                changed.append(organisation)
        return changed


class SearchForm(forms.Form):
    """A few words to look for."""

    mark_optional = False

    q = LineField(
        label="Name, e-mail or organisation",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )


class UploadForm(forms.Form):
    """Asks for a list of people, and reads it."""

    file = forms.FileField(
        label="The list",
        help_text="A spreadsheet (.xlsx) or a CSV file, up to 5 MB. You can drop it here.",
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.xlsm,.tsv,.txt"}),
        error_messages={
            "required": "Choose the file with the list of people.",
            "empty": "This file is empty.",
            "missing": "Choose the file with the list of people.",
            "invalid": "Choose the file with the list of people.",
        },
    )
    table: Table

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:  # said before a byte of it is read
            raise ValidationError(TOO_MANY_BYTES)
        try:
            self.table = read_table(file.read(), file.name or "")
        except UnreadableFile as unreadable:
            raise ValidationError(unreadable.sentence) from None
        return file


class ReadingForm(forms.Form):
    """How a list is read: what each column is taken for, and what people's words for sectors mean."""

    mark_optional = False
    # More kinds of words than this are no sectors: the column is taken for the wrong thing.
    MOST_WORDS = 60

    def __init__(self, *args: Any, people_file: PeopleFile, plan: Plan, **options: Any) -> None:
        super().__init__(*args, **options)
        self.table = people_file.table
        self.words = {self._name_of(words): words for words in plan.sector_words[: self.MOST_WORDS]}
        self.words_left_out = len(plan.sector_words) - len(self.words)
        for index, field in enumerate(people_file.fields):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=Truncator(clean(self.table.headings[index])[0]).chars(80),
                choices=[(each.value, each.label) for each in Field],
                initial=field.value,
                help_text=self._sample(index),
            )
        for name, words in self.words.items():
            self.fields[name] = self._sector_field(words)

    @staticmethod
    def _name_of(words: SectorWords) -> str:
        return f"sector_{blake2s(words.key.encode(), digest_size=6).hexdigest()}"

    def _sample(self, index: int) -> str:
        """The first few different values of a column, escaped: a hint is not."""
        values = dict.fromkeys(filter(None, (clean(row.cells[index])[0] for row in self.table.rows[:200])))
        shown = [Truncator(value).chars(40) for value in list(values)[:3]]
        return format_html("{}", " · ".join(shown)) if shown else "Nothing in it"

    @staticmethod
    def _sector_field(words: SectorWords) -> forms.ChoiceField:
        unknown = [] if words.sector else [("", "We don't know: choose")]
        rows = "1 row" if words.rows == 1 else f"{words.rows} rows"
        return forms.ChoiceField(
            label=f"“{words.words}”",
            choices=[*unknown, *Sector.choices],
            initial=words.sector or "",
            required=False,
            help_text=rows if words.sector else f"{rows}, Other until you choose",
        )

    def columns(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.startswith("column_")]

    def sectors(self) -> list[forms.BoundField]:
        return [self[name] for name in self.words]

    def summary(self) -> str:
        """What is taken from which column, in a sentence."""
        taken = [
            f"{Field(field.initial).label} from “{field.label}”"
            for field in self.columns()
            if field.initial != Field.IGNORED
        ]
        return ", ".join(taken) or "We know none of the columns"

    @property
    def has_unknown_words(self) -> bool:
        return any(words.sector is None for words in self.words.values())

    def clean(self) -> dict[str, Any]:
        seen: dict[str, str] = {}
        for field in self.columns():
            meaning = self.cleaned_data.get(field.name)
            if meaning is None or meaning == Field.IGNORED or meaning in MAY_REPEAT:
                continue
            if meaning in seen:
                self.add_error(
                    field.name, f"“{seen[meaning]}” is taken for {Field(meaning).label} too. Choose one."
                )
            seen[meaning] = str(field.label)
        if not self.errors:
            self._check_enough(set(seen))
        return self.cleaned_data

    def _check_enough(self, seen: set[str]) -> None:
        parts = seen & {Field.FIRST_NAME, Field.SURNAME}
        if Field.EMAIL not in seen:
            raise ValidationError(
                "Say which column holds the e-mail addresses: nobody can come in without one."
            )
        if Field.NAME not in seen and not parts:
            raise ValidationError("Say which column holds the names.")
        if Field.NAME in seen and parts:
            raise ValidationError(
                "Take either a column for the whole name, or columns for its parts; not both."
            )

    def save(self, people_file: PeopleFile) -> None:
        """The list is read like this from now on. Words of an earlier reading keep their meaning."""
        people_file.columns = [self.cleaned_data[field.name] for field in self.columns()]
        people_file.sectors |= {
            words.key: self.cleaned_data[name]
            for name, words in self.words.items()
            if self.cleaned_data[name]
        }
        people_file.save(update_fields=["columns", "sectors"])
