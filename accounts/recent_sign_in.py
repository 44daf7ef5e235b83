"""When somebody signed in in this browser: sessions last for weeks, and some acts ask for a sign-in of just now."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

LATELY = timedelta(hours=1)
KEY = "signed_in_at"


def note_sign_in(request: HttpRequest) -> None:
    request.session[KEY] = timezone.now().isoformat()


def signed_in_lately(request: HttpRequest) -> bool:
    """Whoever finds a phone unlocked has not been here for long, and can't read the letter box for a new code."""
    noted = request.session.get(KEY)
    return noted is not None and timezone.now() - datetime.fromisoformat(noted) < LATELY
