"""E-mails about an account. They are sent immediately, not queued in the outbox."""

from __future__ import annotations

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.claimed import is_claimed
from accounts.models import User
from ui.css_inline import with_inlined_styles

# Asks other mail systems not to send an automatic reply (RFC 3834).
AUTO_SUBMITTED = {"Auto-Submitted": "auto-generated"}


def notify_old_address(user: User, old: str) -> None:
    """E-mail the old address, after commit, that it no longer signs in to the account.

    A new address gives access to everything the user wrote, so a change must never go unnoticed.
    No e-mail is sent if the account isn't claimed: there is nothing to protect, and the old address
    may be a stranger's because of a typing mistake. A mail server error is logged and undoes
    nothing.
    """
    if not is_claimed(user):
        return
    subject = _("Your e-mail address for Convenor has changed")
    context = {"user": user, "subject": subject}
    text = render_to_string("accounts/email/address_changed.txt", context)
    message = EmailMultiAlternatives(subject, text.strip() + "\n", to=[old], headers=AUTO_SUBMITTED)
    html = render_to_string("accounts/email/address_changed.html", context)
    set_html_part(message, html, user)
    transaction.on_commit(message.send, robust=True)


def set_html_part(message: EmailMultiAlternatives, html: str, user: User | None) -> None:
    """Replace the e-mail's HTML part, inlining styles; remove it for users who want plain text."""
    message.alternatives = []
    if user is None or not user.text_only:
        message.attach_alternative(with_inlined_styles(html), "text/html")
