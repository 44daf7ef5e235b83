"""How gunicorn serves the site, here and in production; `gunicorn config.wsgi --config config/gunicorn.py`."""

import os
from pathlib import Path

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# Read once, then shared: half the start, and half the memory. Nothing is opened while reading.
preload_app = True
# A worker's heartbeat is a file that it touches: on a disk that stalls, a healthy worker would be killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (memory, not a shared folder of files)
# Fresh workers from time to time, and not all at once.
max_requests = 2_000
max_requests_jitter = 400
graceful_timeout = 8
loglevel = "warning"
# Asking for another rhythm carries the venues and links typed so far in the address; this is the most gunicorn allows.
limit_request_line = 8190
# Nobody steers a running server through a socket here, so there is none to protect.
control_socket_disable = True
