"""The same turn, taken by a real Celery worker on real Redis and PostgreSQL, to a real SMTP server."""

from datetime import timedelta
from pathlib import Path
from subprocess import Popen

import pytest
from celery import Celery
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import Message
from tests.servers import wait_until
from tests.services import Letterbox
from workshops.models import Workshop

TURNS, SECONDS = 3, 180


@pytest.fixture
def invited(cohort: Cohort) -> User:
    """Somebody who has joined a cohort with a workshop to come: an invitation is owed."""
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


@pytest.mark.django_db(transaction=True)
def test_worker_sends_what_is_owed_and_thrice_asked_sends_it_once(
    invited: User, celery_worker: "Popen[bytes]", redis_url: str, smtp_server: Letterbox, tmp_path: Path
) -> None:
    beat = Celery(broker=redis_url)
    for _ in range(TURNS):
        beat.send_task("outbox.tasks.turn", ignore_result=True)
    beat.close()

    log = tmp_path / "worker.log"
    wait_until(lambda: log.read_text("utf-8").count("succeeded in") == TURNS, "three turns", within=SECONDS)
    assert [(mail["To"], mail["Subject"].split(":")[0]) for mail in smtp_server.messages] == [
        ("dev@example.org", "Your place in North East, spring 2027"),
        ("dev@example.org", "For your calendar"),
    ]
    assert Message.objects.filter(sent_at__isnull=False).count() == Message.objects.count() == 2
