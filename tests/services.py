"""Fixtures of servers and processes: Redis, PgBouncer, a Celery worker, SMTP and IMAP servers."""

import asyncio
import imaplib
import os
import secrets
import sys
import threading
from asyncio import Transport
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from subprocess import Popen
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection
from pytest_django.fixtures import Settings

from config import environment
from tests import servers


def missing(what: str) -> None:
    """Skip the test, or fail it in CI, because a service is missing."""
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a Redis server: that of REDIS_URL, or else of a server started for the tests.

    If Redis is not installed, a server that already runs on this machine is used.
    """
    # On a server that is not started here, each xdist process uses a database of its own.
    number = (
        10
        + int(getattr(request.config, "workerinput", {}).get("workerid", "gw0").removeprefix("gw"))
        % 6
    )
    given = os.environ.get("GIVEN_REDIS_URL") or "redis://127.0.0.1:6379"
    if "GIVEN_REDIS_URL" not in os.environ and servers.redis_program():
        with servers.private_redis() as url:
            yield url
    elif servers.redis_answers(given):
        yield servers.with_database(given, str(number))
    else:
        missing("no Redis answers (REDIS_URL, or on this machine) and none is installed")


# PgBouncer --------------------------------------------------------------------


@pytest.fixture
def behind_pgbouncer(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connect this process to the test's database through a PgBouncer in transaction mode."""
    if servers.pgbouncer_program() is None:
        missing("no PgBouncer is installed (Debian: apt install pgbouncer)")
    with servers.private_pgbouncer(database_url()) as url:
        connection.close()
        pooled = urlsplit(url)
        monkeypatch.setattr(environment, "DATABASE_POOLER", "transaction")
        for name, value in {
            "HOST": pooled.hostname,
            "PORT": pooled.port,
            "USER": pooled.username,
            "OPTIONS": environment.postgresql_options(),
            "DISABLE_SERVER_SIDE_CURSORS": True,
        }.items():
            monkeypatch.setitem(connection.settings_dict, name, value)
        yield
        connection.close()
        monkeypatch.undo()


# Mail servers -----------------------------------------------------------------


HANG_UP = "hang up"


def set_event() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass
class Letterbox:
    """The handler of a mail server on the loopback interface, with the e-mails that it accepted."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    """The envelope sender (MAIL FROM) of each message."""
    answers: dict[str, str] = field(default_factory=dict)
    """Replies in place of 250, for example "550 5.1.1 No such person".

    The key is a recipient's address, "MAIL FROM" or "DATA". HANG_UP closes the connection instead.
    """
    is_open: threading.Event = field(default_factory=set_event)
    """While it is not set, the server does not answer DATA."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.messages if message["To"] and address in message["To"]]

    def answer(self, command: str, server: SMTP) -> str:
        if self.answers[command] == HANG_UP:
            assert isinstance(server.transport, Transport)
            server.transport.abort()
        return self.answers[command]

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's names)
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if "MAIL FROM" in self.answers:
            return self.answer("MAIL FROM", server)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answer(address, server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        await asyncio.to_thread(self.is_open.wait)
        if "DATA" in self.answers:
            return self.answer("DATA", server)
        content = envelope.content
        self.senders.append(str(envelope.mail_from))
        self.messages.append(
            message_from_bytes(
                content if isinstance(content, bytes) else str(content).encode(),
                policy=policy.default,
            )
        )
        return "250 Accepted"


@pytest.fixture
def smtp_server(settings: Settings) -> Iterator[Letterbox]:
    """A real SMTP server on the loopback interface, to which the site sends its e-mails."""
    letterbox = Letterbox(port=servers.free_port())
    controller = Controller(letterbox, hostname="127.0.0.1", port=letterbox.port, ready_timeout=60)
    controller.start()
    settings.EMAIL_BACKEND = "outbox.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", letterbox.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield letterbox
    controller.stop()


@dataclass(frozen=True)
class Mailbox:
    """A mailbox on an IMAP server on the loopback interface."""

    port: int
    user: str
    password: str

    @property
    def url(self) -> str:
        return f"imap://{self.user}:{self.password}@127.0.0.1:{self.port}/INBOX"

    @contextmanager
    def opened(self) -> Iterator[imaplib.IMAP4]:
        connection = imaplib.IMAP4("127.0.0.1", self.port, timeout=30)
        connection.login(self.user, self.password)
        connection.select("INBOX")
        yield connection
        connection.logout()

    def receive(self, *mails: bytes) -> None:
        with self.opened() as connection:
            for mail in mails:
                connection.append("INBOX", "", "", mail)

    def flagged(self, flag: str) -> int:
        """Return the number of e-mails in the mailbox with this IMAP keyword."""
        with self.opened() as connection:
            return len(connection.uid("SEARCH", "KEYWORD", flag)[1][0].split())


@pytest.fixture(scope="session")
def imap_port() -> Iterator[int]:
    if servers.dovecot_program() is None:
        missing("no IMAP server is installed (Debian: apt install dovecot-imapd)")
    with servers.private_imap("secret") as port:
        yield port


@pytest.fixture
def bounce_mailbox(imap_port: int, settings: Settings) -> Mailbox:
    """An empty mailbox on a real IMAP server, from which the site reads bounce reports."""
    mailbox = Mailbox(imap_port, f"bounces-{secrets.token_hex(4)}", "secret")
    settings.BOUNCE_MAILBOX_URL = mailbox.url
    return mailbox


# Processes of the site --------------------------------------------------------


def database_url() -> str:
    """Return the URL of this test's PostgreSQL database."""
    database = connection.settings_dict
    netloc = f"{database['HOST'] or 'localhost'}:{database['PORT'] or 5432}"
    if database["USER"]:
        password = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
        netloc = f"{database['USER']}{password}@{netloc}"
    return f"postgresql://{netloc}/{database['NAME']}"


@pytest.fixture
def process_environment(transactional_db: None, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Environment variables with which a process uses this test's database and Redis."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return inherited | {
        "DATABASE_URL": database_url(),
        "REDIS_URL": redis_url,
        "CONVENOR_VAR": str(tmp_path / "var"),
        "DEMO": "1",
        "PYTHONUNBUFFERED": "1",
    }


WORKER = ["celery", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "INFO"]


@contextmanager
def program(
    command: list[str], log: Path, environment: dict[str, str], *, ready: str, within: float = 60.0
) -> Iterator["Popen[bytes]"]:
    """Context manager: run celery or gunicorn; yield its process once its log contains `ready`."""
    first = Path(sys.executable).parent / command[0]

    def is_ready() -> bool:
        return ready in log.read_text(encoding="utf-8", errors="replace")

    started = [str(first), *command[1:]]
    with servers.running(
        started, log, is_ready, within=within, cwd=servers.ROOT, env=environment
    ) as process:
        yield process


@pytest.fixture
def celery_worker(
    process_environment: dict[str, str], smtp_server: Letterbox, tmp_path: Path
) -> Iterator["Popen[bytes]"]:
    """A Celery worker with Redis and this test's database, which sends e-mails to `smtp_server`."""
    environment = process_environment | {"EMAIL_URL": smtp_server.url}
    with program(WORKER, tmp_path / "worker.log", environment, ready=" ready.") as process:
        yield process
