"""The time of the last sign-in in this session.

Sessions last for weeks, and some actions require a recent sign-in.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

MAX_AGE = timedelta(hours=1)
SESSION_KEY = "signed_in_at"


def record_sign_in(request: HttpRequest) -> None:
    request.session[SESSION_KEY] = timezone.now().isoformat()


def signed_in_recently(request: HttpRequest) -> bool:
    """Return whether the user signed in within MAX_AGE, in this session.

    This protects a session that was left open on a shared computer: signing in again needs a code
    from the user's mailbox.
    """
    signed_in_at = request.session.get(SESSION_KEY)
    if signed_in_at is None:
        return False
    return timezone.now() - datetime.fromisoformat(signed_in_at) < MAX_AGE
