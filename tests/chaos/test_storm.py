"""A short storm (see __main__.py) with its own servers, on the kind of database of the test run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests import servers
from tests.services import missing

# In seconds. A storm takes half a minute on an idle machine, but much longer on a busy one.
LIMIT = 15 * 60


@pytest.mark.long
@pytest.mark.django_db
def test_short_storm_loses_nothing_and_explains_each_copy(tmp_path: Path) -> None:
    if not servers.redis_program() or (
        connection.vendor == "postgresql" and not servers.postgresql_programs()
    ):
        missing("a storm needs the programs of Redis and PostgreSQL, as it kills them")
    results = tmp_path / "tally.json"
    command = [sys.executable, "-m", "tests.chaos", "--short", "--storm", connection.vendor]
    more = ["--messages", "60", "--kills", "0", "--results", str(results)]
    log = tmp_path / "storm.log"

    with log.open("wb") as output:
        ended = subprocess.run(
            [*command, *more],
            cwd=servers.ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=LIMIT,
            check=False,
        )

    assert ended.returncode == 0, log.read_text(errors="replace")[-3000:]
    tally = json.loads(results.read_text())
    kinds = ("lost", "stuck", "stale", "unexplained", "unequal", "doubled")
    assert [(kind, tally[kind]) for kind in kinds if tally[kind]] == []
    assert tally["copies"] <= tally["copies_allowed"]
    assert tally["accepted"] >= tally["sent"] > 0
