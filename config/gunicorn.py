"""Configuration of gunicorn: `gunicorn config.wsgi --config config/gunicorn.py`."""

import os
from pathlib import Path

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# Load the code once and share it: half the start-up time and memory. Loading opens no connection.
preload_app = True
# A worker's heartbeat is a file. On a stalled disk a healthy worker would be killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (in memory)
# Restart workers from time to time, and not all together.
max_requests = 2_000
max_requests_jitter = 400
graceful_timeout = 8
loglevel = "warning"
# The form for a new recurrence sends venues and links in the query string. 8190 is the most.
limit_request_line = 8190
# The control socket is not used, so it need not be protected.
control_socket_disable = True
