"""E-mails to a person about their own data, sent immediately and not through the outbox."""

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
    """Confirm the erasure to the old address, on commit.

    A mail server error does not undo the erasure. Call it before the user is anonymised, because
    the e-mail needs their name.
    """
    email = written("erased", user, _("Your data at Convenor is deleted"), address)
    transaction.on_commit(email.send, robust=True)


def send_link(user: User) -> None:
    """E-mail a link to the page with their data. Raises SMTPException or OSError."""
    written("your_data", user, _("Your data at Convenor"), user.email).send()


def written(template: str, user: User, subject: str, address: str) -> EmailMultiAlternatives:
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
