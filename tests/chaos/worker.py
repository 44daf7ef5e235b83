"""Convenor's Celery application, which traces its steps and can be made to die or stop at one.

    celery -A tests.chaos.worker worker        celery -A tests.chaos.worker beat

The steps are functions of Convenor. Before and after each step, a line is appended to the file
`trace` in the folder CHAOS_FOLDER. If the folder has a file `die-at-STEP` or `freeze-at-STEP`, the
first process to reach that step removes the file, and kills or stops itself. Waiting times are
shortened by the factor CHAOS_FASTER (see `hurry`).
"""

import os
import signal
import smtplib
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
from django.conf import settings

FOLDER = Path(os.environ["CHAOS_FOLDER"])
FASTER = float(os.environ.get("CHAOS_FASTER", "5"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from celery.signals import worker_process_init  # noqa: E402
from django.core.mail.utils import DNS_NAME  # noqa: E402
from django.utils import timezone  # noqa: E402

from config.celery import app  # noqa: E402
from outbox.delivery import claims, loop, outcomes, precheck, worker  # noqa: E402
from outbox.models import messages  # noqa: E402

__all__ = ["app"]


def who() -> str:
    """Return the ids of the process and the thread, because each thread has an SMTP connection."""
    return f"{os.getpid()}-{threading.get_native_id()}"


def trace(event: str, message: str = "") -> None:
    line = f"{time.time():.6f} {who()} {event} {message}\n"
    handle = os.open(FOLDER / "trace", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, line.encode())
    os.close(handle)


def is_asked(what: str) -> bool:
    """Delete this file of CHAOS_FOLDER; return whether it existed. Only one process gets True."""
    try:
        (FOLDER / what).unlink()
    except FileNotFoundError:
        return False
    return True


def at(boundary: str, message: str = "") -> None:
    trace(boundary, message)
    if is_asked(f"die-at-{boundary}"):
        trace("dies", boundary)
        os.kill(os.getpid(), signal.SIGKILL)
    if is_asked(f"freeze-at-{boundary}"):
        trace("freezes", boundary)
        # The signal is sent to this thread, so that the process stops here. If it were sent to the
        # process, another thread might receive it, and this one might run on for a moment.
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def around(module: Any, name: str, step: str, number_of: Callable[..., str]) -> None:
    """Wrap a function of Convenor, so that `at` is called before and after it.

    `number_of` returns the message's public id from the function's arguments.
    """
    original = getattr(module, name)

    def stepping(*given: Any, **named: Any) -> Any:
        message = number_of(*given)
        at(f"before-{step}", message)
        try:
            result = original(*given, **named)
        except Exception as error:
            trace(f"raised-{step}", f"{message} {type(error).__name__}")
            raise
        at(f"after-{step}" if result or step == "claim" else f"shut-{step}", message)
        return result

    setattr(module, name, stepping)


def of_mail(_smtp: Any, content: Any) -> str:
    head = content if isinstance(content, bytes) else str(content).encode()
    found = head.lower().find(b"message-id: <")
    return head[found + 13 :].split(b"@")[0].decode() if found >= 0 else ""


def send(smtp: Any, content: Any, _send: Any = smtplib.SMTP.send) -> None:
    _send(smtp, content)
    if isinstance(content, bytes) and content.endswith(b"\r\n.\r\n"):
        at("before-250")


def skew() -> None:
    """Shift the clock that Convenor reads (`timezone.now`) by CHAOS_CLOCK seconds."""
    if seconds := float(os.environ.get("CHAOS_CLOCK", "0")):
        right = timezone.now
        timezone.now = lambda: right() + timedelta(seconds=seconds)


def hurry() -> None:
    """Shorten Convenor's leases, time-outs, retry delays and the interval between turns."""
    for module in (claims, outcomes, precheck):
        module.LEASE /= FASTER  # type: ignore[attr-defined]
    messages.LONGEST_CLAIM /= FASTER
    loop.LONGEST_TURN /= FASTER
    settings.EMAIL_TIMEOUT /= FASTER
    outcomes.RETRY_WRITE_AFTER /= FASTER
    outcomes.FIRST_WAIT /= 60
    outcomes.LONGEST_WAIT = timedelta(seconds=10)
    app.conf.beat_schedule["outbox.tasks.turn"]["schedule"] = 60.0 / FASTER / 6


@worker_process_init.connect
def name_yourself(**_signal: Any) -> None:
    DNS_NAME.get_fqdn = lambda: f"worker-{who()}"
    trace("born", str(os.getppid()))


if spoil := os.environ.get("CHAOS_SPOIL"):
    # To test the tally, Convenor is broken on purpose (see spoilt.py).
    from tests.chaos.spoilt import spoil_product

    spoil_product(spoil)

around(worker, "claim", "claim", lambda *_given: "")
around(worker, "claim_for_sending", "precheck", lambda message, *_given: str(message.public_id))
around(outcomes, "mark_sent", "write", lambda message, *_given: str(message.public_id))
around(smtplib.SMTP, "data", "data", of_mail)
smtplib.SMTP.send = send  # type: ignore[method-assign, assignment]
skew()
hurry()
