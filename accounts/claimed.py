"""Whether somebody has been here: then their address is not changed unseen, and by no facilitator."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User


def has_been_here(user: User) -> bool:
    """They have signed in, or words of theirs are kept. A query or a few, of who has not signed in."""
    keeps_words_of: Callable[[User], bool] = import_string(settings.KEEPS_WORDS_OF)
    return user.last_login is not None or keeps_words_of(user)
