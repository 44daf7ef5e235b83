"""What somebody is told by e-mail of their own data: at once, and beside any cohort's messages."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.emails import AUTO_SUBMITTED, set_html_part
from accounts.models import User


def tell_erased(user: User, address: str) -> None:
    """Once it is done, says so to the address that is kept nowhere any more, so that it does not happen unseen.

    A mail server that is down undoes nothing. Called before the person is a shell: the letter knows their name.
    """
    letter = written("erased", user, "Your data at Convenor is deleted", address)
    transaction.on_commit(letter.send, robust=True)


def tell_where(user: User) -> None:
    """Where they read, download and delete what is kept of them. Raises as the mail server's connection does."""
    written("your_data", user, "Your data at Convenor", user.email).send()


def written(template: str, user: User, subject: str, address: str) -> EmailMultiAlternatives:
    context = {
        "user": user,
        "subject": subject,
        "contact": settings.HOST_CONTACT,
        "my_data_url": settings.BASE_URL + reverse("privacy:my_data"),
    }
    text = render_to_string(f"privacy/email/{template}.txt", context)
    letter = EmailMultiAlternatives(
        subject, text.strip() + "\n", to=[address], headers=AUTO_SUBMITTED
    )
    set_html_part(letter, render_to_string(f"privacy/email/{template}.html", context), user)
    return letter
