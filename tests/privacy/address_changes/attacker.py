"""Helpers for attacks in which a facilitator changes a member's address to use the account."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.models import User
from cohorts.models import Membership
from outbox.bounces.suppression import Source, record_bounce
from outbox.models import Message
from tests.people import signed_in
from tests.surveys.conftest import STARTS
from ui.version_token import version_token

MINE = "ruth.private@example.org"
OLD = "amina.participant@example.org"
BEFORE = STARTS - timedelta(days=6)
EARLIER = BEFORE - timedelta(days=30)
HOUR = timedelta(hours=1)
ANSWERS = {"spoke_openly": 5, "new_perspective": 4, "do_differently": 3, "worth_time": 2}
NO_SUCH = "550 5.1.1 No such person"


def takes_over(facilitator: User, member: Membership, email: str = MINE) -> bool:
    """Submit both forms that change an address, as the facilitator; return whether it changed."""
    client = signed_in(facilitator)
    was = User.objects.get(pk=member.user_id).email
    facts = {"name": "Amina Rahman", "email": email, "role": member.role}
    client.post(reverse("cohorts:member_edit", args=[member.public_id]), facts)
    client.post(
        reverse("cohorts:member_address", args=[member.public_id]),
        {"email": email, "version": version_token(was)},
    )
    return User.objects.get(pk=member.user_id).email != was


def page_of(facilitator: User, member: Membership, name: str) -> str:
    page = signed_in(facilitator).get(reverse(name, args=[member.public_id])).content.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    for words in (member.public_id, member.user.email, member.user.name, member.user.first_name):
        page = page.replace(words, "X")
    return page


def bounce(member: Membership, kind: str = "survey", *, at: datetime) -> None:
    message = Message.objects.get(kind=kind, recipient=member.user_id)
    assert record_bounce(message, said=NO_SUCH, refuses_address=True, source=Source.REPORT, at=at)
