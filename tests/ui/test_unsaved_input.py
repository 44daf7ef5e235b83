"""The key that encrypts unsaved input on the device: who gets which."""

from __future__ import annotations

import re
from base64 import b64decode

from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from surveys.links import SURVEY_LINK
from tests.surveys.conftest import make_workshop


def storage(client: Client, path: str) -> dict[str, str]:
    html = client.get(path).content.decode()
    [attributes] = re.findall(r'<meta name="input-storage"([^>]*)>', html)
    return dict(re.findall(r'data-([\w-]+)="([^"]*)"', attributes))


def test_user_has_one_key_for_all_pages(facilitator_client: Client, facilitator: User) -> None:
    first = storage(facilitator_client, "/cohorts/")
    assert first == storage(facilitator_client, reverse("privacy:who_sees_what"))
    assert first == {
        "key": first["key"],
        "person": facilitator.public_id,
        "hours": "168",
        "sign-in": reverse("account_login"),
    }
    assert len(b64decode(first["key"])) == 32


def test_each_user_has_another_key(facilitator_client: Client, participant_client: Client) -> None:
    path = reverse("privacy:who_sees_what")
    assert storage(facilitator_client, path)["key"] != storage(participant_client, path)["key"]


def test_visitor_has_no_key(client: Client, db: None) -> None:
    assert storage(client, reverse("privacy:who_sees_what")) == {}
    assert storage(client, reverse("account_login")) == {}


def test_signed_link_has_its_own_key_whoever_is_signed_in(
    client: Client, facilitator_client: Client, cohort: Cohort, participant: User, facilitator: User
) -> None:
    workshop = make_workshop(cohort)
    members = [Membership.objects.get(user=user) for user in (participant, facilitator)]
    first, second = (SURVEY_LINK.path(workshop.public_id, one.public_id) for one in members)
    stored = storage(client, first)
    assert (stored["person"], stored["hours"]) == ("", "24")
    assert stored == storage(facilitator_client, first)
    assert stored["key"] != storage(client, second)["key"]
