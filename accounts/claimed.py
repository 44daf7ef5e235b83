"""Whether a user has claimed their account.

After that, no facilitator can change their e-mail address, and the old address is notified.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User


def is_claimed(user: User) -> bool:
    """Return True if the user has signed in, or if the site stores anything they wrote.

    Makes no query for a user who has signed in.
    """
    has_words_of: Callable[[User], bool] = import_string(settings.KEEPS_WORDS_OF)
    return user.last_login is not None or has_words_of(user)
