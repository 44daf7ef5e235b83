"""How every form is drawn and speaks, and the fields and inputs that Django does not have."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

TEXT_LIKE = {
    "text",
    "email",
    "number",
    "password",
    "search",
    "tel",
    "url",
    "date",
    "time",
    "datetime-local",
    "file",
}


class BoundField(forms.BoundField):
    """A field in a form, which knows how our field template shows it."""

    @property
    def is_optional(self) -> bool:
        """Whether the label says “(optional)”. A checkbox that need not be ticked goes without saying."""
        marked = getattr(self.form, "mark_optional", True)
        return marked and not self.field.required and not self.is_checkbox

    @property
    def is_checkbox(self) -> bool:
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def anchor(self) -> str:
        """The id of the input to go to: the first one where there are several."""
        return self.id_for_label or f"{self.auto_id}_0"

    @property
    def problems(self) -> list[str]:
        """What is wrong, one sentence each; where the form has none of its own for an empty field, ours."""
        return [
            self._please
            if message == forms.Field.default_error_messages["required"]
            else str(message)
            for message in self.errors
        ]

    @property
    def introduction(self) -> str:
        """The label, as a sentence about the field begins in the error summary."""
        label = str(self.label).rstrip(":.")
        return label if label.endswith("?") else f"{label}:"

    @property
    def _please(self) -> str:
        if isinstance(self.field, forms.FileField):
            return "Please choose a file."
        if isinstance(self.field, forms.ChoiceField | forms.ModelChoiceField):
            return "Please choose one."
        return "Please tick this." if self.is_checkbox else "Please fill this in."

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if self.use_fieldset:
            # The group is what is wrong, not each radio: the fieldset's description says it.
            attrs.pop("aria-invalid", None)
        if _is_text_like(widget):
            own = str(attrs.get("class") or widget.attrs.get("class", ""))
            attrs["class"] = f"input {own}".strip()
        return attrs


def _is_text_like(widget: forms.Widget) -> bool:
    return getattr(widget, "input_type", "text") in TEXT_LIKE or type(widget).__name__ == "Select"


class Renderer(TemplatesSetting):
    """One form template and one field template, looked for in `templates/` first."""

    form_template_name = "forms/form.html"
    formset_template_name = "forms/formset.html"
    field_template_name = "forms/field.html"
    bound_field_class = BoundField


class PlainWords(forms.BaseForm):
    """For a form that asks for text: says what is wrong with it in our words, unless a field has its own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.error_messages = {**OF_A_TEXT, **field.error_messages}


OF_A_TEXT = {
    "max_length": "Keep this to %(limit_value)d characters; it has %(show_value)d.",
    "null_characters_not_allowed": "Somewhere in this is a character that can't be shown. Please type it afresh.",
}


class ProseField(forms.CharField):
    """A text of several lines. A browser sends two characters for each line's end and counts one: so do we."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without maxlength: a browser would cut what is pasted, and say nothing."""
        return {
            name: value
            for name, value in super().widget_attrs(widget).items()
            if name != "maxlength"
        }


class LabelWithHint(str):
    """A choice's label with a line of explanation below it."""

    hint: str

    def __new__(cls, label: str, hint: str = "") -> "LabelWithHint":
        text = super().__new__(cls, label)
        text.hint = hint
        return text


class DigitsInput(forms.TextInput):
    """A box for a number that keeps what was typed, even “abc”: a browser's own number box forgets it."""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off", **(attrs or {})})


class DateInput(forms.DateInput):
    """The browser's own date picker, which speaks ISO whatever the page's language."""

    input_type = "date"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(dict(attrs or {}), format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time picker, to the minute."""

    input_type = "time"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(dict(attrs or {}), format="%H:%M")


class ScaleInput(forms.RadioSelect):
    """Five points in a row, with words at both ends."""

    template_name = "forms/widgets/scale.html"

    def __init__(
        self, attrs: Mapping[str, Any] | None = None, *, low: str = "", high: str = ""
    ) -> None:
        super().__init__(dict(attrs or {}))
        self.low, self.high = low, high

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "low": self.low, "high": self.high}


class ScaleField(forms.TypedChoiceField):
    """An answer from 1 to 5, cleaned to a number; None when it may be left out and was."""

    def __init__(self, *, low: str, high: str, **options: Any) -> None:
        options.setdefault("error_messages", {"required": "Choose a number from 1 to 5."})
        super().__init__(
            choices=[(str(point), str(point)) for point in range(1, 6)],
            coerce=int,
            empty_value=None,
            widget=ScaleInput(low=low, high=high),
            **options,
        )
        self.error_messages["invalid_choice"] = "Choose a number from 1 to 5."
