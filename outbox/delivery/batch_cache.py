"""What many letters have in common is asked for once, while they are written at one sitting.

Nothing is believed for longer than a second, and nothing once the batch is through; and whether a letter may go, the
fence asks afresh each time. Outside a sitting (a preview, a page) everything is asked whenever it is needed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar, cast

BELIEVED_FOR = 1.0  # seconds

Question = TypeVar("Question", bound=Callable[..., Any])
answers: ContextVar[dict[Any, tuple[float, Any]] | None] = ContextVar("answers", default=None)


@contextmanager
def batch_cache() -> Iterator[None]:
    token = answers.set({})
    try:
        yield
    finally:
        answers.reset(token)


def cached_per_batch(question: Question) -> Question:
    """For a function that asks the database, of what can be hashed; nobody may change what it answers."""

    @wraps(question)
    def ask(*about: Any) -> Any:
        known = answers.get()
        if known is None:
            return question(*about)
        now = time.monotonic()
        asked_at, answer = known.get((question, *about), (0.0, None))
        if not asked_at or now - asked_at > BELIEVED_FOR:
            answer = question(*about)
            known[question, *about] = now, answer
        return answer

    return cast(Question, ask)
