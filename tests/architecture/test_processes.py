"""The production set-up: the commands of Docker Compose, run as processes without Docker."""

import http.client
import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from tests import servers
from tests.architecture.layers import ROOT
from tests.services import Letterbox, program

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
HOST = "convenor.example.org"
# The headers that the reverse proxy adds to a request over HTTPS.
BEHIND_HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}


def command_of(service: str) -> list[str]:
    command: list[str] = COMPOSE["services"][service]["command"]
    return command


def production(process_environment: dict[str, str], smtp_server: Letterbox) -> dict[str, str]:
    """Return the environment variables that production requires."""
    return (process_environment | {"DEMO": "0", "EMAIL_URL": smtp_server.url}) | {
        "SECRET_KEY": "a-key-for-this-test-alone-" * 3,
        "REFLECTION_KEYS": Fernet.generate_key().decode(),
        "BASE_URL": f"https://{HOST}",
        "ALLOWED_HOSTS": HOST,
        "HOST_CONTACT": "Change Together CIC, hello@example.org",
        "TRUSTED_PROXY_COUNT": "1",
    }


def manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def get(port: int, path: str, **headers: str) -> tuple[int, str, str]:
    """Make a GET request; return the status, the body, and the target of a redirect."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": HOST} | headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers.get("Location", "")
    finally:
        connection.close()


def test_image_and_compose_start_the_web_server_by_the_same_command() -> None:
    (command,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert json.loads(command) == command_of("web")


def test_image_runs_as_an_unprivileged_user() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["convenor"]


def test_image_installs_only_packages_with_verified_hashes() -> None:
    (install,) = re.findall(r"^RUN .*pip install (.*)$", DOCKERFILE, re.MULTILINE)
    options = ["--require-hashes", "--only-binary", ":all:"]
    assert install.split() == [*options, "-r", "/tmp/base.txt"]  # noqa: S108


def test_compose_file_contains_no_secret() -> None:
    """Every password comes from .env, and Docker Compose refuses to start without one."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"PASSWORD\}?[:=]?[^\n]*", text)) == {
        "PASSWORD:?write one into .env}@postgres:5432/convenor",
        "PASSWORD: ${POSTGRES_PASSWORD:?write one into .env}",
    }
    assert {
        COMPOSE["services"][name]["env_file"] for name in ("web", "worker", "beat", "migrate")
    } == {".env"}


def test_image_collects_static_files_with_hashed_names(tmp_path: Path) -> None:
    """Runs the Dockerfile's collectstatic command with the variables that the Dockerfile sets."""
    (line,) = re.findall(
        r"^RUN .*?((?:[A-Z_]+=\S+\s+)+)python manage.py collectstatic", DOCKERFILE, re.MULTILINE
    )
    variables = dict(pair.split("=", 1) for pair in line.split())
    environment = variables | {"CONVENOR_VAR": str(tmp_path), "PATH": os.environ["PATH"]}
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path}/build.sqlite3"
    manage(environment, "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    manifest = json.loads((tmp_path / "static" / "staticfiles.json").read_text(encoding="utf-8"))[
        "paths"
    ]
    assert manifest["css/app.css"] != "css/app.css"
    assert (tmp_path / "static" / manifest["css/app.css"]).is_file()


@pytest.mark.long
def test_site_is_ready_once_web_worker_and_beat_run(
    process_environment: dict[str, str], smtp_server: Letterbox, tmp_path: Path
) -> None:
    """The site is not ready until beat has queued the first task and the worker has run it."""
    environment = production(process_environment, smtp_server)
    port = servers.free_port()
    web = [part.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for part in command_of("web")]
    assert web != command_of("web")
    manage(environment, *command_of("migrate")[1:])
    manage(environment, "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    with ExitStack() as stack:
        worker_log, beat_log = tmp_path / "worker.log", tmp_path / "beat.log"
        stack.enter_context(program(command_of("worker"), worker_log, environment, ready=" ready."))
        stack.enter_context(program(web, tmp_path / "web.log", environment, ready=""))
        servers.wait_until(lambda: answers(port), "The web server answers")
        assert get(port, "/health/live")[0] == 200
        assert get(port, "/health/ready")[0] == 503, "Ready, though no beat was ever taken."
        stack.enter_context(
            program(command_of("beat"), beat_log, environment, ready="beat: Starting")
        )
        # Beat queues its first task a minute after it starts.
        servers.wait_until(lambda: get(port, "/health/ready")[0] == 200, "Readiness", within=90)
        assert "outbox.tasks.turn" in worker_log.read_text(encoding="utf-8")
        assert get(port, "/sign-in/") == (301, "", f"https://{HOST}/sign-in/")
        status, page, _ = get(port, "/sign-in/", **BEHIND_HTTPS)
        (stylesheet,) = re.findall(r'href="(/static/css/app\.[0-9a-f]+\.css)"', page)
        assert (status, get(port, stylesheet, **BEHIND_HTTPS)[0]) == (200, 200)


def answers(port: int) -> bool:
    try:
        return get(port, "/health/live")[0] == 200
    except OSError:
        return False
