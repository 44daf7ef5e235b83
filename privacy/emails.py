"""E-mails to a user about their own data, sent immediately and not queued in the outbox."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.emails import AUTO_SUBMITTED, set_html_part
from accounts.models import User


def send_erased(user: User, address: str) -> None:
    """E-mail a confirmation of an erasure to the user's former address.

    The e-mail is sent when the transaction commits; a mail server's error is logged, not raised.
    Must be called before the user is anonymised, because the e-mail contains their name.
    """
    email = build_email("erased", user, _("Your data at Convenor is deleted"), address)
    transaction.on_commit(email.send, robust=True)


def send_link(user: User) -> None:
    """E-mail the user a link to the page with their data. Raises SMTPException or OSError."""
    build_email("your_data", user, _("Your data at Convenor"), user.email).send()


def build_email(template: str, user: User, subject: str, address: str) -> EmailMultiAlternatives:
    """Return an e-mail rendered from the `template` in `privacy/email/`, as text and as HTML."""
    context = {
        "user": user,
        "subject": subject,
        "contact": settings.HOST_CONTACT,
        "my_data_url": settings.BASE_URL + reverse("privacy:my_data"),
    }
    text = render_to_string(f"privacy/email/{template}.txt", context)
    email = EmailMultiAlternatives(
        subject, text.strip() + "\n", to=[address], headers=AUTO_SUBMITTED
    )
    set_html_part(email, render_to_string(f"privacy/email/{template}.html", context), user)
    return email
