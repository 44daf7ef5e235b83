import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from programmes.text_validation import check_characters, check_name, name_key, tidy


@pytest.mark.parametrize(
    "spelling",
    [
        "Leading Change",
        "  leading   CHANGE ",
        "Leading\u200b Change\u200f",
        "Leading\u00a0Change",
    ],
)
def test_name_key_is_the_same_for_every_spelling(spelling: str) -> None:
    assert name_key(spelling) == "leading change"


def test_name_key_ignores_case_beyond_ascii() -> None:
    assert name_key("CAFÉ STRASSE") == name_key("Cafe\u0301 straße")


@pytest.mark.parametrize("name", ["Men’s Shed & “Co”", 'Men\'s Shed and "Co"', "MEN‘S SHED&“CO”"])
def test_name_key_ignores_quotation_marks_and_ampersands(name: str) -> None:
    assert name_key(name) == 'men\'s shed and "co"'


def test_name_key_differs_for_different_names() -> None:
    assert name_key("Leading Change") != name_key("Leading Changes")


@given(st.text(max_size=120))
def test_name_key_is_not_changed_by_tidy(name: str) -> None:
    assert name_key(tidy(name)) == name_key(name)


@pytest.mark.parametrize(
    "text", ["Plain", "Två\trader\nof text\r\n", "שלום\u200f", "👩\u200d🏫", ""]
)
def test_ordinary_characters_are_accepted(text: str) -> None:
    check_characters(text)


@pytest.mark.parametrize("character", ["\u202a", "\u202e", "\u2066", "\u2069"])
def test_bidirectional_control_is_refused(character: str) -> None:
    with pytest.raises(ValidationError, match="direction of text"):
        check_characters(f"Leading{character}Change")


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85"])
def test_control_character_is_refused(character: str) -> None:
    with pytest.raises(ValidationError, match="can’t be shown"):
        check_characters(f"Leading{character}Change")


@pytest.mark.parametrize("name", ["\u200b", "\u200f\u200e", " \u2060 "])
def test_invisible_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="Enter a name"):
        check_name(name)
