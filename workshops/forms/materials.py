"""A link or a file to hand out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from cohorts.forms import LineField
from ui.forms import PlainWords
from workshops.forms.date_and_place import LinkField
from workshops.materials.actions import MOST_OF_A_WORKSHOP
from workshops.materials.upload_validation import KINDS, TAKEN, Handout, look_at
from workshops.models import Material, Workshop

TOO_LARGE = (
    "This file has more than 10 MB, which is the most. Keep it elsewhere, and give the link to it."
)


class MaterialForm(PlainWords, forms.Form):
    """What is handed out, and what people know it by."""

    mark_optional = False
    title = LineField(
        max_length=200,
        help_text="As people should know it: “Four lines about leading, an example”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Give it a title."},
    )
    link = LinkField(
        required=False, help_text="To a page, a film, or a file that your team keeps elsewhere."
    )
    file = forms.FileField(
        label="Or a file",
        required=False,
        help_text=f"{TAKEN}, up to 10 MB. You can drop it here.",
        widget=forms.FileInput(
            attrs={"accept": ",".join(f".{ending}" for kind in KINDS for ending in kind.endings)}
        ),
        error_messages={"empty": "This file is empty.", "invalid": "Choose the file again."},
    )

    def __init__(self, *args: Any, workshop: Workshop, **options: Any) -> None:
        super().__init__(*args, **options)
        self.workshop = workshop
        self.handout: Handout | None = None

    def clean_file(self) -> UploadedFile[Any] | None:
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file:
            if (file.size or 0) > Material.MOST_BYTES:  # said before a byte of it is read
                raise ValidationError(TOO_LARGE)
            self.handout = look_at(file.name or "", file.read())
        return file

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if facts.get("link") and facts.get("file"):
            self.add_error("link", "Give a link or a file, one of them.")
        elif not {"link", "file"} & set(self.errors) and not (
            facts.get("link") or facts.get("file")
        ):
            self.add_error("link", "Give a link, or choose a file.")
        if self.workshop.materials.count() >= MOST_OF_A_WORKSHOP:
            self.add_error(
                None,
                f"This workshop has {MOST_OF_A_WORKSHOP} materials, which is the most. Remove one first.",
            )
        if self.errors and self.handout and "file" not in self.errors:
            self.add_error("file", "Please choose the file again: a browser does not keep it.")
        return facts
