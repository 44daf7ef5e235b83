"""Tests of `make run` as a process, with its own port and data folder."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.servers import ROOT, free_port, wait_until

pytestmark = pytest.mark.sqlite  # it uses its own SQLite database, so one run is enough


def environment(port: object, var: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PORT": str(port), "CONVENOR_VAR": str(var)}


def check_port(port: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "bin" / "run.py", "--check-port"],
        env=environment(port, ROOT),
        capture_output=True,
        text=True,
        check=False,
    )


def test_run_names_a_taken_port_and_a_free_one() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        checked = check_port(port)
    (line,) = checked.stderr.splitlines()
    assert checked.returncode == 1
    assert line.startswith(f"Can't use port {port} (address already in use). Choose another: PORT=")
    free = line.removesuffix(" make run").rpartition("=")[2]
    assert check_port(free).returncode == 0


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "80 80", "٣"])
def test_run_refuses_an_invalid_port(port: str) -> None:
    checked = check_port(port)
    assert checked.returncode == 1
    assert checked.stderr == (
        f"PORT is {port!r}. Enter a port from 1 to 65535, for example: PORT=8123 make run\n"
    )


@contextmanager
def convenor(port: int, var: Path) -> Iterator["tuple[subprocess.Popen[str], Path]"]:
    """Context manager: run `make run`; yield its process and log file when it is ready."""
    said = var.with_suffix(".log")
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, ROOT / "bin" / "run.py"],
            env=environment(port, var),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        wait_until(
            lambda: process.poll() is not None or "Ctrl-C stops it." in said.read_text(),
            "Convenor",
            within=240,
        )
        assert f"Convenor is at http://127.0.0.1:{port}\n" in said.read_text(), said.read_text()
        yield process, said
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(30)


def children_of(pid: int) -> dict[int, str]:
    listed = subprocess.run(
        ["pgrep", "-P", str(pid), "-a"], capture_output=True, text=True, check=False
    ).stdout
    return {int(line.split()[0]): line for line in listed.splitlines()}


def descendants_of(pid: int) -> list[int]:
    return [other for child in children_of(pid) for other in (child, *descendants_of(child))]


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.long
def test_run_loads_the_demo_once_and_stops_all_processes(tmp_path: Path) -> None:
    """Each way to stop is tried on one demo, because loading it takes most of the time."""
    var = tmp_path / "var"
    assert "Loaded 3 cohorts" in serve_until_stopped(var, signal.SIGINT)
    assert "Loaded" not in serve_until_stopped(var, signal.SIGTERM)
    assert (
        "The sending loop (manage.py send_due) exited with code -9, so Convenor stops."
        in serve_until_the_loop_dies(var)
    )


def serve_until_stopped(var: Path, number: signal.Signals) -> str:
    """Run Convenor, request a page, stop it with this signal, and return its output."""
    port = free_port()
    with convenor(port, var) as (process, said):
        # It is ready once the sending loop has made its first turn.
        wait_until(lambda: status_of(port, "/health/ready") == 200, "Convenor", within=60)
        family = descendants_of(process.pid)
        assert len(children_of(process.pid)) == 2, "the web server and the sending loop"
        process.send_signal(number)
        assert process.wait(20) == 0
        assert [pid for pid in family if is_there(pid)] == []
        assert said.read_text().endswith("Convenor has stopped.\n")
        assert "Traceback" not in said.read_text()
        return said.read_text()


def status_of(port: int, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        with connection.getresponse() as answer:
            return answer.status


def serve_until_the_loop_dies(var: Path) -> str:
    """Run Convenor, kill its sending loop, and return the output of Convenor."""
    with convenor(free_port(), var) as (process, said):
        family = descendants_of(process.pid)
        (loop,) = [
            pid for pid, command in children_of(process.pid).items() if "send_due" in command
        ]
        os.kill(loop, signal.SIGKILL)
        assert process.wait(20) == 1
        assert [pid for pid in family if is_there(pid)] == []
        return said.read_text()
