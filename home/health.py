"""Is it up, and is it sending? For load balancers and those who run it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.models import Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

from outbox.models import Beat, Message

# The loop turns once a minute; a turn may take some minutes when much is owed.
STALE_BEAT = timedelta(minutes=10)


@login_not_required
@require_safe
def health_live(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def health_ready(request: HttpRequest) -> JsonResponse:
    """200 while database and broker answer and the sending loop has turned lately; else 503, and which does not."""
    moment = timezone.now()
    checks = {"database": database_answers(), "broker": broker_answers()}
    ages = ages_of(moment) if checks["database"] else {}
    beat = ages.get("beat_age_seconds")
    checks["beat"] = beat is not None and beat < STALE_BEAT.total_seconds()
    is_ready = all(checks.values())
    return JsonResponse(
        {"status": "ok" if is_ready else "not ready", **checks, **ages}, status=200 if is_ready else 503
    )


def ages_of(moment: datetime) -> dict[str, Any]:
    """Seconds since the last beat and since the longest overdue message fell due; None where there is none."""
    oldest = Message.objects.open().filter(due_at__lte=moment).aggregate(Min("due_at"))["due_at__min"]
    beat = Beat.age(moment)
    return {
        "beat_age_seconds": beat.total_seconds() if beat else None,
        "oldest_overdue_seconds": (moment - oldest).total_seconds() if oldest else None,
    }


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def broker_answers() -> bool:
    """True as well where there is none to ask: without REDIS_URL the loop runs without a broker."""
    if not settings.REDIS_URL:
        return True
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as redis:
            return bool(redis.ping())
    except RedisError:
        return False
