"""Servers that tests start for themselves, from the programs that are installed."""

import grp
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0


class ServerError(Exception):
    """A server program is not installed, or does not start; the message has the end of its log."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_true: Callable[[], object], what: str, *, within: float = PATIENCE) -> None:
    """Wait until the condition is true; raise ServerError if it isn't after `within` seconds."""
    deadline = time.monotonic() + within
    while not is_true():
        if time.monotonic() > deadline:
            raise ServerError(f"{what}: not within {within:.0f} seconds.")
        time.sleep(0.05)


# PostgreSQL -------------------------------------------------------------------


def postgresql_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None if PostgreSQL is not installed.

    The folder in PATH is preferred, then that of the newest version.
    """
    folders = [Path(found).parent for found in [shutil.which("postgres")] if found]
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(
        debian,
        key=lambda folder: [int(part) for part in folder.parent.name.split(".")],
        reverse=True,
    )
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def postgresql_answers(url: str) -> bool:
    """Return whether the user in the URL can connect to the server and create databases."""
    with suppress(psycopg.Error), psycopg.connect(url, connect_timeout=3) as connection:
        row = connection.execute(
            "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        return bool(row and row[0])
    return False


def ordinary_user() -> pwd.struct_passwd | None:
    """Return a user for servers that refuse to run as root; None if we are not root."""
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    return accounts.get("postgres") or accounts["nobody"]


def run_as(
    user: pwd.struct_passwd | None, *command: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, as this user, or as the user of this process."""
    who, group = (user.pw_uid, user.pw_gid) if user else (None, None)
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", user=who, group=group
    )


def server_folder(name: str, user: pwd.struct_passwd | None = None) -> Path:
    """Create a folder for a server: under var/, or in /tmp if `user` can't write there."""
    parent = ROOT / "var" / "servers"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
        if run_as(user, "test", "-w", folder).returncode:
            folder.rmdir()
            folder = Path(tempfile.mkdtemp(prefix=f"convenor-{name}-"))
            os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


@contextmanager
def private_postgresql(*, waits_for_disk: bool = False) -> Iterator[str]:
    """Context manager: run a PostgreSQL server on a free port; yield its URL.

    The URL's user may create databases. Unless `waits_for_disk` is true, commits don't wait until
    data is on the disk, which makes them several times faster.
    """
    programs = postgresql_programs()
    if programs is None:
        raise ServerError("No PostgreSQL server is installed.")
    user = ordinary_user()
    folder, port = server_folder("postgresql", user), free_port()
    try:
        flags = ["-U", "convenor", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = run_as(user, programs / "initdb", "-D", folder / "data", *flags)
        if made.returncode:
            raise ServerError(f"initdb failed: {made.stderr}")
        options = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "max_connections": 200,
        }
        if not waits_for_disk:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs / "postgres"), "-D", str(folder / "data"), *settings]
        url = f"postgresql://convenor@127.0.0.1:{port}/postgres"
        with running(command, folder / "log", lambda: postgresql_answers(url), user=user):
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def temporary_database(server: str) -> Iterator[str]:
    """Context manager: create an empty database on the PostgreSQL server; yield its URL."""
    name = f"convenor_{secrets.token_hex(4)}"
    order(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        order(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def order(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


# PgBouncer --------------------------------------------------------------------


def pgbouncer_program() -> str | None:
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


PGBOUNCER = """
[databases]
* = host={host} port={port} user={user} {password}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 100
"""


@contextmanager
def private_pgbouncer(url: str) -> Iterator[str]:
    """Context manager: run a PgBouncer in transaction mode, and yield its URL.

    It connects to the PostgreSQL server in `url`.
    """
    program = pgbouncer_program()
    if program is None:
        raise ServerError("No PgBouncer is installed.")
    other, parts = ordinary_user(), urlsplit(url)
    folder, port = server_folder("pgbouncer", other), free_port()
    user = parts.username or pwd.getpwuid(os.geteuid()).pw_name
    try:
        (folder / "pgbouncer.ini").write_text(
            PGBOUNCER.format(
                host=parts.hostname or "127.0.0.1",
                port=parts.port or 5432,
                user=user,
                password=f"password={parts.password}" if parts.password else "",
                listen_port=port,
            ),
            encoding="utf-8",
        )
        through = parts._replace(netloc=f"{user}@127.0.0.1:{port}").geturl()
        command = [program, str(folder / "pgbouncer.ini")]
        with running(command, folder / "log", lambda: postgresql_answers(through), user=other):
            yield through
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# Redis ------------------------------------------------------------------------


def redis_program() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


def redis_answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=3)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


@contextmanager
def private_redis(port: int | None = None) -> Iterator[str]:
    """Context manager: run a Redis server without persistence on a free port; yield its URL."""
    program = redis_program()
    if program is None:
        raise ServerError("No Redis server is installed.")
    folder, port = server_folder("redis"), port or free_port()
    command = [
        program,
        "--bind",
        "127.0.0.1",
        "--port",
        str(port),
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    url = f"redis://127.0.0.1:{port}/0"
    try:
        with running(command, folder / "log", lambda: redis_answers(url)):
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# IMAP -------------------------------------------------------------------------


def dovecot_program() -> str | None:
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")


def imap_answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
        return connection.recv(4) == b"* OK"
    return False


# Dovecot can run without root, because one user runs all its processes and owns all mailboxes.
DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


@contextmanager
def private_imap(password: str) -> Iterator[int]:
    """Context manager: run an IMAP server with a mailbox for any user name; yield its port."""
    program = dovecot_program()
    if program is None:
        raise ServerError("No IMAP server is installed.")
    other = ordinary_user()
    folder, port = server_folder("dovecot", other), free_port()
    user = other or pwd.getpwuid(os.geteuid())
    try:
        (folder / "dovecot.conf").write_text(
            DOVECOT.format(
                folder=folder,
                port=port,
                password=password,
                user=user.pw_name,
                group=grp.getgrgid(user.pw_gid).gr_name,
                uid=user.pw_uid,
                gid=user.pw_gid,
            ),
            encoding="utf-8",
        )
        command = [program, "-F", "-c", str(folder / "dovecot.conf")]
        with running(command, folder / "said", lambda: imap_answers(port), user=other):
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# Chromium ---------------------------------------------------------------------


def chromium() -> str | None:
    """Return the path of the program Chromium or Chrome; None if neither is installed."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


# Helpers of the servers above -------------------------------------------------


@contextmanager
def running(
    command: list[str],
    log: Path,
    is_ready: Callable[[], object],
    *,
    within: float = PATIENCE,
    cwd: Path = Path("/"),
    env: dict[str, str] | None = None,
    user: pwd.struct_passwd | None = None,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Context manager: run a program, wait until `is_ready`, and yield its process.

    Its output is appended to `log`. The program is stopped at the end.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=cwd,
            env=env,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
    try:
        deadline = time.monotonic() + within
        while not is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(encoding="utf-8", errors="replace")[-3000:]
                raise ServerError(f"{Path(command[0]).name} does not serve. It said:\n{said}")
            time.sleep(0.05)
        yield process
    finally:
        # PostgreSQL waits for its connections to close after SIGTERM, but not after SIGINT.
        is_postgres = Path(command[0]).name == "postgres"
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT if is_postgres else signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def with_database(url: str, name: str) -> str:
    """Return the URL of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
