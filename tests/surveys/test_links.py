from __future__ import annotations

import re

import pytest
from django.core.signing import Signer

from accounts.models import SIGNED_LINK
from surveys.links import SURVEY_LINK, Invitee, invitee_of, survey_url
from tests.surveys.conftest import NEXT_DAY, Join
from workshops.models import Workshop


def test_link_resolves_to_its_invitee(join: Join, workshop: Workshop) -> None:
    member, other = join(2)

    assert invitee_of(SURVEY_LINK.token(workshop.public_id, member.public_id)) == Invitee(
        workshop, member
    )
    assert invitee_of(SURVEY_LINK.token(workshop.public_id, other.public_id)) == Invitee(
        workshop, other
    )


def test_link_is_deterministic_and_safe_in_email(join: Join, workshop: Workshop) -> None:
    [member] = join(1)
    url = survey_url(workshop, member)

    assert url == survey_url(workshop, member)
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/feedback/[A-Za-z0-9_~-]+/", url)


def test_link_of_former_member_still_works(join: Join, workshop: Workshop) -> None:
    [member] = join(1)
    member.leave(by=None, at=NEXT_DAY)

    assert invitee_of(SURVEY_LINK.token(workshop.public_id, member.public_id)) == Invitee(
        workshop, member
    )


def test_link_to_deleted_object_resolves_to_none(join: Join, workshop: Workshop) -> None:
    token = SURVEY_LINK.token(workshop.public_id, join(1)[0].public_id)
    workshop.delete()

    assert invitee_of(token) is None


@pytest.mark.parametrize("token", ["", "x", "~", "a-b~c", "%00", "é", "-~", "a" * 3000])
def test_damaged_link_resolves_to_none(token: str, db: None) -> None:
    assert invitee_of(token) is None


def test_forged_link_resolves_to_none(join: Join, workshop: Workshop) -> None:
    """The tokens have another salt, another person's signature, another kind of link, or no ids."""
    member, other = join(2)
    ids = f"{workshop.public_id}-{member.public_id}"
    signature = SURVEY_LINK.token(workshop.public_id, other.public_id).split("~")[1]

    assert invitee_of(Signer(salt="accounts.SignInLink").sign(ids).replace(":", "~")) is None
    assert invitee_of(f"{ids}~{signature}") is None
    assert invitee_of(SIGNED_LINK.signer.sign(ids)) is None
    assert invitee_of(Signer(salt="surveys").sign("no-two-ids").replace(":", "~")) is None
