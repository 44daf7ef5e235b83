"""Encryption of text with the keys in settings.REFLECTION_KEYS."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from accounts.encryption import Unreadable, check_keys, decrypt, encrypt, fernet, reencrypt
from tests.reflections.test_encryption import new_key


@pytest.mark.parametrize("token", ["", "plain text", "gAAAA", "é"])
def test_invalid_token_is_unreadable(token: str) -> None:
    assert isinstance(decrypt(token), Unreadable)
    assert reencrypt(token) is None


@pytest.mark.parametrize("keys", [[], [""], ["no key"], ["é" * 44]])
def test_check_keys_rejects_invalid_keys_without_quoting_them(keys: list[str]) -> None:
    with pytest.raises(
        ImproperlyConfigured, match="REFLECTION_KEYS must be valid Fernet keys"
    ) as refusal:
        check_keys(keys)
    assert "no key'" not in str(refusal.value)


def test_spaces_around_keys_are_ignored(settings: Settings) -> None:
    keys = [new_key(), f" {new_key()} "]
    check_keys(keys)
    settings.REFLECTION_KEYS = keys[1:]
    token = encrypt("Words")
    settings.REFLECTION_KEYS = keys
    assert decrypt(token) == "Words"


def test_token_reveals_no_time_even_after_rotation(settings: Settings) -> None:
    old, new = new_key(), new_key()
    settings.REFLECTION_KEYS = [old]
    token = encrypt("Words")
    settings.REFLECTION_KEYS = [new, old]
    rotated = reencrypt(token)
    assert rotated is not None
    assert rotated != token
    assert [fernet((new, old)).extract_timestamp(one.encode()) for one in (token, rotated)] == [
        0,
        0,
    ]
