"""Health checks for load balancers and monitoring."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

from outbox.monitoring import QueueMetrics, queue_metrics


@login_not_required
@require_safe
def health_live(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process runs. Checks nothing else."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def health_ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 if database and broker respond and the sending loop has run recently, else 503.

    Overdue messages are reported without a 503, because pages still work.
    """
    checks = {"database": database_answers(), "broker": broker_answers()}
    now = queue_metrics(timezone.now()) if checks["database"] else None
    checks["beat"] = now is not None and now.beats
    is_ready = all(checks.values())
    answer = {
        "status": "ok" if is_ready else "not ready",
        **checks,
        **(figures(now) if now else {}),
    }
    return JsonResponse(answer, status=200 if is_ready else 503)


def figures(now: QueueMetrics) -> dict[str, float | int | None]:
    """Return metrics for alerting; ages in seconds, or None if there is nothing."""
    return {
        "beat_age_seconds": now.beat_age.total_seconds() if now.beat_age is not None else None,
        "overdue": now.overdue,
        "oldest_overdue_seconds": now.oldest.total_seconds() if now.oldest is not None else None,
        "sent_last_hour": now.sent_last_hour,
        "failed_last_hour": now.failed_last_hour,
    }


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def broker_answers() -> bool:
    """Return True too without REDIS_URL, when the loop runs without a broker."""
    if not settings.REDIS_URL:
        return True
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        ) as redis:
            return bool(redis.ping())
    except RedisError:
        return False
