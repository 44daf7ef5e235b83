"""The rendering of forms, and form fields and widgets that Django does not have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.forms.renderers import BaseRenderer, TemplatesSetting
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

SELECTED = mark_safe(" selected")
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
    """A bound field with the properties that `templates/forms/field.html` shows."""

    @property
    def is_optional(self) -> bool:
        """Whether the label says “(optional)”. Always False for a checkbox."""
        marked = getattr(self.form, "mark_optional", True)
        return marked and not self.field.required and not self.is_checkbox

    @property
    def is_checkbox(self) -> bool:
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def anchor(self) -> str:
        """The id of the first input."""
        return self.id_for_label or f"{self.auto_id}_0"

    @property
    def problems(self) -> list[str]:
        """The errors as sentences. Our own replaces Django's “This field is required.”"""
        return [
            self._required_message
            if message == forms.Field.default_error_messages["required"]
            else str(message)
            for message in self.errors
        ]

    @property
    def introduction(self) -> str:
        """The label with a colon or question mark, for the error summary."""
        label = str(self.label).rstrip(":.")
        return label if label.endswith("?") else f"{label}:"

    @property
    def _required_message(self) -> str:
        if isinstance(self.field, forms.FileField):
            return _("Choose a file.")
        if isinstance(self.field, forms.ChoiceField | forms.ModelChoiceField):
            return _("Choose one.")
        return _("Tick this box.") if self.is_checkbox else _("Fill this in.")

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if self.use_fieldset:
            # The description of the fieldset contains the error, so don't mark each input invalid.
            attrs.pop("aria-invalid", None)
        if _is_text_like(widget):
            own = str(attrs.get("class") or widget.attrs.get("class", ""))
            attrs["class"] = f"input {own}".strip()
        return attrs


def _is_text_like(widget: forms.Widget) -> bool:
    is_select = isinstance(widget, FoldedSelect) or type(widget).__name__ == "Select"
    return is_select or getattr(widget, "input_type", "text") in TEXT_LIKE


class FoldedSelect(forms.Select):
    """A long select that is rarely needed: its value is shown, and it is folded behind `change`.

    It is open if no valid choice is selected, so that an error is never hidden.
    """

    template_name = "forms/widgets/folded_select.html"

    def __init__(self, *, change: str | StrPromise, **options: Any) -> None:
        super().__init__(**options)
        self.change = change

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        options = (
            option for _group, group, _n in context["widget"]["optgroups"] for option in group
        )
        chosen = next((option["label"] for option in options if option["selected"]), "")
        context["widget"] |= {"change": self.change, "chosen": chosen}
        return context


class LongSelect(forms.Select):
    """A select that renders its options without a template for each. Has no groups of options."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, SELECTED if str(key) == chosen else "", label)
                for key, label in cast(Any, self.choices)
            ),
        )
        flat = flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})}))
        return format_html("<select{}>{}</select>", flat, options)


class Renderer(TemplatesSetting):
    """A form renderer that uses the templates in `templates/forms`."""

    form_template_name = "forms/form.html"
    formset_template_name = "forms/formset.html"
    field_template_name = "forms/field.html"
    bound_field_class = BoundField


class PlainWords(forms.BaseForm):
    """A form mixin that gives text fields our error messages, unless they have their own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.use_plain_words()

    def use_plain_words(self) -> None:
        """Give our error messages to the text fields. Call it after adding fields to a form."""
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.error_messages = {**TEXT_ERRORS, **field.error_messages}


TEXT_ERRORS = {
    "max_length": gettext_lazy(
        "Shorten this to %(limit_value)d characters; it has %(show_value)d."
    ),
    "null_characters_not_allowed": gettext_lazy(
        "This contains a character that can’t be shown. Type it again."
    ),
}


class ProseField(forms.CharField):
    """A form field for text of several lines.

    A browser sends two characters for a line break but counts one towards maxlength, so line breaks
    are normalised before the length is checked.
    """

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Return the attributes without maxlength: browsers cut pasted text without saying so."""
        return {
            name: value
            for name, value in super().widget_attrs(widget).items()
            if name != "maxlength"
        }


@dataclass(frozen=True)
class LabelWithHint:
    """The label of a choice, and a line of explanation to show below the label."""

    label: str | StrPromise
    hint: str | StrPromise = ""

    def __str__(self) -> str:
        return str(self.label)


class DigitsInput(forms.TextInput):
    """A text input for digits.

    Unlike a number input, a text input shows a wrong value such as “abc” again.
    """

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off", **(attrs or {})})


class DateInput(forms.DateInput):
    """The browser's date picker, whose value is an ISO date in every language."""

    input_type = "date"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(dict(attrs or {}), format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's time picker, to the minute."""

    input_type = "time"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(dict(attrs or {}), format="%H:%M")


class ScaleInput(forms.RadioSelect):
    """Radio buttons from 1 to 5 in a row, with labels at both ends."""

    template_name = "forms/widgets/scale.html"

    def __init__(
        self,
        attrs: Mapping[str, Any] | None = None,
        *,
        low: str | StrPromise = "",
        high: str | StrPromise = "",
    ) -> None:
        super().__init__(dict(attrs or {}))
        self.low, self.high = low, high

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "low": self.low, "high": self.high}


class ScaleField(forms.TypedChoiceField):
    """An answer from 1 to 5, cleaned to an int, or to None if it is optional and empty."""

    def __init__(self, *, low: str | StrPromise, high: str | StrPromise, **options: Any) -> None:
        error = gettext_lazy("Choose a number from 1 to 5.")
        options.setdefault("error_messages", {"required": error})
        super().__init__(
            choices=[(str(point), str(point)) for point in range(1, 6)],
            coerce=int,
            empty_value=None,
            widget=ScaleInput(low=low, high=high),
            **options,
        )
        self.error_messages["invalid_choice"] = error
