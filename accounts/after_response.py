"""Work that starts once a response has been sent, in threads of its own.

The response time therefore does not depend on how long the work takes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from django.http import HttpRequest
from django.http.response import HttpResponseBase

Work = Callable[[], None]

# Only two threads, because mail servers limit concurrent connections. When a process ends, Python
# waits for both.
executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="after-response")
futures: set[Future[None]] = set()
ATTRIBUTE = "work_after_response"


def run_after_response(request: HttpRequest, work: Work) -> None:
    """Run the `work` function once the response to this request has been sent.

    The function must not use the database, because nothing closes its thread's connection, and must
    log its own errors. If the process is killed before the function ends, the work is lost.
    """
    vars(request).setdefault(ATTRIBUTE, []).append(work)


def start_when_sent(request: HttpRequest, response: HttpResponseBase) -> None:
    """Start the request's work when the WSGI server closes the response."""
    if waiting := vars(request).get(ATTRIBUTE):
        close = response.close

        def close_and_start() -> None:
            close()
            for work in waiting:
                start(work)

        response.close = close_and_start  # type: ignore[method-assign]


def start(work: Work) -> None:
    future = executor.submit(work)
    futures.add(future)
    future.add_done_callback(futures.discard)


def wait_for_work() -> None:
    """Wait until all work that has started is done. For tests and scripts."""
    wait(list(futures))
