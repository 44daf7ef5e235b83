"""What django-allauth asks us about sign-in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: people are brought in by those who run a cohort."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say what happened themselves; allauth's flash messages would say it twice."""


def display(user: User) -> str:
    return str(user)
