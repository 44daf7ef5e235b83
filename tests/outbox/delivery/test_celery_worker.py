"""Turns of the sending loop in a real Celery worker, with Redis, PostgreSQL and SMTP."""

from datetime import timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from celery import Celery
from django.utils import timezone
from kombu import Connection

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import Message
from tests.chaos.servers import Redis
from tests.servers import wait_until
from tests.services import WORKER, Letterbox, program
from workshops.models import Workshop

TURNS, SECONDS = 3, 180


@pytest.fixture
def invited(cohort: Cohort) -> User:
    """A new member of a cohort with a future workshop, who is owed its first e-mails."""
    now = timezone.now()
    starts = now + timedelta(days=20)
    Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        purpose="To begin.",
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
        scheduled_at=now,
    )
    user = User.objects.create_user("dev@example.org", "Dev Patel")
    Membership.objects.create(cohort=cohort, user=user, joined_at=now)
    return user


def queue_turns(redis_url: str, count: int) -> None:
    """Queue the task of the sending loop several times, as Celery beat does each minute."""
    beat = Celery(broker=redis_url, set_as_current=False)
    for _ in range(count):
        beat.send_task("outbox.tasks.turn", ignore_result=True)
    beat.close()


@pytest.mark.django_db(transaction=True)
def test_worker_sends_each_message_once_in_three_turns(
    invited: User,
    celery_worker: "Popen[bytes]",
    redis_url: str,
    smtp_server: Letterbox,
    tmp_path: Path,
) -> None:
    queue_turns(redis_url, TURNS)
    log = tmp_path / "worker.log"
    wait_until(
        lambda: log.read_text("utf-8").count("succeeded in") == TURNS, "three turns", within=SECONDS
    )
    assert [(mail["To"], mail["Subject"].split(":")[0]) for mail in smtp_server.messages] == [
        ("dev@example.org", "Your place in North East, spring 2027"),
        ("dev@example.org", "For your calendar"),
    ]
    assert Message.objects.filter(sent_at__isnull=False).count() == Message.objects.count() == 2


def test_channel_of_a_closed_connection_raises_a_connection_error(redis_url: str) -> None:
    """Celery reconnects after a ConnectionError; any other exception would end the worker."""
    with Connection(redis_url, transport="config.kombu_workaround.Transport") as closed:
        channel: Any = closed.channel()
        channel.close()
        with pytest.raises(closed.connection_errors):
            channel.pool  # noqa: B018 (kombu reads it to requeue or acknowledge)


@pytest.mark.django_db(transaction=True)
def test_worker_survives_a_redis_outage_with_tasks_in_progress(
    invited: User, process_environment: dict[str, str], smtp_server: Letterbox, tmp_path: Path
) -> None:
    """When Redis is killed, the worker has received tasks that it has not run yet."""
    log = tmp_path / "worker.log"

    def count_in_log(words: str) -> int:
        return log.read_text("utf-8").count(words)

    with Redis(tmp_path) as redis:
        environment = process_environment | {"EMAIL_URL": smtp_server.url, "REDIS_URL": redis.url}
        with program(WORKER, log, environment, ready=" ready.") as worker:
            queue_turns(redis.url, 40)
            wait_until(lambda: count_in_log("succeeded in") > 0, "a turn", within=SECONDS)
            redis.kill()
            wait_until(
                lambda: count_in_log("Connection to broker lost") > 0, "the loss", within=SECONDS
            )
            redis.start()
            wait_until(
                lambda: count_in_log("Connected to ") > 1 or worker.poll() is not None,
                "Redis",
                within=SECONDS,
            )
            done = count_in_log("succeeded in")
            queue_turns(redis.url, 1)
            wait_until(
                lambda: count_in_log("succeeded in") > done or worker.poll() is not None,
                "a turn",
                within=SECONDS,
            )
            assert worker.poll() is None, log.read_text("utf-8")[-3000:]
