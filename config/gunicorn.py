"""Configuration of gunicorn: `gunicorn config.wsgi --config config/gunicorn.py`."""

import os
from pathlib import Path

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# Load the code once, before the workers fork: this halves start-up time and memory. It is safe,
# because loading opens no connection.
preload_app = True
# Gunicorn kills a worker that stops updating its heartbeat file. The file is in memory, so that a
# stalled disk doesn't get healthy workers killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (in memory)
# Restart each worker after this many requests plus a random number, so that they don't all restart
# together.
max_requests = 2_000
max_requests_jitter = 400
graceful_timeout = 8
loglevel = "warning"
# The longest request line that gunicorn allows, for URLs with long query strings.
limit_request_line = 8190
# Open no control socket: nothing here uses one, and it would have to be protected.
control_socket_disable = True
