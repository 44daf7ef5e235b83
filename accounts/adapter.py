"""The adapter for django-allauth: no sign-up, no flash messages, and e-mails in our style."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.http import HttpRequest

from accounts.emails import AUTO_SUBMITTED, set_html_part
from accounts.models import User
from accounts.sign_in_codes import code_of, new_seed


class AccountAdapter(DefaultAccountAdapter):
    """The allauth adapter. Sign-up is closed: facilitators and administrators add people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Ignore allauth's flash messages, because our pages already say what happened."""

    def generate_login_code(self) -> str:
        """Return a seed, which allauth stores in the session in place of the code."""
        return new_seed()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a sign-in code. allauth sends no other e-mails on this site."""
        super().send_mail(template_prefix, email, {**context, "code": code_of(context["code"])})

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


def display(user: User) -> str:
    return str(user)
