"""Answering in the room: a QR code on a screen, and an e-mailed code that identifies people.

The QR code opens the same page for everybody, so the page asks people who they are. It stores
nothing: the form holds what the next step needs, encrypted.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import segno
from allauth.account.adapter import get_adapter

from accounts.encryption import Unreadable, decrypt, encrypt
from accounts.sign_in_codes import code_of, new_seed
from cohorts.models import Membership
from surveys.links import ROOM_LINK, Invitee
from workshops.models import Workshop

LIFETIME = timedelta(minutes=15)
EMAIL = "surveys/email/code"


def room_of(token: str) -> Workshop | None:
    """Return the workshop that a QR code was made for; None if the token is damaged or forged."""
    ids = ROOM_LINK.ids(token, 1)
    workshops = Workshop.objects.select_related("cohort")
    return workshops.filter(public_id=ids[0]).first() if ids else None


def qr_code(url: str) -> str:
    """Return a QR code as the text of an SVG element, which scales to the width of its parent."""
    code = segno.make(url, error="m")
    return code.svg_inline(omitsize=True, border=4, svgclass="qr", lineclass=None)


def send_code(*, workshop: Workshop, email: str, at: datetime) -> str:
    """E-mail a code to a participant of the workshop's cohort. Return the check for `entered`.

    If nobody of the cohort has this address, no e-mail is sent, but neither the check nor the time
    taken reveals it.
    """
    seed, member = new_seed(), participant_with(workshop, email)
    get_adapter().send_code(email, seed, is_decoy=member is None, template=EMAIL)
    facts = {
        "workshop": workshop.public_id,
        "member": member.public_id if member else "",
        "seed": seed,
        "expires": (at + LIFETIME).isoformat(),
    }
    return encrypt(json.dumps(facts).ljust(300))


def participant_with(workshop: Workshop, email: str) -> Membership | None:
    members = workshop.cohort.memberships.participating().active()
    return members.filter(user__email=email, user__is_active=True).first()


def entered(*, workshop: Workshop, check: str, code: str, at: datetime) -> Invitee | None:
    """Return who entered the code that was e-mailed to them; None if it is wrong or too old."""
    text = decrypt(check)
    if isinstance(text, Unreadable):
        return None
    facts = json.loads(text)
    is_right = letters(code) == letters(code_of(facts["seed"]))
    is_now = datetime.fromisoformat(facts["expires"]) > at
    if not (is_right and is_now and facts["workshop"] == workshop.public_id):
        return None
    member = Membership.objects.filter(public_id=facts["member"]).first()
    return Invitee(workshop, member) if member else None


def letters(code: str) -> str:
    """Return the letters of a code in capitals, however it was typed."""
    return "".join(character for character in code.upper() if character.isalpha())
