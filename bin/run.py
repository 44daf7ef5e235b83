"""Run Convenor on this machine, web server and sending loop, until Ctrl-C.

`make run` calls this. It imports only the standard library. `--check-port` only checks the port.
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
# Both commands in one process, because Django takes a second to start.
PREPARE = """
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "migrate", "--verbosity", "0"])
execute_from_command_line(["manage.py", "demo"])
"""
PATIENCE = 60.0  # seconds for the pages to answer the first time
GRACE = 12.0  # seconds for running requests and tasks to end


class Supervisor:
    """Starts the processes of a running Convenor together and stops them together."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.is_stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_soon)

    def _stop_soon(self, _number: int, _frame: FrameType | None) -> None:
        self.is_stopping = True

    def start(self, name: str, *arguments: str) -> None:
        """Start a program in a session of its own, so that Ctrl-C reaches only this process."""
        command = [sys.executable, *arguments]
        self.children[name] = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, start_new_session=True
        )

    def finish(self, name: str, *arguments: str) -> None:
        """Run a program and wait for it to end."""
        self.start(name, *arguments)
        while self.children[name].poll() is None and not self.is_stopping:
            time.sleep(0.02)
        if self.children[name].poll() == 0:
            del self.children[name]

    def ended(self) -> str | None:
        """Return a message about the first program that has exited, or None."""
        for name, child in self.children.items():
            if (code := child.poll()) is not None:
                return (
                    f"{name} exited with code {code}, so Convenor stops. Its last output is above."
                )
        return None

    def stop(self) -> None:
        """Terminate every program, and kill those that have not exited after GRACE seconds."""
        for child in self.children.values():
            child.terminate()
        deadline = time.monotonic() + GRACE
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


def obstacle(port: int) -> str | None:
    """Return why the port can't be used, or None."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return (error.strerror or "unknown error").lower()
    return None


def answers(port: int) -> bool:
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
    """Set up, start, announce the URL and wait. Return what went wrong, or None."""
    supervisor.finish("The preparation (manage.py migrate, manage.py demo)", "-c", PREPARE)
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
    deadline, is_announced = time.monotonic() + PATIENCE, False
    while not supervisor.is_stopping:
        if loss := supervisor.ended():
            return loss
        if not is_announced and answers(port):
            is_announced = True
            print(f"Convenor is at http://{HOST}:{port}\nCtrl-C stops it.", flush=True)
        if not is_announced and time.monotonic() > deadline:
            return (
                f"Convenor did not respond on port {port} in {PATIENCE:.0f} seconds, so it stops."
            )
        time.sleep(0.2)
    return None


def main() -> int:
    port = chosen_port()
    if reason := obstacle(port):
        free = next((other for other in range(port + 1, 65_536) if obstacle(other) is None), 8123)
        sys.exit(f"Can't use port {port} ({reason}). Choose another: PORT={free} make run")
    if "--check-port" in sys.argv[1:]:
        return 0
    defaults = {"DEMO": "1", "BASE_URL": f"http://{HOST}:{port}", "PYTHONUNBUFFERED": "1"}
    defaults["DJANGO_SETTINGS_MODULE"] = "config.settings"
    supervisor = Supervisor(defaults | os.environ)
    try:
        loss = serve(supervisor, port)
    finally:
        supervisor.stop()
    print(loss or "\nConvenor has stopped.", file=sys.stderr if loss else sys.stdout, flush=True)
    return 1 if loss else 0


if __name__ == "__main__":
    sys.exit(main())
