"""Rendering of forms, for sighted users and for screen readers."""

import copy
import re
from datetime import date, time

import pytest
from django import forms

from ui.forms import (
    DateInput,
    DigitsInput,
    FoldedSelect,
    LabelWithHint,
    PlainWords,
    ProseField,
    ScaleField,
    TimeInput,
)


class Visit(forms.Form):
    name = forms.CharField(
        help_text="As on your badge.", widget=forms.TextInput(attrs={"class": "wide"})
    )
    nickname = forms.CharField(
        required=False, error_messages={"required": "Say what we may call you."}
    )
    audience = forms.ChoiceField(
        label="Who can read this?",
        choices=[("me", LabelWithHint("Only me", "Not facilitators.")), ("cohort", "My cohort")],
        widget=forms.RadioSelect(attrs={"class": "few"}),
        help_text="You can narrow this.",
    )
    place = forms.ChoiceField(choices=[("s", "Sunderland")])
    rows = forms.FileField()
    agreed = forms.BooleanField(label="I have read it")
    quiet = forms.BooleanField(required=False, help_text="No reminders.")
    token = forms.CharField(widget=forms.HiddenInput)


class Answers(forms.Form):
    openly = ScaleField(label="I could speak openly", low="Not at all", high="Completely")
    learnt = ScaleField(label="I learnt", low="Nothing", high="A lot", required=False)


def drawn(thing: object) -> str:
    return (
        re.sub(r"\s+", " ", re.sub(r"\s*\n\s*", "\n", str(thing)))
        .replace("> <", "><")
        .replace(" >", ">")
    )


def test_field_has_label_hint_and_input() -> None:
    html = drawn(Visit()["name"].as_field_group())
    assert '<div class="field">' in html
    assert '<label for="id_name">Name</label>' in html
    assert '<p class="hint" id="id_name_helptext">As on your badge.</p>' in html
    assert 'class="input wide"' in html
    assert 'aria-describedby="id_name_helptext"' in html
    assert "aria-invalid" not in html


def test_invalid_field_has_an_accessible_error() -> None:
    html = drawn(Visit({})["name"].as_field_group())
    assert '<div class="field wrong">' in html
    assert (
        '<p class="error" id="id_name_error"><span class="visually-hidden">Error: </span>Fill this '
        "in.</p>" in html
    )
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html


def test_input_is_shown_again_and_escaped() -> None:
    html = drawn(Visit({"name": '"><script>'}))
    assert 'value="&quot;&gt;&lt;script&gt;"' in html
    assert "<script>" not in html


def test_optional_field_is_marked() -> None:
    form = Visit()
    assert 'Nickname <span class="optional">(optional)</span>' in drawn(
        form["nickname"].as_field_group()
    )
    assert "optional" not in drawn(form["name"].as_field_group())
    assert "optional" not in drawn(form["quiet"].as_field_group())


def test_filter_form_marks_no_optional_fields() -> None:
    form = Visit()
    form.mark_optional = False  # type: ignore[attr-defined]
    assert "optional" not in drawn(form["nickname"].as_field_group())


def test_own_error_message_of_a_form_is_used() -> None:
    form = Visit({})
    form.fields["nickname"].required = True
    assert "Say what we may call you." in drawn(form["nickname"].as_field_group())


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("name", "Fill this in."),
        ("audience", "Choose one."),
        ("rows", "Choose a file."),
        ("agreed", "Tick this box."),
    ],
)
def test_required_error_says_what_to_do(name: str, sentence: str) -> None:
    assert Visit({})[name].problems == [sentence]  # type: ignore[attr-defined]


def test_error_summary_links_to_each_field() -> None:
    form = Visit({"name": "Amina", "place": "s", "token": ""})
    form.add_error(None, "These dates cross.")
    html = drawn(form)
    assert html.startswith(
        '<div class="error-summary" role="alert" tabindex="-1" data-error-summary><h2>There is a '
        "problem</h2>"
    )
    (summary,) = re.findall(r'<ul role="list">(.*?)</ul>', html)
    assert re.findall(r"<li>(.*?)</li>", summary) == [
        "These dates cross.",
        "This field is required.",
        '<a href="#id_audience_0">Who can read this? Choose one.</a>',
        '<a href="#id_rows">Rows: Choose a file.</a>',
        '<a href="#id_agreed">I have read it: Tick this box.</a>',
    ]
    for target in re.findall(r'href="#(.*?)"', summary):
        assert f'id="{target}"' in html


def test_form_without_errors_has_no_summary() -> None:
    assert "error-summary" not in drawn(Visit())


