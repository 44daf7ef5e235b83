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
        ("the Rt Hon Amina Patel", "Amina"),
        ("Lt Col Kwame Mensah", "Kwame"),
        ("Mary-Jane O’Neill", "Mary-Jane"),
        ("AMINA PATEL", "AMINA"),
        ("Nguyễn Thị Lan", "Nguyễn Thị Lan"),
        ("山田 花子", "山田 花子"),
        ("PC Amina Patel", "PC Amina Patel"),
        ("Major Tom", "Major Tom"),
        ("J Smith", "J Smith"),
        ("J. Smith", "J. Smith"),
        ("Dr J. Smith", "Dr J. Smith"),
        ("AJ van der Berg", "AJ van der Berg"),
        ("PATEL Amina", "PATEL Amina"),
        ("Patel, Amina", "Patel, Amina"),
    ],
)
def test_greeting_name_skips_honorifics(full_name: str, greeting: str) -> None:
    assert greeting_name(full_name) == greeting
