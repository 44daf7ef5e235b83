"""The keys of what a browser keeps: each opened for the person that it was made for."""

from django.test import Client

from accounts.models import User
from reflections.drafts.offline_keys import key_in, new_key
from reflections.encryption import encrypt
from tests.reflections.conftest import MARKER

DEVICE = "/reflections/device/"


def test_device_gets_a_fresh_key_and_those_of_its_boxes(
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


def test_box_opens_for_nobody_else(participant: User, peer: User) -> None:
    fresh = new_key(participant)
    assert key_in(fresh.box, participant) == fresh.key
    assert key_in(fresh.box, peer) is None
    assert fresh.key not in fresh.box


def test_sealed_words_are_no_box(participant: User) -> None:
    assert key_in(encrypt(f"{participant.public_id} {MARKER}"), participant) is None
