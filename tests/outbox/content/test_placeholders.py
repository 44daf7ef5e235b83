"""Placeholders such as {first_name}: their validation, and the literal insertion of values."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from outbox.content.placeholders import check, fill_body, fill_subject
from ui.markdown import to_html, to_text

KNOWN = ("first_name", "cohort", "workshop")


@pytest.mark.parametrize(
    "text", ["", "Dear {first_name},", "{ cohort }{workshop}", r"A set \{a, b\}", r"\\{cohort}"]
)
def test_known_placeholders_and_escaped_braces_are_accepted(text: str) -> None:
    check(text, KNOWN)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Dear {firstname},",
            [
                "There is no field {firstname} here. Did you mean {first_name}? "
                "You can use {first_name}, {cohort} and {workshop}."
            ],
        ),
        (
            "{x} {x} {y}",
            [
                "There is no field {x} here. You can use {first_name}, {cohort} and {workshop}.",
                "There is no field {y} here. You can use {first_name}, {cohort} and {workshop}.",
            ],
        ),
        ("{}", ["There is no field {} here. You can use {first_name}, {cohort} and {workshop}."]),
        (
            "Dear {first_name, good day",
            [
                "Check the { at “Dear {first_name,”. "
                "A field has a brace on each side. To write a brace itself, put a \\ before it."
            ],
        ),
        (
            "Dear first_name}",
            [
                "Check the } at “r first_name}”. "
                "A field has a brace on each side. To write a brace itself, put a \\ before it."
            ],
        ),
    ],
)
def test_invalid_placeholder_gives_an_error_that_explains_it(
    text: str, sentences: list[str]
) -> None:
    with pytest.raises(ValidationError) as refused:
        check(text, KNOWN)
    assert refused.value.messages == sentences


@pytest.mark.parametrize("text", ["{{first_name}}", "{first_name\n}", "{", "}{"])
def test_unescaped_brace_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        check(text, KNOWN)


def test_value_is_inserted_literally_into_the_body() -> None:
    name = "*Ann* <b>[x](https://evil.example)</b> {cohort} \\ 1."
    body = fill_body(
        r"**Dear** {first_name}, \{so\} of {cohort}", {"first_name": name, "cohort": "A_b_c"}
    )
    assert to_text(body) == f"Dear {name}, {{so}} of A_b_c"
    assert to_html(body) == (
        "<p><strong>Dear</strong> *Ann* "
        "&lt;b&gt;[x](https://evil.example)&lt;/b&gt; {cohort} \\ 1., {so} of A_b_c</p>\n"
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "[Say so](https://x.example/?a={ first_name }&b={cohort}), {cohort}.",
            "Say so (https://x.example/?a=Zo%C3%AB&b=North%20East%20%281%29), North East (1).",
        ),
        (
            "At https://x.example/{first_name} {cohort}",
            "At https://x.example/Zo%C3%AB North East (1)",
        ),
        (
            "[Write](mailto:x@example.org?subject={cohort}) {cohort}",
            "Write (x@example.org?subject=North%20East%20%281%29) North East (1)",
        ),
        ("[{first_name}](https://x.example) {cohort}", "Zoë (https://x.example) North East (1)"),
    ],
)
def test_only_placeholders_in_link_urls_are_url_encoded(body: str, text: str) -> None:
    values = {"first_name": "Zoë", "cohort": "North East (1)"}
    assert to_text(fill_body(body, values)) == text


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_any_word_is_inserted_literally_into_the_body(word: str) -> None:
    assert to_text(fill_body("Dear {first_name}!", {"first_name": word})) == f"Dear {word}!"


def test_subject_is_one_line_of_at_most_200_characters() -> None:
    assert fill_subject(r"\{{cohort}\}: {x}", {"cohort": "*a*\r\nBcc: b"}) == "{*a* Bcc: b}: {x}"
    long = fill_subject("{cohort}", {"cohort": "a" * 201})
    assert (len(long), long[-2:]) == (200, "a…")
