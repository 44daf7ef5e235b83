"""E-mails about an account. They are sent immediately, not queued in the outbox."""

from __future__ import annotations

import logging
from functools import partial
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.claimed import has_acted
from accounts.models import User
from ui.css_inline import with_inlined_styles

logger = logging.getLogger(__name__)

# Asks other mail systems not to send an automatic reply (RFC 3834).
AUTO_SUBMITTED = {"Auto-Submitted": "auto-generated"}


def notify_of_new_address(user: User, *, old: str, by: User) -> None:
    """E-mail the old and the new address, after commit, that somebody else changed the address.

    The new address gives access to the account, so a change must never go unnoticed: the old
    address is e-mailed even if it is suppressed. The e-mail to the old address names the new one
    only if the user has acted. Until then the old address may be a stranger's, because of a typing
    mistake. A mail server error is logged, and the address stays changed.
    """
    facts = {"user": user, "by": by, "contact": settings.HOST_CONTACT}
    _send_after_commit(
        "address_changed",
        _("Your e-mail address for Convenor has changed"),
        to=old,
        context={**facts, "new_address": user.email if has_acted(user) else ""},
    )
    _send_after_commit(
        "address_new",
        _("This is now your e-mail address for Convenor"),
        to=user.email,
        context=facts,
    )


def _send_after_commit(template: str, subject: str, *, to: str, context: dict[str, object]) -> None:
    context = {**context, "subject": subject}
    text = render_to_string(f"accounts/email/{template}.txt", context)
    message = EmailMultiAlternatives(subject, text.strip() + "\n", to=[to], headers=AUTO_SUBMITTED)
    html = render_to_string(f"accounts/email/{template}.html", context)
    user = context["user"]
    set_html_part(message, html, user if isinstance(user, User) else None)
    transaction.on_commit(partial(_send, message), robust=True)


def _send(message: EmailMultiAlternatives) -> None:
    """Send the e-mail. Log a refused recipient as information, not as an error.

    A refusal is expected if the old address was changed because it doesn't exist.
    """
    try:
        message.send()
    except SMTPRecipientsRefused:
        logger.info("The notice of a changed address was refused by the mail server")


def set_html_part(message: EmailMultiAlternatives, html: str, user: User | None) -> None:
    """Replace the e-mail's HTML part, inlining styles; remove it for users who want plain text.

    Styles are inlined for every user. Otherwise the sign-in page would respond faster for users who
    want plain text, and so reveal that they have an account.
    """
    message.alternatives = []
    html = with_inlined_styles(html)
    if user is None or not user.text_only:
        message.attach_alternative(html, "text/html")
