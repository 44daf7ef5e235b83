"""The settings of the tests: those of the demo, with the database that DATABASE_URL names.

Other environment variables of the site, such as a mail server or keys, must not affect the tests.
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
    "HEALTH_TOKEN",
):
    os.environ.pop(name, None)
os.environ["DEMO"], os.environ["DEBUG"] = "1", "0"
os.environ.setdefault("CONVENOR_VAR", str(Path(__file__).resolve().parent.parent / "var" / "test"))

from config.settings import *  # noqa: E402, F403 (after the environment is set)

# One SMTP connection. Each connection has its own thread, and threads that use SQLite in memory
# fail instead of waiting for each other. Tests of several connections set their own number.
EMAIL_CONNECTIONS = 1

# Without this, WhiteNoise would list all static files whenever a test client starts.
WHITENOISE_AUTOREFRESH = True

# aiosmtpd (the mail server of the tests) logs each SMTP command, some after pytest has closed its
# streams.
LOGGING["loggers"]["mail.log"] = {"level": "WARNING"}  # noqa: F405
