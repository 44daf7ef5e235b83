"""The form for a link or a file for a workshop."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.forms import LineField
from ui.forms import PlainWords
from workshops.forms.date_and_place import LinkField
from workshops.materials.actions import MAX_PER_WORKSHOP
from workshops.materials.upload_validation import FILE_TYPES, ValidatedFile, validate_upload
from workshops.models import Material, Workshop

TOO_LARGE = gettext_lazy(
    "Choose a file of up to 10 MB, or store the file elsewhere and add a link to it."
)


class MaterialForm(PlainWords, forms.Form):
    """A title, and either a link or a file."""

    mark_optional = False
    title = LineField(
        label=gettext_lazy("Title"),
        max_length=200,
        help_text=gettext_lazy("For example, “Four lines about leading, an example”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter a title.")},
    )
    link = LinkField(
        label=gettext_lazy("Link"),
        required=False,
        help_text=gettext_lazy("To a page, a film, or a file stored elsewhere."),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        help_text=gettext_lazy(
            "PDF, Word (.docx), PowerPoint (.pptx), Excel (.xlsx), OpenDocument, plain text, PNG,"
            " JPEG, MP3 or M4A, up to 10 MB. You can drop it here."
        ),
        widget=forms.FileInput(
            attrs={
                "accept": ",".join(
                    f".{ending}" for kind in FILE_TYPES for ending in kind.extensions
                )
            }
        ),
        error_messages={
            "empty": gettext_lazy("Choose another file. This one is empty."),
            "invalid": gettext_lazy("Choose the file again."),
        },
    )

    def __init__(self, *args: Any, workshop: Workshop, **options: Any) -> None:
        super().__init__(*args, **options)
        self.workshop = workshop
        self.upload: ValidatedFile | None = None

    def clean_file(self) -> UploadedFile[Any] | None:
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file:
            if (file.size or 0) > Material.MOST_BYTES:  # checked before reading the file
                raise ValidationError(TOO_LARGE)
            self.upload = validate_upload(file.name or "", file.read())
        return file

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if facts.get("link") and facts.get("file"):
            self.add_error("link", _("Add either a link or a file, not both."))
        elif not {"link", "file"} & set(self.errors) and not (
            facts.get("link") or facts.get("file")
        ):
            self.add_error("link", _("Add a link or a file."))
        if self.workshop.materials.count() >= MAX_PER_WORKSHOP:
            self.add_error(
                None,
                _("Delete a link or file first. A workshop can have up to %(count)d.")
                % {"count": MAX_PER_WORKSHOP},
            )
        if self.errors and self.upload and "file" not in self.errors:
            self.add_error("file", _("Choose the file again. Your browser does not keep it."))
        return facts
