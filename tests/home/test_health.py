"""Health checks: liveness, and readiness to send."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from outbox.models import Heartbeat
from tests.architecture.layers import ROOT

pytestmark = pytest.mark.django_db


def test_live_makes_no_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get(reverse("home:health_live")).json() == {"status": "ok"}


@pytest.fixture
def token(settings: Settings) -> dict[str, str]:
    """Return the header with the token that monitoring sends."""
    settings.HEALTH_TOKEN = "a-token-of-monitoring"
    return {"authorization": f"Bearer {settings.HEALTH_TOKEN}"}


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Bearer another", "Bearer é", "a-token"])
@pytest.mark.parametrize("configured", ["", "a-token-of-monitoring"])
def test_ready_tells_only_up_or_down_without_the_token(
    sent: str, configured: str, client: Client, settings: Settings
) -> None:
    settings.HEALTH_TOKEN = configured
    url = reverse("home:health_ready")
    down = client.get(url, headers={"authorization": sent})
    Heartbeat.record(timezone.now())
    up = client.get(f"{url}?token={configured}", headers={"authorization": sent})

    assert (down.status_code, down.json()) == (503, {"status": "not ready"})
    assert (up.status_code, up.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("token", ["short", "é" * 30])
def test_token_that_can_be_guessed_stops_the_start(token: str, tmp_path: Path) -> None:
    environment = {"DEMO": "1", "HEALTH_TOKEN": token, "CONVENOR_VAR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "HEALTH_TOKEN is too easy to guess." in done.stderr


def test_ready_with_a_recent_heartbeat(client: Client, token: dict[str, str]) -> None:
    Heartbeat.record(timezone.now() - timedelta(seconds=30))

    answer = client.get(reverse("home:health_ready"), headers=token)

    assert answer.status_code == 200
    assert 30 <= answer.json()["beat_age_seconds"] < 60
    figures = ("oldest_overdue_seconds", "overdue", "sent_last_hour", "failed_last_hour")
    assert [answer.json()[name] for name in figures] == [None, 0, 0, 0]
    assert (answer.json()["status"], answer.json()["late"]) == ("ok", False)


@pytest.mark.parametrize("age", [None, timedelta(minutes=11)])
def test_not_ready_without_a_recent_heartbeat(
    client: Client, age: timedelta | None, token: dict[str, str]
) -> None:
    if age:
        Heartbeat.record(timezone.now() - age)

    answer = client.get(reverse("home:health_ready"), headers=token)

    assert (answer.status_code, answer.json()["beat"]) == (503, False)


def test_not_ready_if_the_broker_is_unavailable(
    client: Client, settings: Settings, token: dict[str, str]
) -> None:
    Heartbeat.record(timezone.now())
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    answer = client.get(reverse("home:health_ready"), headers=token)

    assert (answer.status_code, answer.json()["broker"]) == (503, False)
