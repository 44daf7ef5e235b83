"""`make chaos`: injects faults while messages are sent, and checks what happened to each message.

    python -m tests.chaos [--seeds 20] [--messages 3000] [--databases postgresql,sqlite]
                          [--kills 30] [--rate 0.03] [--at-once 1] [--spoil no-precheck]
                          [--results FOLDER] [--write]

A storm is one such run, in a process with its own servers. Its tally is the number of messages with
each result. The exit status is 1 if a message:

- was lost, or never finished;
- was sent although it was no longer due; or
- was sent twice, without a fault that explains it.

`--write` writes docs/reliability.md. `--spoil` breaks Convenor on purpose (see spoilt.py), to test
that the tally shows the damage.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.servers import ROOT

PAGE = ROOT / "docs" / "reliability.md"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1, help="number of the first seed")
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--at-once", type=int, default=1, help="storms to run in parallel")
    parser.add_argument(
        "--databases", default="postgresql,sqlite", help="used in turn, one for each seed"
    )
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rate", type=float, default=0.03, help="share of SMTP steps that fail")
    parser.add_argument("--short", action="store_true", help="the few faults that CI injects")
    parser.add_argument("--spoil", default="")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument(
        "--storm", default="", help="one storm on this database; its tally goes to --results"
    )
    return parser.parse_args()


def main() -> int:
    wanted = options()
    if wanted.storm:
        return one_storm(wanted)
    with tempfile.TemporaryDirectory(prefix="convenor-chaos-") as name:
        results = wanted.results or Path(name)
        results.mkdir(parents=True, exist_ok=True)
        databases = wanted.databases.split(",")
        paths = []
        with ThreadPoolExecutor(wanted.at_once) as pool:
            for number in range(wanted.seeds):
                seed, database = wanted.first + number, databases[number % len(databases)]
                paths.append(results / f"{database}-{seed}.json")
                pool.submit(run_storm, wanted, seed, database, paths[-1])
        # Imported here, not at the top, because the module needs Django's settings.
        from tests.chaos.report import page, table  # noqa: PLC0415

        tallies = [(path.stem, json.loads(path.read_text())) for path in paths if path.exists()]
    print(table(tallies))
    if wanted.write:
        PAGE.write_text(page(tallies, wanted), encoding="utf-8")
    is_whole = len(tallies) == len(paths)
    return 0 if is_whole and all(tally["is_clean"] for _, tally in tallies) else 1


def run_storm(wanted: argparse.Namespace, seed: int, database: str, path: Path) -> None:
    same = [
        *(
            "--messages",
            str(wanted.messages),
            "--kills",
            str(wanted.kills),
            "--rate",
            str(wanted.rate),
        ),
        *(
            "--spoil",
            wanted.spoil,
            "--first",
            str(seed),
            "--storm",
            database,
            "--results",
            str(path),
        ),
        *(["--short"] if wanted.short else []),
    ]
    print(f"storm {seed} on {database} …", flush=True)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *same], cwd=ROOT, check=False
    ).returncode
    if ended:
        print(f"  this storm broke off ({ended})", flush=True)


def one_storm(wanted: argparse.Namespace) -> int:
    """Start a database server and run one storm in this process; write its tally to --results."""
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # exit normally, so that its servers are stopped
    from tests.chaos.disks import small_disk  # noqa: PLC0415
    from tests.chaos.servers import PostgreSQL  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="convenor-storm-") as name, ExitStack() as stack:
        folder = Path(name)
        server = None
        if wanted.storm == "postgresql":
            server = stack.enter_context(PostgreSQL(stack, partial(small_disk, megabytes=400)))
            url = server.url
        else:
            (folder / "data").mkdir()
            stack.enter_context(small_disk(folder / "data", 256))
            url = f"sqlite:///{folder / 'data' / 'chaos.sqlite3'}"
        for variable in (
            "REDIS_URL",
            "EMAIL_URL",
            "SECRET_KEY",
            "REFLECTION_KEYS",
            "BASE_URL",
            "SENTRY_DSN",
        ):
            os.environ.pop(variable, None)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": url,
            "CONVENOR_VAR": str(folder / "var"),
            "DEMO": "1",
            "DEBUG": "0",
        }
        import django  # noqa: PLC0415

        django.setup()
        # Imported here, because the module's models need the settings, which name this storm's
        # database.
        from tests.chaos.storm import Storm  # noqa: PLC0415

        storm = Storm(folder, stack, seed=wanted.first, server=server)
        tally = storm.run(wanted.messages, wanted.kills, wanted.rate, wanted.spoil, wanted.short)
        wanted.results.write_text(tally.as_json())
        if not tally.is_clean and os.environ.get("CHAOS_KEEP"):
            for file_name in ("trace", "mail.jsonl", "worker1.log", "worker2.log"):
                (wanted.results.parent / f"{wanted.results.stem}-{file_name}").write_bytes(
                    (folder / file_name).read_bytes()
                )
        from django.db import connection  # noqa: PLC0415

        connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
