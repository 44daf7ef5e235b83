"""Environment variables, and the database settings that follow from them."""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR = Path(env.str("CONVENOR_VAR", default=str(BASE_DIR / "var")))
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
IS_PRODUCTION = not (DEBUG or DEMO)

DATABASE_POOLER = env.str("DATABASE_POOLER", default="").lower()
if DATABASE_POOLER not in ("", "session", "transaction"):
    raise ImproperlyConfigured(
        f"DATABASE_POOLER is {DATABASE_POOLER!r}. "
        "Set it to session or transaction, or leave it empty."
    )


def required(name: str, why: str) -> str:
    """Return the value of an environment variable, or an empty string if it is missing.

    In production, raises ImproperlyConfigured if it is missing. `why` is a sentence for the error
    message that says what the variable is for.
    """
    value = str(env.str(name, default=""))
    if not value and IS_PRODUCTION:
        raise ImproperlyConfigured(f"Set {name}: {why} See docs/running.md.")
    return value


def database() -> dict[str, Any]:
    """Return Django's settings of the database in DATABASE_URL, by default SQLite in `var/`.

    SQLite's transactions begin IMMEDIATE, so that concurrent writers wait instead of failing.
    """
    url = (
        required("DATABASE_URL", "it names the PostgreSQL database.")
        or f"sqlite:///{VAR / 'convenor.sqlite3'}"
    )
    settings: dict[str, Any] = dict(env.db_url_config(url))
    if settings["ENGINE"] == "django.db.backends.sqlite3":
        VAR.mkdir(parents=True, exist_ok=True)
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;"
            ),
        }
    else:
        settings["CONN_MAX_AGE"] = 60
        settings["CONN_HEALTH_CHECKS"] = True
        settings["OPTIONS"] = {**postgresql_options(), **settings.get("OPTIONS", {})}
        # PgBouncer may give a connection to another client after a transaction, so disable
        # server-side cursors, which outlive their transaction.
        settings["DISABLE_SERVER_SIDE_CURSORS"] = DATABASE_POOLER == "transaction"
    return settings


def postgresql_options() -> dict[str, Any]:
    """Return the options of a PostgreSQL connection.

    With PgBouncer in transaction mode, the next transaction may get a connection without the
    prepared statement, so no statement is prepared. PgBouncer also refuses startup options;
    docs/running.md says how to set them for the database role instead.
    """
    if DATABASE_POOLER == "transaction":
        return {"prepare_threshold": None}
    # Our queries are long and read few rows: JIT compilation took seconds for a query that ran
    # for milliseconds. The default random_page_cost assumes a spinning disk and would make
    # PostgreSQL scan whole tables where an index serves. By default PostgreSQL may plan a prepared
    # statement again each time, which takes longer than executing it.
    planning = "-c jit=off -c random_page_cost=1.1 -c plan_cache_mode=force_generic_plan"
    # Only outbox.compiled_query prepares statements; Django's own cursors never do.
    return {"options": planning, "prepare_threshold": 0}
