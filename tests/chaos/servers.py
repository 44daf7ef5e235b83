"""The servers and programs of a storm: processes that can be killed, stopped and restarted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from tests.servers import (
    ROOT,
    ServerError,
    free_port,
    ordinary_user,
    postgresql_programs,
    redis_answers,
    redis_program,
    run_as,
    server_folder,
    wait_until,
)

PATIENT = 120.0


class Program:
    """Context manager: a running program. The program and its children form a process group."""

    def __init__(
        self, command: list[str], log: Path, env: dict[str, str] | None = None, user: object = None
    ) -> None:
        self.command, self.log, self.env, self.user = command, log, env, user
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        uid = getattr(self.user, "pw_uid", None)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT if self.user is None else "/",
                env=self.env,
                user=uid,
                group=getattr(self.user, "pw_gid", None),
                extra_groups=None if self.user is None else [],
            )

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the program and its children with SIGKILL."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trail: TracebackType | None,
    ) -> None:
        self.kill()


class PostgreSQL(Program):
    """A PostgreSQL server that can be stopped immediately, without a shutdown checkpoint."""

    def __init__(
        self, stack: ExitStack, disk: Callable[[Path], AbstractContextManager[bool]]
    ) -> None:
        programs = postgresql_programs()
        if programs is None:
            raise ServerError("No PostgreSQL server is installed.")
        user = ordinary_user()
        self.folder, self.port = server_folder("chaos-postgresql", user), free_port()
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        stack.enter_context(disk(self.folder))
        flags = ["-U", "convenor", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = run_as(user, programs / "initdb", "-D", self.folder / "data", *flags)
        if made.returncode:
            raise ServerError(f"initdb failed: {made.stderr}")
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs / "postgres"), "-D", str(self.folder / "data"), *settings]
        super().__init__(command, self.folder / "log", user=user)
        self.url = f"postgresql://convenor@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        super().start()
        wait_until(self.answers, "PostgreSQL", within=PATIENT)

    def answers(self) -> bool:
        with suppress(psycopg.Error), psycopg.connect(self.url, connect_timeout=3):
            return True
        return False

    def stop_immediately(self) -> None:
        """Stop the server as `pg_ctl stop -m immediate` does.

        Its connections are closed. At the next start, it recovers from its write-ahead log.
        """
        self.signal(signal.SIGQUIT)
        assert self.process is not None
        self.process.wait()
        self.process = None

    def kill(self) -> None:
        if self.process is not None:
            self.stop_immediately()


class Redis(Program):
    """A Redis server without persistence, which is empty after a restart."""

    def __init__(self, folder: Path) -> None:
        program = redis_program()
        if program is None:
            raise ServerError("No Redis server is installed.")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        where = ["--bind", "127.0.0.1", "--port", str(self.port)]
        super().__init__(
            [program, *where, "--save", "", "--dir", str(folder)], folder / "redis.log"
        )

    def start(self) -> None:
        super().start()
        wait_until(lambda: redis_answers(self.url), "Redis", within=PATIENT)


class Mail(Program):
    def __init__(self, folder: Path, *, seed: int, rate: float) -> None:
        self.port, self.events = free_port(), folder / "mail.jsonl"
        self.events.touch()
        command = [
            sys.executable,
            "-m",
            "tests.chaos.mail_server",
            str(self.port),
            str(self.events),
        ]
        super().__init__([*command, str(seed), str(rate)], folder / "mail.log")
        self.url = f"smtp://127.0.0.1:{self.port}"

    def calm_down(self) -> None:
        self.events.with_suffix(".calm").touch()


def celery(role: str, name: str, folder: Path, env: dict[str, str], **more: str) -> Program:
    """Return a Celery worker or beat of Convenor (see worker.py), not yet started."""
    flags = {
        "worker": [
            "--concurrency",
            "1",
            "--without-gossip",
            "--without-mingle",
            "-n",
            f"{name}@chaos",
        ],
        "beat": ["--schedule", str(folder / f"{name}.schedule")],
    }[role]
    first = [str(Path(sys.executable).parent / "celery"), "-A", "tests.chaos.worker", role]
    return Program([*first, "--loglevel", "INFO", *flags], folder / f"{name}.log", env | more)


def children_of(pid: int) -> list[int]:
    """Return the ids of a process's children, whichever of its threads started them."""
    children: list[int] = []
    for path in Path("/proc").glob(f"{pid}/task/*/children"):
        with suppress(OSError):
            children += [int(child) for child in path.read_text().split()]
    return children


def pause(seconds: float) -> None:
    """Sleep for a fixed time, for example while a server is down.

    To wait for a condition, call `wait_until` instead.
    """
    time.sleep(seconds)
