"""What somebody is told of their account by e-mail: at once, and beside any cohort's messages."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from accounts.models import User


def tell_old_address(user: User, old: str) -> None:
    """Once the change is committed, says to the old address that another signs in now.

    Whoever changes an address can come in as its person, so it must not happen unseen. Who never signed in has nothing
    to lose yet, and the old address may be a slip of the keys and a stranger's: nobody is told. A mail server that
    is down undoes nothing: the change stands, and the log says so.
    """
    if user.last_login is None:
        return
    text = render_to_string(
        "accounts/email/address_changed.txt", {"user": user, "base_url": settings.BASE_URL}
    )
    send = partial(send_mail, "Your address at Convenor was changed", text, None, [old])
    transaction.on_commit(send, robust=True)
