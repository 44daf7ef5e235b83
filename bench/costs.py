"""Measurements of separate processes: previews of long lists of people, and starts of the demo."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.lists import ROWS, make_lists
from bench.phone import Openings, openings

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS, MOST_MEGABYTES = 5.0, 200.0
PATIENCE = 120


@dataclass(frozen=True)
class Preview:
    """The cost of uploading a list of people and previewing every row of it."""

    filename: str
    seconds: float
    megabytes: float
    new: int

    def failings(self) -> Iterator[str]:
        if self.seconds > MOST_SECONDS:
            taken = f"{self.seconds:.1f} s"
            yield f"The preview of {self.filename} took {taken}; the limit is {MOST_SECONDS:.0f}."
        if self.megabytes > MOST_MEGABYTES:
            used = f"{self.megabytes:.0f} MB"
            yield f"The preview of {self.filename} used {used}; the limit is {MOST_MEGABYTES:.0f}."
        if self.new != ROWS:
            yield f"The preview of {self.filename} found {self.new} people of {ROWS}."


def previews(folder: Path) -> list[Preview]:
    """Measure the previews of a CSV file and of a spreadsheet, each in its own process.

    The processes use the database in DATABASE_URL, which must not contain anybody on the lists.
    """
    found = []
    for path in make_lists(folder):
        command = [sys.executable, "-m", "bench.preview", str(path)]
        ended = subprocess.run(
            command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=PATIENCE
        )
        found.append(Preview(path.name, **json.loads(ended.stdout)))
    return found


@dataclass(frozen=True)
class Start:
    """Seconds from running the demo's command until it serves pages, at its first and second start.

    The first start includes creating the demo's database.
    """

    first: float
    second: float

    def failings(self) -> Iterator[str]:
        if self.second > MOST_SECONDS:
            taken = f"{self.second:.1f} s"
            yield f"The demo's second start took {taken}; the limit is {MOST_SECONDS:.0f}."


def demo_start(folder: Path) -> tuple[Start, Openings]:
    """Measure two starts of the demo, and how fast its writing page opens on a phone.

    The first start creates the demo's SQLite database in `folder`. The page is opened after the
    second start.
    """
    port = free_port()
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
    }
    environment |= {"CONVENOR_VAR": str(folder), "PORT": str(port)}
    with demo(environment) as first:
        pass
    with demo(environment) as second:
        phone = openings(f"http://127.0.0.1:{port}")
    return Start(first, second), phone


@contextmanager
def demo(environment: dict[str, str]) -> Iterator[float]:
    """Context manager: run the demo; yield the seconds that it took to start."""
    began = time.perf_counter()
    command = [sys.executable, "bin/run.py"]
    out, err = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=out, stderr=err
    ) as program:
        assert program.stdout is not None
        is_there = any("Convenor is at" in line for line in program.stdout)
        seconds = time.perf_counter() - began
        try:
            if not is_there:
                raise RuntimeError("The demo did not start.")
            yield seconds
        finally:
            program.send_signal(signal.SIGINT)
            program.communicate(timeout=PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
