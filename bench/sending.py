"""`python -m bench.sending`: the cost of sending many e-mails.

Prints JSON. Needs an empty database, which DATABASE_URL names. Each ratio compares two ways of
sending, which are measured alternately, over SMTP to the same mail server.
"""

from __future__ import annotations

import inspect
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from statistics import median

import django

django.setup()

from django.conf import settings  # noqa: E402 (models need the line above)
from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from bench.celery_tasks import CeleryTasks  # noqa: E402
from cohorts.models import Cohort, Membership  # noqa: E402
from outbox.content import email  # noqa: E402
from outbox.content.email import PRIVATE_LINK  # noqa: E402
from outbox.delivery import batch_cache  # noqa: E402
from outbox.delivery.pool import deliver  # noqa: E402
from outbox.delivery.worker import Worker  # noqa: E402
from outbox.models import Message  # noqa: E402
from outbox.models.messages import UNWRITTEN  # noqa: E402
from outbox.queueing import insert  # noqa: E402
from programmes.default_programme import get_or_create_default  # noqa: E402
from workshops.messages.reminders import DAY_BEFORE  # noqa: E402
from workshops.models import Workshop  # noqa: E402

COHORTS, PARTICIPANTS = 20, 22
ROUNDS, WARM_UP = 5, 44
MANY, DELAY, ONE_SENDS, MANY_SEND = 8, 20, 66, 440
AN_HOUR = timedelta(hours=1)


def main() -> None:
    logging.disable(logging.INFO)
    call_command("migrate", verbosity=0)
    write_reminders()
    settings.EMAIL_BACKEND = "outbox.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "127.0.0.1", False, False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    measured = {**against_django(), **run_concurrently(), "waits_for_disk": waits_for_disk()}
    print(json.dumps(measured))


def write_reminders() -> None:
    """Create cohorts with a workshop in ten hours, and queue everybody's day-before reminder."""
    programme, now = get_or_create_default(), timezone.now()
    plan, long_ago = programme.plans.order_by("position")[0], now - timedelta(days=60)
    for number in range(COHORTS):
        cohort = Cohort.objects.create(programme=programme, name=f"Cohort {number}", place="Essex")
        people = User.objects.bulk_create(
            User(email=f"person{number}.{n}@example.org", name=f"Person {n} Lee")
            for n in range(PARTICIPANTS + 1)
        )
        roles = [Membership.Role.FACILITATOR, *[Membership.Role.PARTICIPANT] * PARTICIPANTS]
        Membership.objects.bulk_create(
            Membership(cohort=cohort, user=user, role=role, joined_at=long_ago)
            for user, role in zip(people, roles, strict=True)
        )
        Workshop.objects.create(
            cohort=cohort,
            **plan.content(),
            starts_at=now + timedelta(hours=10),
            ends_at=now + timedelta(hours=13),
            scheduled_at=long_ago,
            version=1,
            venue="The old library, Market Street",
        )
    insert(DAY_BEFORE, now)


