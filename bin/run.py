"""A script that runs Convenor's web server and sending loop on this machine until Ctrl-C.

`make run` calls this script. With `--check-port` it only checks that the port is free, and starts
nothing. It imports only the standard library.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
# A program that runs `migrate` and `demo` in one process, because Django takes a second to start.
PREPARE = """
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "migrate", "--verbosity", "0"])
execute_from_command_line(["manage.py", "demo"])
"""
START_TIMEOUT = 60.0  # seconds until the web server must respond
STOP_TIMEOUT = 12.0  # seconds for running requests and tasks to end, before they are killed


class Supervisor:
    """The child processes of a running Convenor, and whether they should stop.

    A SIGINT, SIGTERM or SIGHUP sets `is_stopping`.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.is_stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_soon)

    def _stop_soon(self, _number: int, _frame: FrameType | None) -> None:
        self.is_stopping = True

    def start(self, name: str, *arguments: str) -> None:
        """Start a Python program in its own session, so that Ctrl-C reaches only this process."""
        command = [sys.executable, *arguments]
        self.children[name] = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, start_new_session=True
        )

    def run_to_end(self, name: str, *arguments: str) -> None:
        """Start a program and wait until it exits, or until this process should stop.

        A program that succeeds is removed from `children`. One that fails stays there, so that
        `exit_message` reports it.
        """
        self.start(name, *arguments)
        while self.children[name].poll() is None and not self.is_stopping:
            time.sleep(0.02)
        if self.children[name].poll() == 0:
            del self.children[name]

    def exit_message(self) -> str | None:
        """Return a message about a program that has exited, or None if all are running."""
        for name, child in self.children.items():
            if (code := child.poll()) is not None:
                return (
                    f"{name} exited with code {code}, so Convenor stops. Its last output is above."
                )
        return None

    def stop(self) -> None:
        """Terminate every program. Kill those that have not exited after STOP_TIMEOUT seconds."""
        for child in self.children.values():
            child.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT
        for child in self.children.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def chosen_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):
        sys.exit(f"PORT is {text!r}. Enter a port from 1 to 65535, for example: PORT=8123 make run")
    return int(text)


def port_error(port: int) -> str | None:
    """Return the reason why the port can't be used, or None if it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return (error.strerror or "unknown error").lower()
    return None


def responds(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health/live")
        with connection.getresponse() as answer:
            return answer.status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def serve(supervisor: Supervisor, port: int) -> str | None:
    """Prepare the database, start the programs, print the URL, and wait for a signal to stop.

    Returns a message if something went wrong, or else None.
    """
    supervisor.run_to_end("The preparation (manage.py migrate, manage.py demo)", "-c", PREPARE)
    if not supervisor.children:
        web = (
            "-m",
            "gunicorn",
            "config.wsgi",
            "--config",
            "config/gunicorn.py",
            "--bind",
            f"{HOST}:{port}",
        )
        supervisor.start("The web server (gunicorn)", *web)
        if supervisor.environment.get("REDIS_URL"):
            celery = ("-m", "celery", "--quiet", "-A", "config")
            supervisor.start(
                "The Celery worker",
                *celery,
                "worker",
                "--concurrency",
                "2",
                "--loglevel",
                "WARNING",
            )
            supervisor.start("The Celery beat", *celery, "beat", "--loglevel", "WARNING")
        else:
            supervisor.start(
                "The sending loop (manage.py send_due)", "manage.py", "send_due", "--loop"
            )
    deadline, is_announced = time.monotonic() + START_TIMEOUT, False
    while not supervisor.is_stopping:
        if failure := supervisor.exit_message():
            return failure
        if not is_announced and responds(port):
            is_announced = True
            print(f"Convenor is at http://{HOST}:{port}\nCtrl-C stops it.", flush=True)
        if not is_announced and time.monotonic() > deadline:
            return (
                f"Convenor did not respond on port {port} in {START_TIMEOUT:.0f} seconds, "
                "so it stops."
            )
        time.sleep(0.2)
    return None


def main() -> int:
    port = chosen_port()
    if reason := port_error(port):
        free = next((other for other in range(port + 1, 65_536) if port_error(other) is None), 8123)
        sys.exit(f"Can't use port {port} ({reason}). Choose another: PORT={free} make run")
    if "--check-port" in sys.argv[1:]:
        return 0
    defaults = {"DEMO": "1", "BASE_URL": f"http://{HOST}:{port}", "PYTHONUNBUFFERED": "1"}
    defaults["DJANGO_SETTINGS_MODULE"] = "config.settings"
    supervisor = Supervisor(defaults | os.environ)
    try:
        failure = serve(supervisor, port)
    finally:
        supervisor.stop()
    print(
        failure or "\nConvenor has stopped.", file=sys.stderr if failure else sys.stdout, flush=True
    )
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
