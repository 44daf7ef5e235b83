"""One storm: Celery workers send messages while faults are injected; then the tally is counted."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import redis
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from outbox.models import Message
from tests.chaos import acts
from tests.chaos.population import Owed, populate
from tests.chaos.servers import Mail, PostgreSQL, Redis, celery, children_of, pause
from tests.chaos.tally import Tally, count, pid_of, undone
from tests.servers import ServerError, wait_until

BOUNDARIES = (
    *(
        "before-claim",
        "after-claim",
        "before-precheck",
        "after-precheck",
        "before-data",
        "before-250",
    ),
    *("after-data", "before-write", "after-write"),
)
LEASE = 12.0  # seconds, as shortened in worker.py
PATIENT = 600.0
NO_PROGRESS = 45.0


class Storm:
    def __init__(
        self, folder: Path, stack: ExitStack, *, seed: int, server: PostgreSQL | None
    ) -> None:
        self.folder, self.stack, self.seed, self.server = folder, stack, seed, server
        self.chance = random.Random(seed)
        self.deaths: dict[int, float] = {}
        self.thaws: list[tuple[int, float]] = []
        self.database_faults: list[float] = []
        self.acts: list[acts.Act] = []
        self.touched: set[int] = set()
        self.faults: Counter[str] = Counter()
        self.owed: list[Owed] = []

    # Starting and ending a storm

    def run(self, messages: int, kills: int, rate: float, spoil: str, is_short: bool) -> Tally:
        began = time.monotonic()
        call_command("migrate", verbosity=0)
        self.owed = populate(messages, timezone.now(), self.chance)
        self.redis = self.stack.enter_context(Redis(self.folder))
        self.mail = self.stack.enter_context(Mail(self.folder, seed=self.seed, rate=rate))
        environment = self.environment(spoil)
        two_hours = str(self.chance.choice([-7200, 7200]))
        self.workers = [
            celery("worker", "worker1", self.folder, environment),
            celery("worker", "worker2", self.folder, environment, CHAOS_CLOCK=two_hours),
        ]
        self.faults["a worker whose clock is two hours off"] += 1
        self.beats = [
            celery("beat", f"beat{number}", self.folder, environment) for number in range(5)
        ]
        for program in (*self.workers, *self.beats[:2]):
            self.stack.enter_context(program)
        self.faults["two beats"] += 1
        plan = self.short_plan() if is_short else self.plan(kills)
        for number, (what, do) in enumerate(plan, 1):
            self.wait_for_mails(len(self.owed) * number // (len(plan) + 1))
            do()
            self.faults[what] += 1
        self.mail.calm_down()
        self.thaw()
        for order in self.folder.glob("*-at-*"):
            order.unlink(missing_ok=True)  # no process reached that step
            self.faults[f"not met: {order.name}"] += 1
        with suppress(ServerError):  # the tally counts the rest as stuck
            wait_until(self.is_done, "everything done", within=PATIENT)
        tally = count(
            self.folder, self.owed, self.acts, self.deaths, self.thaws, self.database_faults
        )
        tally.faults |= self.faults
        tally.seconds = time.monotonic() - began
        return tally

    def environment(self, spoil: str) -> dict[str, str]:
        inherited = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        }
        return inherited | {
            "DATABASE_URL": os.environ["DATABASE_URL"],
            "REDIS_URL": self.redis.url,
            "EMAIL_URL": self.mail.url,
            "CONVENOR_VAR": str(self.folder / "var"),
            "CHAOS_FOLDER": str(self.folder),
            "CHAOS_SPOIL": spoil,
            "DEMO": "1",
        }

    def plan(self, kills: int) -> list[tuple[str, Callable[[], None]]]:
        """Return the faults of a whole storm, in random order, each with its function.

        The slow faults are in four groups. The seed selects the group that a storm injects, so that
        storms of eight consecutive seeds inject every fault on both databases.
        """
        plan: list[tuple[str, Callable[[], None]]] = [
            (
                f"kill -9 at {step}",
                lambda step=step: self.order(f"die-at-{step}"),  # type: ignore[misc]
            )
            for step in BOUNDARIES
        ]
        plan += [("kill -9 at random", self.kill_one)] * kills
        plan += [
            (what, lambda what=what: self.act(what))  # type: ignore[misc]
            for what in acts.ALL * 3
        ]
        plan += [("FLUSHALL", self.flush), ("a worker and its children killed", self.kill_whole)]
        if self.server:
            plan += [("PostgreSQL stopped with -m immediate", self.restart_database)] * 3
        else:
            plan += [("a SQLite writer that holds on for 4 s (20 s)", self.hold_sqlite)]
        slow = [
            [
                ("Redis restarted empty", self.restart_redis),
                ("Redis away 12 s (ten minutes)", self.redis_away),
            ],
            [("SIGSTOP past the lease, then SIGCONT", self.freeze)] * 2,
            [("mail server away 12 s (an hour)", self.mail_away), ("five beats", self.five_beats)],
            [("database away 12 s (a minute)", self.database_away), ("disk full", self.fill_disk)],
        ]
        plan += slow[self.seed // 2 % 4] + slow[1][:1]
        self.chance.shuffle(plan)
        return plan

    def short_plan(self) -> list[tuple[str, Callable[[], None]]]:
        """Return the few faults that CI injects, each with the function that injects it.

        They are workers killed at the riskiest steps, each kind of act, and servers that fail.
        """
        steps = ("after-claim", "after-precheck", "before-250", "before-write")
        plan: list[tuple[str, Callable[[], None]]] = [
            (
                f"kill -9 at {step}",
                lambda step=step: self.order(f"die-at-{step}"),  # type: ignore[misc]
            )
            for step in steps
        ]
        plan += [
            (what, lambda what=what: self.act(what))  # type: ignore[misc]
            for what in acts.ALL
        ]
        plan += [("FLUSHALL", self.flush), ("SIGSTOP past the lease, then SIGCONT", self.freeze)]
        plan += [("database away", self.restart_database if self.server else self.hold_sqlite)]
        return plan

    # Waiting for e-mails to be sent

    def accepted(self) -> int:
        return self.mail.events.read_bytes().count(b'"event": "accepted"')

    def wait_for_mails(self, number: int) -> None:
        """Wait until the mail server has accepted that many e-mails.

        Return earlier if no due message is left, or if the server has accepted none for NO_PROGRESS
        seconds. In that case, the remaining messages are waiting for a retry.
        """
        latest, since = -1, time.monotonic()
        while (now := self.accepted()) < number and time.monotonic() - since < NO_PROGRESS:
            if now != latest:
                latest, since = now, time.monotonic()
            if now and self.is_done():
                return
            pause(0.1)

    def is_done(self) -> bool:
        """Return whether every due message has been queued, then sent, failed or dropped."""
        try:
            return Message.objects.exists() and not undone()
        except (OperationalError, InterfaceError):
            connection.close()
            return False

    def order(self, what: str) -> None:
        (self.folder / what).touch()

    # Injecting faults

    def kill_one(self) -> None:
        """Kill a worker's child processes, which send the messages; the worker starts new ones."""
        worker = self.chance.choice(self.workers)
        for pid in children_of(worker.pid):
            self.kill(pid)

    def kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.deaths[pid] = time.time()

    def kill_whole(self) -> None:
        worker = self.chance.choice(self.workers)
        children = children_of(worker.pid)
        worker.kill()
        self.deaths |= dict.fromkeys(children, time.time())
        worker.start()

    def freeze(self) -> None:
        """Stop (SIGSTOP) a process that has claimed messages, until its lease has expired.

        While the process is stopped, make changes after which some messages must not be sent.
        """
        step = self.chance.choice(["after-claim", "after-precheck", "before-data", "before-write"])
        order = self.folder / f"freeze-at-{step}"
        self.order(order.name)
        with suppress(ServerError):
            wait_until(lambda: not order.exists(), "a freeze", within=60)
        if order.exists():  # a process that took it later would never be continued
            order.unlink(missing_ok=True)
            self.faults[f"not met: {order.name}"] += 1
        else:
            for what in ("cancel", "new address", "leave"):
                self.act(what)
            pause(LEASE * 1.5)
        self.thaw()

    def thaw(self) -> None:
        """Continue every stopped process.

        Celery's time limit would kill a process that stayed stopped, minutes later. The tally would
        not know of that kill.
        """
        trace = (self.folder / "trace").read_text().splitlines()
        frozen = {pid_of(line.split()[1]) for line in trace if " freezes " in line}
        for pid in frozen - {pid for pid, _ in self.thaws}:
            # The time is recorded before the signal is sent, so that it is earlier than anything
            # that the process does next.
            self.thaws.append((pid, time.time()))
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def act(self, what: str) -> None:
        """Make the change `what`, unless a stopped process has locked the SQLite database."""
        try:
            if done := acts.do(what, self.owed, self.touched, self.chance):
                self.acts.append(done)
        except OperationalError:
            connection.close()
            self.faults[f"not met: {what}, as the database was locked"] += 1

    def flush(self) -> None:
        with redis.Redis.from_url(self.redis.url) as client:
            client.flushall()

    def restart_redis(self) -> None:
        self.redis.kill()
        self.redis.start()

    def redis_away(self) -> None:
        self.redis.kill()
        pause(12)
        self.redis.start()

    def mail_away(self) -> None:
        self.mail.kill()
        pause(12)
        self.mail.start()

    def five_beats(self) -> None:
        for beat in self.beats[2:]:
            self.stack.enter_context(beat)

    def restart_database(self, away: float = 0.0) -> None:
        assert self.server
        self.database_faults.append(time.time())
        self.server.stop_immediately()
        pause(away)
        self.server.start()
        self.database_faults.append(time.time())
        connection.close()

    def database_away(self) -> None:
        if self.server:
            self.restart_database(away=12)
        else:
            self.hold_sqlite()

    def hold_sqlite(self) -> None:
        self.database_faults.append(time.time())
        holder = sqlite3.connect(connection.settings_dict["NAME"], timeout=20, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        pause(4)
        holder.execute("ROLLBACK")
        holder.close()
        self.database_faults.append(time.time())

    def fill_disk(self) -> None:
        """Fill the disk of the database (see disks.py) completely, for six seconds."""
        disk = self.server.folder if self.server else Path(connection.settings_dict["NAME"]).parent
        if not os.path.ismount(disk):
            self.faults["not met: disk full (no small disk could be mounted)"] += 1
            return
        self.database_faults.append(time.time())
        ballast = disk / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            for size in (1_000_000, 1_000):
                with suppress(OSError):
                    while True:
                        file.write(bytes(size))
        pause(6)
        ballast.unlink()
        if self.server and self.server.process and self.server.process.poll() is not None:
            self.server.start()  # PostgreSQL stops if its write-ahead log has no space
        if self.server:
            wait_until(self.server.answers, "PostgreSQL", within=PATIENT)
        connection.close()
        self.database_faults.append(time.time())
