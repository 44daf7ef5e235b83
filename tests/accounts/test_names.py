"""Honorifics, and the name to greet somebody by."""

import pytest

from accounts.names import greeting_name


@pytest.mark.parametrize(
    ("full_name", "greeting"),
    [
        ("Amina Rahman", "Amina"),
        ("Dr Amina Patel", "Amina"),
        ("Cllr. Kwame Mensah", "Kwame"),
        ("The Revd Siân Hughes", "Siân"),
        ("Prof Dr Tomasz Wójcik", "Tomasz"),
        ("Dr Patel", "Dr Patel"),
        ("Dr", "Dr"),
        ("Lady Mary Rev", "Mary"),
        ("amina@example.org", "amina@example.org"),
    ],
)
def test_greeting_name_skips_honorifics(full_name: str, greeting: str) -> None:
    assert greeting_name(full_name) == greeting
