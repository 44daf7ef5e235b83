"""The rules for who has used their account, and when only administrators may change its address.

A link in an e-mail lets people act without signing in, so `User.last_login` is not enough to show
whether somebody has used their account.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User


def has_acted(user: User) -> bool:
    """Return whether the user has signed in, acted by a link, or written something.

    Such a user has read an e-mail from this site, so the address is the right person's. Answering a
    survey does not count, because nobody may learn who has answered. Makes no query for a user who
    has signed in or acted by a link.
    """
    if user.last_login is not None or user.acted_at is not None:
        return True
    has_written: Callable[[User], bool] = import_string(settings.HAS_WRITTEN)
    return has_written(user)


def is_claimed(user: User) -> bool:
    """Return whether the user has acted, or has been sent a survey that may have arrived.

    Facilitators can't change the e-mail address of a claimed account. A survey counts whether or
    not the user has answered, so that facilitators can't find out who has.
    """
    may_have_got_survey: Callable[[User], bool] = import_string(settings.MAY_HAVE_GOT_SURVEY)
    return has_acted(user) or may_have_got_survey(user)
