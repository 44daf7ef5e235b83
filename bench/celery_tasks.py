"""The usual way to send e-mails, for comparison: one Celery task for each e-mail.

The task reads its `Message` row, renders the e-mail, opens an SMTP connection, sends the e-mail,
and updates the row. `app` is the Celery application of the worker, which has its own Redis.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from celery import Celery

from tests import servers

app = Celery("bench", broker=os.environ.get("BENCH_BROKER"))
app.conf.task_ignore_result = True
app.conf.worker_hijack_root_logger = False
WARM_UP, PATIENCE = 20, 300.0
TICKS = os.sysconf("SC_CLK_TCK")


@app.task
def send_one(number: int) -> None:
    # Models can be imported only after the worker has called django.setup().
    from django.core.mail import EmailMultiAlternatives  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from outbox.models import Message  # noqa: PLC0415
    from workshops.messages.reminders import DAY_BEFORE  # noqa: PLC0415

    message = Message.objects.select_related("recipient").get(pk=number)
    letter = DAY_BEFORE.compose(message)
    to = message.recipient.email if message.recipient else ""
    mail = EmailMultiAlternatives(letter.subject, letter.text, None, [to], reply_to=letter.reply_to)
    mail.attach_alternative(letter.html, "text/html")
    mail.send()
    Message.objects.filter(pk=number).update(outcome="sent", sent_at=timezone.now())


@dataclass(frozen=True)
class CeleryTasks:
    """A running Celery worker: its process id, and the URL of its Redis server."""

    process: int
    broker: str

    @staticmethod
    def can_run() -> bool:
        return servers.redis_program() is not None and Path("/proc/self/stat").exists()

    @staticmethod
    @contextmanager
    def running(mail_port: int) -> Iterator[CeleryTasks]:
        with servers.private_redis() as broker, tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {
                "BENCH_BROKER": broker,
                "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
                "PYTHONUNBUFFERED": "1",
            }
            log = Path(folder) / "worker.log"
            command = [sys.executable, "-m", "celery", "-A", "bench.celery_tasks", "worker"]
            with servers.running(
                [*command, "--concurrency", "1", "--loglevel", "INFO"],
                log,
                lambda: " ready." in log.read_text(encoding="utf-8"),
                within=120,
                cwd=servers.ROOT,
                env=environment,
            ) as worker:
                yield CeleryTasks(worker.pid, broker)

    def cpu_seconds(self, numbers: list[int]) -> float:
        """Send these messages; return the CPU seconds that the worker and its child took.

        The time that this process takes to queue the tasks is not counted.
        """
        # Models can be imported only after django.setup().
        from outbox.models import Message  # noqa: PLC0415

        app.conf.update(broker_url=self.broker)
        before = self.cpu()
        for number in numbers:
            send_one.delay(number)
        waiting = Message.objects.filter(pk__in=numbers, sent_at=None)
        deadline = time.monotonic() + PATIENCE
        while waiting.exists():
            if time.monotonic() > deadline:
                raise RuntimeError("The Celery worker does not send.")
            time.sleep(0.1)
        return self.cpu() - before

    def cpu(self) -> float:
        return sum(cpu_of(number) for number in (self.process, *children_of(self.process)))


def fields_of(process: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the program's name, which may contain spaces."""
    return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def cpu_of(process: int) -> float:
    """Return the CPU seconds of a process and its ended children, in user and system mode."""
    return sum(int(ticks) for ticks in fields_of(process)[11:15]) / TICKS


def children_of(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="utf-8")
    return [int(number) for number in listed.split()]
