"""The product's Celery application in a process that may die or freeze at a step, and that tells what it does.

    celery -A tests.chaos.worker worker        celery -A tests.chaos.worker beat

It is the product itself: each step is called as it is. Around it a line is appended to CHAOS_FOLDER/trace, which
outlives the process; and where a file `die-at-STEP` or `freeze-at-STEP` lies in that folder, the first process that
comes there takes it away and kills or stops itself. What the product waits for is shorter
here, by CHAOS_FASTER (see hurry).
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
    """The process and the thread, which has its own connection to the mail server."""
    return f"{os.getpid()}-{threading.get_native_id()}"


def trace(event: str, message: str = "") -> None:
    line = f"{time.time():.6f} {who()} {event} {message}\n"
    handle = os.open(FOLDER / "trace", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, line.encode())
    os.close(handle)


def is_asked(what: str) -> bool:
    """The first process that comes by takes the order away."""
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
        # To this thread, so that it goes no further: to the process, another would be stopped first, some time later.
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def around(module: Any, name: str, step: str, number_of: Callable[..., str]) -> None:
    """The step as it is, between its two boundaries."""
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
    """A machine whose clock is wrong, as far as Python tells the time."""
    if seconds := float(os.environ.get("CHAOS_CLOCK", "0")):
        right = timezone.now
        timezone.now = lambda: right() + timedelta(seconds=seconds)


def hurry() -> None:
    """Every wait of the product is so many times shorter, and nothing else of it is changed."""
    for module in (claims, outcomes, precheck):
        module.LEASE /= FASTER  # type: ignore[attr-defined]
    messages.LONGEST_CLAIM /= FASTER
    loop.LONGEST_TURN /= FASTER
    settings.EMAIL_TIMEOUT /= FASTER
    outcomes.RETRY_WRITE_AFTER /= FASTER
    outcomes.FIRST_WAIT /= 60
    outcomes.LONGEST_WAIT = timedelta(seconds=10)
    app.conf.beat_schedule["take a turn"]["schedule"] = 60.0 / FASTER / 6


@worker_process_init.connect
def name_yourself(**_signal: Any) -> None:
    DNS_NAME.get_fqdn = lambda: f"worker-{who()}"
    trace("born", str(os.getppid()))


if spoil := os.environ.get("CHAOS_SPOIL"):
    # Only for showing that the tally catches a product that is broken: see tests/chaos/spoilt.py.
    from tests.chaos.spoilt import spoil_product

    spoil_product(spoil)

around(worker, "claim", "claim", lambda *_given: "")
around(worker, "claim_for_sending", "fence", lambda message, *_given: str(message.public_id))
around(outcomes, "mark_sent", "write", lambda message, *_given: str(message.public_id))
around(smtplib.SMTP, "data", "data", of_mail)
smtplib.SMTP.send = send  # type: ignore[method-assign, assignment]
skew()
hurry()
