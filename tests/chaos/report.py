"""The tally of all storms as a table, and the page docs/reliability.md."""

from __future__ import annotations

import argparse
import os
import platform
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("page.md")
SMALLER = """
**This run is smaller** than the twenty storms of 3,000 messages that `make chaos` makes if it is
told nothing.
"""
Tallies = list[tuple[str, dict[str, Any]]]
HEAD = (
    "| storm | owed | accepted | sent | failed | dropped | lost | stuck | stale | copies |"
    " allowed | unexplained | two Message-IDs | unequal copies | seconds |"
)


def table(tallies: Tallies) -> str:
    if not tallies:
        return "No storm came to its end."
    lines = [HEAD, "|---|" + "---:|" * (HEAD.count("|") - 2)]
    for name, tally in tallies:
        lines.append(row(name, tally))
    lines.append(row("**all**", summed([tally for _, tally in tallies])))
    wrong = [
        f"- {name}: {what}: {one}"
        for name, tally in tallies
        for what in ("lost", "stuck", "stale", "unexplained", "doubled", "unequal")
        for one in tally[what][:5]
    ]
    return "\n".join(lines + (["", *wrong] if wrong else []))


def row(name: str, tally: dict[str, Any]) -> str:
    counts = [len(tally[what]) for what in ("lost", "stuck", "stale")]
    cells = [
        name.replace("-", ", seed "),
        *(tally[what] for what in ("owed", "accepted", "sent", "failed", "dropped")),
        *counts,
        *(
            tally["copies"],
            tally["copies_allowed"],
            len(tally["unexplained"]),
            len(tally["doubled"]),
        ),
        *(len(tally["unequal"]), round(tally["seconds"])),
    ]
    return (
        "| "
        + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells)
        + " |"
    )


def summed(tallies: list[dict[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for tally in tallies:
        for name, value in tally.items():
            if name != "faults":
                total[name] = value + total[name] if name in total else value
    return total


def page(tallies: Tallies, wanted: argparse.Namespace) -> str:
    faults: Counter[str] = Counter()
    for _, tally in tallies:
        faults.update(tally["faults"])
    injected = "\n".join(f"| {what} | {times:,} |" for what, times in sorted(faults.items()))
    return PAGE.read_text(encoding="utf-8").format(
        date=f"{datetime.now(UTC):%d %B %Y}",
        storms=len(tallies),
        messages=f"{wanted.messages:,}",
        smaller=SMALLER if len(tallies) < 20 or wanted.messages < 3_000 else "",
        machine=machine(),
        table=table(tallies),
        injected=injected,
    )


def machine() -> str:
    cpus = os.cpu_count()
    name = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    load = ", ".join(f"{one:.0f}" for one in os.getloadavg())
    return f"{cpus} cores of {name}, Python {platform.python_version()}, load {load} as it ended"
