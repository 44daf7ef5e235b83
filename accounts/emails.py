"""What somebody is told of their account by e-mail: at once, and beside any cohort's messages."""

from __future__ import annotations

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string

from accounts.claimed import has_been_here
from accounts.models import User
from ui.css_inline import with_inlined_styles

AUTOMATIC = {"Auto-Submitted": "auto-generated"}


def tell_old_address(user: User, old: str) -> None:
    """Once the change is committed, says to the old address that another signs in now.

    Whoever changes an address can come in as its person, so it must not happen unseen. Who has never been here has
    nothing to lose yet, and the old address may be a slip of the keys and a stranger's: nobody is told. A mail server
    that is down undoes nothing: the change stands, and the log says so.
    """
    if not has_been_here(user):
        return
    context = {"user": user, "subject": "Your address at Convenor was changed"}
    text = render_to_string("accounts/email/address_changed.txt", context)
    notice = EmailMultiAlternatives(
        str(context["subject"]), text.strip() + "\n", to=[old], headers=AUTOMATIC
    )
    dress(notice, render_to_string("accounts/email/address_changed.html", context), user)
    transaction.on_commit(notice.send, robust=True)


def dress(notice: EmailMultiAlternatives, html: str, user: User | None) -> None:
    """Gives it its HTML part, as mail programs heed it; none for who wants plain text."""
    notice.alternatives = []
    if user is None or not user.text_only:
        notice.attach_alternative(with_inlined_styles(html), "text/html")