def test_radios_are_a_named_group_of_cards() -> None:
    html = drawn(Visit({})["audience"].as_field_group())
    assert (
        '<fieldset class="field wrong" aria-describedby="id_audience_helptext id_audience_error">'
        in html
    )
    assert "<legend>Who can read this?</legend>" in html
    assert '<div class="choices few" id="id_audience">' in html
    assert "<span>Only me</span><small>Not facilitators.</small></label>" in html
    assert "<span>My cohort</span></label>" in html
    assert "aria-invalid" not in html


def test_checkbox_is_beside_its_label() -> None:
    html = drawn(Visit()["quiet"].as_field_group())
    assert '<label class="tick"><input type="checkbox" name="quiet"' in html
    assert "<span>Quiet</span></label>" in html
    assert html.count("No reminders.") == 1


def test_inputs_have_the_css_class() -> None:
    form = Visit()
    wearing = {name for name in form.fields if 'class="input' in str(form[name])}
    assert wearing == {"name", "nickname", "place", "rows"}


def test_label_with_hint_can_be_copied() -> None:
    label = copy.deepcopy(LabelWithHint("Only me", "Not facilitators."))
    assert (str(label), label.hint) == ("Only me", "Not facilitators.")


def test_scale_has_five_points_and_labelled_ends() -> None:
    html = drawn(Answers()["openly"].as_field_group())
    assert re.findall(r'value="(\d)"', html) == ["1", "2", "3", "4", "5"]
    assert '1<span class="visually-hidden">, Not at all</span>' in html
    assert '5<span class="visually-hidden">, Completely</span>' in html
    assert (
        '<div class="ends" aria-hidden="true"><span>Not at all</span><span>Completely</span></div>'
        in html
    )


def test_scale_is_cleaned_to_a_number() -> None:
    form = Answers({"openly": "4", "learnt": ""})
    assert form.is_valid()
    assert form.cleaned_data == {"openly": 4, "learnt": None}


@pytest.mark.parametrize("answer", ["", "0", "6", "4.5", "four", "1\x00"])
def test_scale_refuses_other_values(answer: str) -> None:
    assert Answers({"openly": answer}).errors == {"openly": ["Choose a number from 1 to 5."]}


def test_scale_shows_the_answer_of_an_invalid_form() -> None:
    html = drawn(Answers({"learnt": "3"}))
    assert re.findall(r'name="learnt" value="(\d)"[^>]* checked', html) == ["3"]


def test_pickers_use_iso_format_in_every_language() -> None:
    assert 'type="date" name="day" value="2027-03-18"' in DateInput().render(
        "day", date(2027, 3, 18)
    )
    assert 'type="time" name="at" value="09:30"' in TimeInput().render("at", time(9, 30))


def test_picker_values_are_parsed() -> None:
    field = forms.DateField(widget=DateInput)
    assert field.clean("2027-03-18") == date(2027, 3, 18)


def test_formset_shows_non_form_errors() -> None:
    formset = forms.formset_factory(Answers, min_num=1, validate_min=True, extra=0)(
        {"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0"}
    )
    html = drawn(formset)
    assert '<ul role="list"><li>Please submit at least 1 form.</li></ul>' in html
    assert 'name="form-TOTAL_FORMS"' in html


class Note(PlainWords, forms.Form):
    title = forms.CharField(max_length=5)
    body = ProseField(max_length=5, error_messages={"max_length": "Five signs, please."})


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "abcdef", "Shorten this to 5 characters; it has 6."),
        (
            "title",
            "a\x00b",
            "This contains a character that can’t be shown. Type it again.",
        ),
        ("body", "abcdef", "Five signs, please."),
    ],
)
def test_text_errors_use_our_messages_unless_overridden(
    field: str, value: str, sentence: str
) -> None:
    assert Note({"title": "a", "body": "b", field: value}).errors == {field: [sentence]}


def test_line_break_counts_as_one_character() -> None:
    form = Note({"title": "a", "body": "a\r\nb\rc"})
    assert form.is_valid()
    assert form.cleaned_data["body"] == "a\nb\nc"


def test_invalid_number_is_shown_as_typed() -> None:
    assert 'type="text" name="places" value="abc"' in DigitsInput().render("places", "abc")


@pytest.mark.parametrize(
    ("value", "shown", "is_open"), [("b", "<p>Second</p>", False), ("x", "", True)]
)
def test_folded_select_shows_its_value_and_opens_without_one(
    value: str, shown: str, is_open: bool
) -> None:
    class Form(forms.Form):
        zone = forms.ChoiceField(
            choices=[("a", "First"), ("b", "Second")], widget=FoldedSelect(change="Change the zone")
        )

    html = drawn(Form({"zone": value})["zone"])
    assert (shown in html, "<p>" in html) == (True, bool(shown))
    assert ('<details class="fold" open>' in html) is is_open
    assert "<summary>Change the zone</summary><select" in html
    assert 'class="input"' in html
