"""What messages cost: to send them, and to ask who is owed what; each in a program and a database of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.database import database_of_its_own

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 1200
LEAST_RATIO, MOST_CPU_RATIO, LEAST_GAIN = 0.6, 0.35, 6.0
LEAST_OWED, MOST_OWED_SECONDS, MOST_STATEMENTS, MOST_NOTHING_MS = 25_000, 1.0, 2, 200.0

SENDING = """
| sending, one connection, each mail committed | mails a second | × Django's own |
|---|--:|--:|
| Django's own send, no rows | {plain:.0f} | 1.00 |
| a turn's delivery: claim, letter, fence, send, commit | {ours:.0f} | {ratio:.2f} |
| the same, where the letters are written on both sides | – | {ratio_written:.2f} |

It may not be less than 0.7 of Django's own. That renders each letter from the same templates (all that they ask the
database is known beforehand), builds Django's `EmailMultiAlternatives` and sends it over one connection that is kept;
it reads and writes no row. Ours claims fifty at a time, asks once in a batch what their letters have in common and
renders once what they all say, signs each person's links, adds the headers by which copies are told and a kind is
refused, asks the rule again before each mail, and commits each letter before it goes and each mail once it is sent: on
PostgreSQL in one transaction for the mail that went and the letter that follows, or in two where ten written ahead
begin and end. While PostgreSQL is at it, the next mail is built. In the last row nothing is rendered, so nothing is
gained by rendering it once.
The mail server is a process of its own (`bench/mail_server.py`) that takes everything at once: aiosmtpd would spend as
long on a mail as Django does, and hide what is ours.{fsync}

| CPU time of the program that sends, a mail | ms | × Celery |
|---|--:|--:|
{cpu_rows}

| {many} connections, {delay} ms before each answer of the mail server (some 80 ms a mail) | mails a second | × one |
|---|--:|--:|
| one | {one:.1f} | 1.0 |
| eight | {eight:.1f} | {gain:.1f} |

Eight (`EMAIL_CONNECTIONS`) must reach six times one.
"""
CPU = """| a turn's delivery | {cpu:.1f} | {cpu_ratio:.2f} |
| a Celery task a mail: reads its row, renders, opens a connection, sends, marks the row | {cpu_task:.1f} | 1.00 |

It may be half of it at most. Celery's is a real worker with its child, on a Redis of its own; what it costs to hand the
tasks over is not counted."""
NO_CELERY = """| a turn's delivery | {cpu:.1f} | – |

Beside a Celery task a mail it is measured on Linux, where Redis is installed."""
OWING = """
| who is owed what: 10,000 cohorts, 60,000 workshops, 230,000 memberships, a million old messages | |
|---|--:|
| {owed:,} messages come to be owed at one moment, all rules asked | {owed_seconds:.2f} s |
| asked again: {again} more | {again_seconds:.2f} s |
| statements a rule | {statements} |
| a turn that owes nothing: database time of its {nothing_statements} statements | {nothing_ms:.0f} ms |

At most 1 s, none more, 2 statements, 200 ms. The old messages hold no HTML. The rows were written in {writing:.0f} s.
"""
NO_OWING = """
What it costs to ask who is owed what, among a million old messages, is measured on PostgreSQL.
"""


@dataclass(frozen=True)
class Messages:
    """What was found, by name; `owing` is empty where there is no PostgreSQL."""

    sending: dict[str, Any]
    owing: dict[str, Any]

    def failings(self) -> Iterator[str]:
        sending, owing = self.sending, self.owing
        if sending["ratio"] < LEAST_RATIO:
            yield f"Sending reaches {sending['ratio']:.2f} of Django's own; {LEAST_RATIO} is the least."
        if (sending["cpu_ratio"] or 0) > MOST_CPU_RATIO:
            yield f"Sending takes {sending['cpu_ratio']:.2f} of a Celery task's CPU; {MOST_CPU_RATIO} is the most."
        if sending["gain"] < LEAST_GAIN:
            yield f"Eight connections reach {sending['gain']:.1f} times one; {LEAST_GAIN:.0f} is the least."
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
        yield f"{owing['owed']} messages came to be owed of {LEAST_OWED}."
    if owing["owed_seconds"] > MOST_OWED_SECONDS:
        yield f"To be owed took them {owing['owed_seconds']:.2f} s; {MOST_OWED_SECONDS:.0f} is the most."
    if owing["again"]:
        yield f"Asked again, {owing['again']:.0f} more came to be owed."
    if owing["statements"] > MOST_STATEMENTS:
        yield f"A rule takes {owing['statements']} statements; {MOST_STATEMENTS} are the most."
    if owing["nothing_ms"] > MOST_NOTHING_MS:
        yield f"A turn that owes nothing took {owing['nothing_ms']:.0f} ms; {MOST_NOTHING_MS:.0f} are the most."


def fsync_words(sending: dict[str, Any]) -> str:
    """Whether the database waits for the disk decides much of the ratio, so it is said."""
    waits = sending["waits_for_disk"]
    if waits is None:
        return ""
    return f" PostgreSQL {'waited' if waits else 'did not wait'} for its disk at each commit."


def messages(given: str, folder: Path) -> Messages:
    owing = measured("bench.owing", given, folder) if given.startswith("postgres") else {}
    return Messages(measured("bench.sending", given, folder), owing)


def measured(module: str, given: str, folder: Path) -> dict[str, Any]:
    """What the program prints, run in a database of its own on the server that `given` names, or on SQLite."""
    apart = folder / module
    apart.mkdir()
    with database_of_its_own(given, apart) as url:
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
