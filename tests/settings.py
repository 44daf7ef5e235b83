"""The product's own settings, as a demo on a machine that was given nothing but, perhaps, a database.

What the shell of whoever runs the tests happens to hold (a mail server, a broker, keys) must not reach the tests.
"""

import os
from pathlib import Path

if os.environ.get("REDIS_URL"):
    os.environ["GIVEN_REDIS_URL"] = os.environ[
        "REDIS_URL"
    ]  # for the tests that start processes of their own
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

from config.settings import *  # noqa: E402, F403 (only now is the environment what the tests want)

# SQLite's database is in memory here, where threads cannot wait for each other; the tests of threads say how many.
EMAIL_CONNECTIONS = 1

# A site looks its static files up once, as it starts; a test's client is a site that starts, and most ask for none.
WHITENOISE_AUTOREFRESH = True
