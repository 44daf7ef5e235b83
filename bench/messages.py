"""The cost of sending messages and of evaluating the rules, each in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.database import temporary_database

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 1200
LEAST_RATIO, MOST_CPU_RATIO, LEAST_GAIN = 0.6, 0.35, 6.0
LEAST_OWED, MOST_OWED_SECONDS, MOST_STATEMENTS, MOST_NOTHING_MS = 25_000, 1.0, 2, 200.0

SENDING = """
| sending over one connection, each e-mail committed | e-mails a second | × Django |
|---|--:|--:|
| Django's `send_messages`, without rows | {plain:.0f} | 1.00 |
| one worker: claim, render, check, send, record | {ours:.0f} | {ratio:.2f} |
| the same, with e-mails rendered beforehand on both sides | – | {ratio_written:.2f} |

The limit is 0.6. Django renders each e-mail from the same templates, with everything that they need
of the database read beforehand, and sends it over one open connection; it reads and writes no row.
A worker claims fifty rows at a time, caches what a batch's e-mails have in common, signs each
person's links, runs the pre-send check and records the result: two commits for each e-mail. In the
last row nothing is rendered, so the cache saves nothing. The mail server is a separate process
(`bench/mail_server.py`) that accepts everything at once; aiosmtpd would take as long for an e-mail
as Django, and hide the difference.{fsync}

| CPU time of the sending process for each e-mail | ms | × Celery |
|---|--:|--:|
{cpu_rows}

| connections, with {delay} ms before each SMTP reply (about 80 ms an e-mail) | \
e-mails a second | × one |
|---|--:|--:|
| one | {one:.1f} | 1.0 |
| eight | {eight:.1f} | {gain:.1f} |

Eight (`EMAIL_CONNECTIONS`) must reach six times one.
"""
CPU = """| one worker | {cpu:.1f} | {cpu_ratio:.2f} |
| a Celery task for each e-mail: read the row, render, connect, send, update the row | \
{cpu_task:.1f} | 1.00 |

The limit is 0.35. Celery runs a real worker with one child process, and its own Redis. Queueing the
tasks is not counted."""
NO_CELERY = """| one worker | {cpu:.1f} | – |

The comparison with Celery needs Linux and Redis: it is measured where Redis is installed."""
OWING = """
| evaluating the rules: 10,000 cohorts, 60,000 workshops, 230,000 memberships, \
a million old messages | |
|---|--:|
| {owed:,} messages come due at the same time, all rules evaluated | {owed_seconds:.2f} s |
| evaluated again: {again} more | {again_seconds:.2f} s |
| statements per rule | {statements} |
| a turn with nothing due: database time of its {nothing_statements} statements | \
{nothing_ms:.0f} ms |

Limits: 1 s, none, 2 statements, 200 ms. The old messages have no HTML. Writing the rows took
{writing:.0f} s.
"""
NO_OWING = """
Evaluating the rules among a million old messages is measured on PostgreSQL.
"""


@dataclass(frozen=True)
class Messages:
    """The results of bench.sending and bench.owing, by name. `owing` is empty on SQLite."""

    sending: dict[str, Any]
    owing: dict[str, Any]

    def failings(self) -> Iterator[str]:
        sending, owing = self.sending, self.owing
        if sending["ratio"] < LEAST_RATIO:
            reached = f"{sending['ratio']:.2f} of Django's speed"
            yield f"Sending reaches {reached}; the limit is {LEAST_RATIO}."
        if (sending["cpu_ratio"] or 0) > MOST_CPU_RATIO:
            taken = f"{sending['cpu_ratio']:.2f} of a Celery task's CPU time"
            yield f"Sending takes {taken}; the limit is {MOST_CPU_RATIO}."
        if sending["gain"] < LEAST_GAIN:
            reached = f"{sending['gain']:.1f} times one"
            yield f"Eight connections reach {reached}; the limit is {LEAST_GAIN:.0f}."
        if owing:
            yield from owing_failings(owing)

    def written(self) -> str:
        sending = {
            "eight": self.sending["many"],
            "fsync": fsync_words(self.sending),
            **self.sending,
        }
        sending |= {"many": 8, "delay": 20}
        cpu = (CPU if sending["cpu_ratio"] else NO_CELERY).format(**sending)
        return SENDING.format(cpu_rows=cpu, **sending) + (
            OWING.format(**self.owing) if self.owing else NO_OWING
        )


def owing_failings(owing: dict[str, Any]) -> Iterator[str]:
    if owing["owed"] < LEAST_OWED:
        yield f"{owing['owed']} messages came due, not {LEAST_OWED}."
    if owing["owed_seconds"] > MOST_OWED_SECONDS:
        taken = f"{owing['owed_seconds']:.2f} s"
        yield f"Evaluating the rules took {taken}; the limit is {MOST_OWED_SECONDS:.0f}."
    if owing["again"]:
        yield f"A second evaluation made {owing['again']:.0f} more messages."
    if owing["statements"] > MOST_STATEMENTS:
        yield f"A rule takes {owing['statements']} statements; the limit is {MOST_STATEMENTS}."
    if owing["nothing_ms"] > MOST_NOTHING_MS:
        taken = f"{owing['nothing_ms']:.0f} ms"
        yield f"A turn with nothing due took {taken}; the limit is {MOST_NOTHING_MS:.0f}."


def fsync_words(sending: dict[str, Any]) -> str:
    """Return a sentence that says whether PostgreSQL waited for its disk at each commit.

    The measured speeds depend on that. The sentence is empty for SQLite.
    """
    waits = sending["waits_for_disk"]
    if waits is None:
        return ""
    return f"\nPostgreSQL {'waited' if waits else 'did not wait'} for its disk at each commit."


def messages(given: str, folder: Path) -> Messages:
    owing = measured("bench.owing", given, folder) if given.startswith("postgres") else {}
    return Messages(measured("bench.sending", given, folder), owing)


def measured(module: str, given: str, folder: Path) -> dict[str, Any]:
    """Run a module as a program with its own database, and return the JSON that it prints.

    If `given` is the URL of a PostgreSQL server, the database is created there; otherwise it is a
    SQLite file.
    """
    apart = folder / module
    apart.mkdir()
    with temporary_database(given, apart) as url:
        ended = subprocess.run(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
        )
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found
