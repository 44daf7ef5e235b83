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
def test_name_key_is_one_for_every_spelling(spelling: str) -> None:
    assert name_key(spelling) == "leading change"


def test_name_key_knows_capitals_beyond_ascii() -> None:
    assert name_key("CAFÉ STRASSE") == name_key("Cafe\u0301 straße")


def test_name_key_tells_names_apart() -> None:
    assert name_key("Leading Change") != name_key("Leading Changes")


@given(st.text(max_size=120))
def test_name_key_of_a_tidied_name_is_the_name_s(name: str) -> None:
    assert name_key(tidy(name)) == name_key(name)


@pytest.mark.parametrize(
    "text", ["Plain", "Två\trader\nof text\r\n", "שלום\u200f", "👩\u200d🏫", ""]
)
def test_characters_that_people_type_pass(text: str) -> None:
    check_characters(text)


@pytest.mark.parametrize("character", ["\u202a", "\u202e", "\u2066", "\u2069"])
def test_character_that_turns_text_round_is_refused(character: str) -> None:
    with pytest.raises(ValidationError, match="direction of text"):
        check_characters(f"Leading{character}Change")


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85"])
def test_control_character_is_refused(character: str) -> None:
    with pytest.raises(ValidationError, match="can’t be shown"):
        check_characters(f"Leading{character}Change")


@pytest.mark.parametrize("name", ["\u200b", "\u200f\u200e", " \u2060 "])
def test_name_that_nobody_sees_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="Enter a name"):
        check_name(name)
