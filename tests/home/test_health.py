"""Health checks: liveness, and readiness to send."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from outbox.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_live_makes_no_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get(reverse("home:health_live")).json() == {"status": "ok"}


def test_ready_with_a_recent_heartbeat(client: Client) -> None:
    Heartbeat.record(timezone.now() - timedelta(seconds=30))

    answer = client.get(reverse("home:health_ready"))

    assert answer.status_code == 200
    assert 30 <= answer.json()["beat_age_seconds"] < 60
    figures = ("oldest_overdue_seconds", "overdue", "sent_last_hour", "failed_last_hour")
    assert [answer.json()[name] for name in figures] == [None, 0, 0, 0]


@pytest.mark.parametrize("age", [None, timedelta(minutes=11)])
def test_not_ready_without_a_recent_heartbeat(client: Client, age: timedelta | None) -> None:
    if age:
        Heartbeat.record(timezone.now() - age)

    answer = client.get(reverse("home:health_ready"))

    assert (answer.status_code, answer.json()["beat"]) == (503, False)


def test_not_ready_if_the_broker_is_unavailable(client: Client, settings: Settings) -> None:
    Heartbeat.record(timezone.now())
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    answer = client.get(reverse("home:health_ready"))

    assert (answer.status_code, answer.json()["broker"]) == (503, False)
