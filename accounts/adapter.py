"""The adapter for django-allauth: no sign-up, no flash messages, and e-mails in our style."""

import logging
from functools import partial
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.http import HttpRequest

from accounts.after_response import run_after_response
from accounts.emails import AUTO_SUBMITTED, set_html_part
from accounts.models import User
from accounts.sign_in_codes import code_of, new_seed

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """The allauth adapter. Sign-up is closed: facilitators and administrators add people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Ignore allauth's flash messages, because our pages already say what happened."""

    def generate_login_code(self) -> str:
        """Return a random seed, which allauth stores in the session. See `code_of` for the code."""
        return new_seed()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a sign-in code after the response. allauth is set up to send no other e-mails."""
        self.send_code(email, context["code"], is_decoy=False)

    def send_decoy(self, email: str) -> None:
        """Do all the work of sending a code to an address without an account, but send nothing.

        Neither the response time nor the server's load afterwards reveals who has an account.
        """
        self.send_code(email, self.generate_login_code(), is_decoy=True)

    def send_code(
        self, email: str, seed: str, *, is_decoy: bool, template: str = "account/email/login_code"
    ) -> None:
        message = self.render_mail(template, email, {"code": code_of(seed)})
        send = partial(send_or_log, message, is_decoy=is_decoy)
        run_after_response(allauth_context.request, send)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Return the e-mail with `AUTO_SUBMITTED` headers, and with styles inlined in its HTML."""
        message: EmailMessage = super().render_mail(
            template_prefix, email, context, {**AUTO_SUBMITTED, **(headers or {})}
        )
        if isinstance(message, EmailMultiAlternatives) and message.alternatives:
            html, user = str(message.alternatives[0][0]), User.objects.with_email(str(email))
            set_html_part(message, html, user)
        return message


def send_or_log(message: EmailMessage, *, is_decoy: bool) -> None:
    """Send the e-mail, and log an error if that fails.

    For a decoy (see `send_decoy`), only connect to the mail server and build the MIME message.
    """
    try:
        if is_decoy:
            with get_connection():
                message.message().as_bytes()
        else:
            message.send()
    except Exception:
        logger.exception("A sign-in code could not be sent")


def display(user: User) -> str:
    return str(user)
