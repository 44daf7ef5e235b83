"""Forms that upload or paste a list of people, choose its columns, and correct a row."""

from hashlib import blake2s
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cohorts.forms.members import PersonDetailsForm
from cohorts.importing.addresses import address_error
from cohorts.importing.columns import MAY_REPEAT, Field
from cohorts.importing.encodings import ENCODINGS, decode_again
from cohorts.importing.names import clean
from cohorts.importing.pasted import read_pasted
from cohorts.importing.reader import MAX_BYTES, TOO_MANY_BYTES, read_table
from cohorts.importing.serialization import serialize
from cohorts.importing.table import Table, UnreadableFile
from cohorts.models import PeopleFile, Sector
from cohorts.people_import import Plan, PlannedRow, SectorWords
from ui.forms import PlainWords, ProseField

CHOOSE_OR_PASTE = _("Choose the file with the list of people, or paste the list.")


class UploadForm(PlainWords, forms.Form):
    """The form for a list of people, as a file or as text. Cleaning reads it into `table`."""

    mark_optional = False
    # 5,000 rows with 100 characters each.
    MAX_PASTED = 500_000

    file = forms.FileField(
        label=_("List of people"),
        required=False,
        help_text=_("A spreadsheet (.xlsx) or a CSV file, up to 5 MB. You can drop it here."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.xlsm,.tsv,.txt"}),
        error_messages={
            "empty": _("Choose another file. This one is empty."),
            "missing": CHOOSE_OR_PASTE,
            "invalid": CHOOSE_OR_PASTE,
        },
    )
    text = ProseField(
        label=_("Or paste the list"),
        required=False,
        max_length=MAX_PASTED,
        help_text=_(
            "Copy the cells from a spreadsheet, or the recipients from an e-mail. One person on a "
            "line also works: name, organisation, e-mail address."
        ),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"max_length": _("Paste a shorter list, or upload it as a file.")},
    )
    table: Table

    def clean_file(self) -> UploadedFile[Any] | None:
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is None:
            return None
        if (file.size or 0) > MAX_BYTES:  # before reading it into memory
            raise ValidationError(TOO_MANY_BYTES)
        try:
            self.table = read_table(file.read(), file.name or "")
        except UnreadableFile as unreadable:
            raise ValidationError(unreadable.sentence) from None
        return file

    def clean(self) -> dict[str, Any]:
        """Read the pasted text, unless there is a file. Refuse both together, and neither."""
        text = self.cleaned_data.get("text", "").strip()
        if self.errors:
            return self.cleaned_data
        if self.cleaned_data["file"] and text:
            self.add_error("text", gettext("Choose a file or paste a list, but not both."))
        elif text:
            try:
                self.table = read_pasted(text)
            except UnreadableFile as unreadable:
                self.add_error("text", unreadable.sentence)
        elif not self.cleaned_data["file"]:
            self.add_error("file", CHOOSE_OR_PASTE)
        return self.cleaned_data

    @property
    def filename(self) -> str:
        """The name of the file, or a name for the pasted list. Only after cleaning."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        return (file.name or "") if file else gettext("Pasted list")


class RowForm(PersonDetailsForm):
    """The form that corrects one row of a list before the import."""

    def __init__(self, data: QueryDict | None, *, planned: PlannedRow) -> None:
        row = planned.row
        initial = {
            "name": row.name,
            "email": row.email,
            "organisation": row.organisation,
            "sector": planned.sector or row.sector or "",
            "job_title": row.job_title,
            "needs": row.needs,
        }
        super().__init__(data, initial=initial)
        self.fields["sector"].help_text = _(
            "An organisation that is already here keeps its sector, unless that is Other."
        )

    def clean_email(self) -> str:
        email = super().clean_email()
        if fault := address_error(email):
            raise ValidationError(fault)
        return email


class ReadingForm(forms.Form):
    """The form in which the user chooses what each column, and each word for a sector, means."""

    mark_optional = False
    # The form shows at most this many words for sectors. A column with more different words
    # probably contains something else.
    MAX_WORDS = 60

    def __init__(self, *args: Any, people_file: PeopleFile, plan: Plan, **options: Any) -> None:
        super().__init__(*args, **options)
        self.table = people_file.table
        self.words = {self._name_of(words): words for words in plan.sector_words[: self.MAX_WORDS]}
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
        if self.table.encoding:
            self.fields["encoding"] = forms.ChoiceField(
                label=_("Encoding of the file"),
                choices=list(ENCODINGS.items()),
                initial=self.table.encoding,
                required=False,
                help_text=_(
                    "The file doesn’t say which encoding it has. If letters in names look wrong, "
                    "choose another."
                ),
            )

    @staticmethod
    def _name_of(words: SectorWords) -> str:
        return f"sector_{blake2s(words.key.encode(), digest_size=6).hexdigest()}"

    def _sample(self, index: int) -> str:
        """Return up to three different values of a column, as HTML.

        The values are escaped here, because templates don't escape help texts.
        """
        values = dict.fromkeys(
            filter(None, (clean(row.cells[index])[0] for row in self.table.rows[:200]))
        )
        shown = [Truncator(value).chars(40) for value in list(values)[:3]]
        return format_html("{}", " · ".join(shown)) if shown else gettext("Empty")

    @staticmethod
    def _sector_field(words: SectorWords) -> forms.ChoiceField:
        unknown = [] if words.sector else [("", _("Choose a sector"))]
        rows = ngettext("%(count)d row", "%(count)d rows", words.rows)
        rows_unknown = ngettext(
            "%(count)d row. Counts as Other until you choose.",
            "%(count)d rows. Count as Other until you choose.",
            words.rows,
        )
        return forms.ChoiceField(
            label=f"“{words.words}”",
            choices=[*unknown, *Sector.choices],
            initial=words.sector or "",
            required=False,
            help_text=(rows if words.sector else rows_unknown) % {"count": words.rows},
        )

    def columns(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.startswith("column_")]

    def sectors(self) -> list[forms.BoundField]:
        return [self[name] for name in self.words]

    def summary(self) -> list[str]:
        """Return, for each field that is read, which column it is read from."""
        return [
            gettext("%(field)s from “%(heading)s”")
            % {"field": Field(field.initial).label, "heading": field.label}
            for field in self.columns()
            if field.initial != Field.IGNORED
        ]

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
                    field.name,
                    gettext("Choose one column for %(field)s. “%(heading)s” is chosen too.")
                    % {"field": Field(meaning).label, "heading": seen[meaning]},
                )
            seen[meaning] = str(field.label)
        if not self.errors:
            self._check_enough(set(seen))
        return self.cleaned_data

    def _check_enough(self, seen: set[str]) -> None:
        parts = seen & {Field.FIRST_NAME, Field.SURNAME}
        if Field.EMAIL not in seen:
            raise ValidationError(
                gettext("Choose the column with the e-mail addresses. Everybody needs one.")
            )
        if Field.NAME not in seen and not parts:
            raise ValidationError(gettext("Choose the column with the names."))
        if Field.NAME in seen and parts:
            raise ValidationError(
                gettext(
                    "Choose a column for the whole name, or columns for its parts, but not both."
                )
            )

    def save(self, people_file: PeopleFile) -> None:
        """Save the chosen columns and sectors, and the table decoded with the chosen encoding.

        Saved sectors for words that are no longer on the form are unchanged.
        """
        people_file.columns = [self.cleaned_data[field.name] for field in self.columns()]
        people_file.sectors |= {
            words.key: self.cleaned_data[name]
            for name, words in self.words.items()
            if self.cleaned_data[name]
        }
        encoding = self.cleaned_data.get("encoding") or self.table.encoding
        if encoding != self.table.encoding:
            people_file.content = serialize(decode_again(self.table, encoding))
        people_file.save(update_fields=["columns", "sectors", "content"])