@contextmanager
def mail_server(delay: int = 0) -> Iterator[None]:
    """Context manager: run the mail server in a separate process."""
    command = [sys.executable, "-m", "bench.mail_server", "--delay", str(delay)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        settings.EMAIL_PORT = int(process.stdout.readline())
        yield
        process.stdin.close()


def owe(count: int, *, written: bool = False) -> None:
    """Make `count` messages due, and mark all others as sent.

    The rendered e-mails of the due messages are deleted, unless `written`.
    """
    blank = {} if written else UNWRITTEN
    Message.objects.update(outcome="sent", sent_at=timezone.now())
    chosen = list(Message.objects.order_by("due_at", "pk").values_list("pk", flat=True)[:count])
    owed = Message.objects.filter(pk__in=chosen)
    owed.update(outcome="pending", sent_at=None, attempts=0, claim="", claimed_until=None, **blank)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE outbox_message")


@contextmanager
def all_known() -> Iterator[None]:
    """Context manager: cache the results of all queries that rendering the e-mails makes.

    The rendered text is not cached.
    """
    believed, batch_cache.MAX_AGE = batch_cache.MAX_AGE, 3600.0
    shared = email.text_of, email.html_of
    email.text_of, email.html_of = map(inspect.unwrap, shared)
    try:
        with batch_cache.batch_cache():
            for message in Message.objects.select_related("recipient"):
                DAY_BEFORE.compose(message)
            yield
    finally:
        batch_cache.MAX_AGE = believed
        email.text_of, email.html_of = shared


def send_ours(count: int) -> None:
    worker = Worker(timezone.now, get_connection())
    worker.run(timezone.now() + AN_HOUR)
    if worker.outcomes.sent != count:
        raise RuntimeError(f"{worker.outcomes.sent} of {count} were sent.")


def send_plainly(messages: list[Message], *, written: bool) -> None:
    """Send the same e-mails with Django's own SMTP backend, over one connection.

    Unless `written`, Convenor's code first renders the e-mails. No result is saved.
    """
    mail = get_connection()
    mail.open()
    for message in messages:
        letter = None if written else DAY_BEFORE.compose(message)
        text, html = (letter.text, letter.html) if letter else (message.text, message.html)
        link = "https://convenor.example.org/workshops/answer/"
        one = EmailMultiAlternatives(
            subject=letter.subject if letter else message.subject,
            body=text.replace(PRIVATE_LINK, link),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[message.recipient.email if message.recipient else ""],
            reply_to=letter.reply_to if letter else message.reply_to.split(","),
        )
        one.attach_alternative(html.replace(PRIVATE_LINK, link), "text/html")
        mail.send_messages([one])
    mail.close()


def against_django() -> dict[str, float | None]:
    """Compare sending with Django's SMTP backend, and with a Celery task for each e-mail.

    With the backend, it compares e-mails per second; with Celery, CPU time.
    """
    wall: dict[str, list[float]] = {
        "ours": [],
        "plain": [],
        "ours_written": [],
        "plain_written": [],
    }
    cpu: list[float] = []
    tasks: list[float] = []
    count = COHORTS * PARTICIPANTS
    with mail_server(), celery_worker() as celery:
        messages = list(Message.objects.select_related("recipient").order_by("due_at", "pk"))
        owe(WARM_UP)
        send_ours(WARM_UP)
        for _ in range(ROUNDS):
            with all_known():
                wall["plain"].append(seconds(partial(send_plainly, messages, written=False)))
            owe(count)
            began = time.process_time()
            wall["ours"].append(seconds(lambda: send_ours(count)))
            cpu.append(time.process_time() - began)
            messages = list(Message.objects.select_related("recipient").order_by("due_at", "pk"))
            wall["plain_written"].append(seconds(partial(send_plainly, messages, written=True)))
            owe(count, written=True)
            wall["ours_written"].append(seconds(lambda: send_ours(count)))
            if celery:
                owe(count)
                tasks.append(celery.cpu_seconds([message.pk for message in messages]))
    return {
        "ours": count / median(wall["ours"]),
        "plain": count / median(wall["plain"]),
        "ratio": median(p / o for p, o in zip(wall["plain"], wall["ours"], strict=True)),
        "ratio_written": median(
            p / o for p, o in zip(wall["plain_written"], wall["ours_written"], strict=True)
        ),
        "cpu": 1000 * median(cpu) / count,
        "cpu_task": 1000 * median(tasks) / count if tasks else None,
        "cpu_ratio": median(o / t for o, t in zip(cpu, tasks, strict=True)) if tasks else None,
    }


@contextmanager
def celery_worker() -> Iterator[CeleryTasks | None]:
    """Context manager: yield a running Celery worker, or None if Redis is not installed."""
    if not CeleryTasks.can_run():
        yield None
        return
    with CeleryTasks.running(settings.EMAIL_PORT) as celery:
        yield celery


def run_concurrently() -> dict[str, float]:
    """Compare sending over one connection and over eight; the mail server replies after 20 ms."""
    rates: dict[int, list[float]] = {1: [], MANY: []}
    with mail_server(DELAY):
        for _ in range(3):
            for connections, count in ((1, ONE_SENDS), (MANY, MANY_SEND)):
                settings.EMAIL_CONNECTIONS = connections
                owe(count)
                took = seconds(lambda: deliver(timezone.now, timezone.now() + AN_HOUR))
                if Message.objects.filter(sent_at=None).exists():
                    raise RuntimeError("Not all were sent.")
                rates[connections].append(count / took)
    return {
        "one": median(rates[1]),
        "many": median(rates[MANY]),
        "gain": median(m / o for o, m in zip(rates[1], rates[MANY], strict=True)),
    }


def waits_for_disk() -> bool | None:
    """Return whether each commit waits for the disk; None for SQLite."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('fsync') = 'on'"
            " AND current_setting('synchronous_commit') <> 'off'"
        )
        return bool(cursor.fetchone()[0])


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
