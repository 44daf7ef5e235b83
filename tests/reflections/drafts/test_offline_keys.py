"""Keys with which a browser encrypts stored text; the server wraps each key for one person."""

from django.test import Client

from accounts.encryption import encrypt
from accounts.models import User
from reflections.drafts.offline_keys import key_in, new_key
from tests.reflections.conftest import MARKER

DEVICE = "/reflections/device/"


def test_view_returns_a_new_key_and_unwraps_valid_keys(
    participant_client: Client, participant: User
) -> None:
    first, second = (participant_client.get(DEVICE).json() for _ in range(2))
    assert first["me"] == participant.public_id
    assert first["key"] != second["key"]
    answer = participant_client.post(
        DEVICE, {"box": [first["box"], "nonsense", "é\0", second["box"]]}
    )
    assert answer.json()["keys"] == {first["box"]: first["key"], second["box"]: second["key"]}
    assert answer["Cache-Control"] == "no-store, private"


def test_key_is_unwrapped_only_for_its_owner(participant: User, peer: User) -> None:
    fresh = new_key(participant)
    assert key_in(fresh.box, participant) == fresh.key
    assert key_in(fresh.box, peer) is None
    assert fresh.key not in fresh.box


def test_encrypted_text_is_not_a_wrapped_key(participant: User) -> None:
    assert key_in(encrypt(f"{participant.public_id} {MARKER}"), participant) is None
