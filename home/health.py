"""Views for load balancers and monitoring: is the process alive, and can it serve requests?"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

from outbox.models import Heartbeat
from outbox.monitoring import QueueMetrics, is_recent, queue_metrics


@login_not_required
@require_safe
def health_live(request: HttpRequest) -> JsonResponse:
    """Respond with status 200, without checking anything."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def health_ready(request: HttpRequest) -> JsonResponse:
    """Respond with 200 if database and Redis respond and the sending loop ran recently, else 503.

    If the request has the token in settings.HEALTH_TOKEN, the response also contains the result of
    each check and the metrics of the queue. Overdue messages do not cause a 503, because pages
    still work.
    """
    moment = timezone.now()
    checks = {"database": database_answers(), "broker": broker_answers()}
    checks["beat"] = checks["database"] and is_recent(Heartbeat.age(moment))
    is_ready = all(checks.values())
    answer: dict[str, Any] = {"status": "ok" if is_ready else "not ready"}
    if has_token(request):
        answer |= checks
        if checks["database"]:
            answer |= queue_figures(queue_metrics(moment))
    return JsonResponse(answer, status=200 if is_ready else 503)


def has_token(request: HttpRequest) -> bool:
    """Return whether the request has the header “Authorization: Bearer (settings.HEALTH_TOKEN)”."""
    given = request.headers.get("Authorization", "")
    expected = f"Bearer {settings.HEALTH_TOKEN}"
    return bool(settings.HEALTH_TOKEN) and constant_time_compare(given, expected)


def queue_figures(now: QueueMetrics) -> dict[str, float | int | None]:
    """Return the metrics of the message queue, for alerts.

    `beat_age_seconds` is the time since the sending loop last ran; None if it has never run.
    `oldest_overdue_seconds` is None if no message is overdue. `late` is True if any message has
    been overdue for 15 minutes. It includes the messages of surveys; the other figures don't.
    """
    return {
        "late": now.is_late,
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
    """Return whether Redis responds.

    Also True if REDIS_URL is not set, because the sending loop then runs without a broker.
    """
    if not settings.REDIS_URL:
        return True
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        ) as redis:
            return bool(redis.ping())
    except RedisError:
        return False
