"""What django-allauth asks us about sign-in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.http import HttpRequest

from accounts.emails import AUTOMATIC, dress
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: people are brought in by those who run a cohort."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say what happened themselves; allauth's flash messages would say it twice."""

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Its letters in the same clothes as ours."""
        letter: EmailMessage = super().render_mail(
            template_prefix, email, context, {**AUTOMATIC, **(headers or {})}
        )
        if isinstance(letter, EmailMultiAlternatives) and letter.alternatives:
            html, person = str(letter.alternatives[0][0]), User.objects.with_email(str(email))
            dress(letter, html, person)
        return letter


def display(user: User) -> str:
    return str(user)
