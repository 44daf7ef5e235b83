"""The settings of the demo. Of the shell's environment, only the database is used.

A mail server, broker or keys set in the shell must not affect the tests.
"""

import os
from pathlib import Path

if os.environ.get("REDIS_URL"):
    os.environ["GIVEN_REDIS_URL"] = os.environ["REDIS_URL"]  # for tests that start processes
for name in (
    "REDIS_URL",
    "EMAIL_URL",
    "BOUNCE_ADDRESS",
    "BOUNCE_MAILBOX_URL",
    "BOUNCE_WEBHOOK_SERVICE",
    "BOUNCE_WEBHOOK_KEY",
    "SECRET_KEY",
    "REFLECTION_KEYS",
    "BASE_URL",
    "ALLOWED_HOSTS",
    "HOST_CONTACT",
    "TIME_ZONE",
    "SENTRY_DSN",
):
    os.environ.pop(name, None)
os.environ["DEMO"], os.environ["DEBUG"] = "1", "0"
os.environ.setdefault("CONVENOR_VAR", str(Path(__file__).resolve().parent.parent / "var" / "test"))

from config.settings import *  # noqa: E402, F403 (after the environment is set)

# With SQLite in memory, threads can't wait for each other; tests of threads set their own number.
EMAIL_CONNECTIONS = 1

# Otherwise WhiteNoise lists all static files whenever a test client starts.
WHITENOISE_AUTOREFRESH = True

# aiosmtpd logs each line of a conversation, some of them after pytest has closed its streams.
LOGGING["loggers"]["mail.log"] = {"level": "WARNING"}  # noqa: F405
