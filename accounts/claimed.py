"""The rule for when an account is claimed: its user has signed in or has written something.

Facilitators can't change the e-mail address of a claimed account. If its address is changed, the
old address is notified.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User


def is_claimed(user: User) -> bool:
    """Return whether the user has signed in, or the site stores anything that they wrote.

    Makes no query for a user who has signed in.
    """
    has_words_of: Callable[[User], bool] = import_string(settings.KEEPS_WORDS_OF)
    return user.last_login is not None or has_words_of(user)
