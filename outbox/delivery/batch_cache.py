"""A cache for the database lookups that the e-mails of one batch share.

Values are cached for at most one second, and only while a batch is being delivered. Previews and
pages cache nothing. The pre-send check is never cached.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar, cast

MAX_AGE = 1.0  # seconds

Lookup = TypeVar("Lookup", bound=Callable[..., Any])
cache: ContextVar[dict[Any, tuple[float, Any]] | None] = ContextVar("cache", default=None)


@contextmanager
def batch_cache() -> Iterator[None]:
    """Context manager: cache the results of `cached_per_batch` functions inside the block."""
    token = cache.set({})
    try:
        yield
    finally:
        cache.reset(token)


def cached_per_batch(lookup: Lookup) -> Lookup:
    """Decorator: cache the function's results for MAX_AGE seconds inside `batch_cache()`.

    Arguments must be positional and hashable. Callers must not mutate the result.
    """

    @wraps(lookup)
    def cached(*args: Any) -> Any:
        entries = cache.get()
        if entries is None:
            return lookup(*args)
        now = time.monotonic()
        cached_at, value = entries.get((lookup, *args), (0.0, None))
        if not cached_at or now - cached_at > MAX_AGE:
            value = lookup(*args)
            entries[lookup, *args] = now, value
        return value

    return cast(Lookup, cached)
