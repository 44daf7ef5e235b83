"""Scrubbing of logs and error reports: no variables, form data, addresses or private links."""

from __future__ import annotations

import logging
import re
from collections.abc import ItemsView, Iterator
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver
from django.views.debug import SafeExceptionReporterFilter


class SilentReporterFilter(SafeExceptionReporterFilter):
    """An exception reporter filter that hides every value, with DEBUG on or off.

    Django's own filter hides only the variables that a view marks as sensitive, and only with DEBUG
    off. But forms, templates and the database driver also have variables with what people wrote.
    """

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {} if request is None else dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: Any
    ) -> ItemsView[str, Any]:
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()


# An e-mail address, as in SMTP replies and database errors: a run of characters with an @ inside.
# The lookbehind lets a match begin only where a run begins, so that a long run takes linear time.
IN_ADDRESS = r"[^\s<>()\[\]\"',;:=]"
E_MAIL_ADDRESS = re.compile(rf"(?<!{IN_ADDRESS}){IN_ADDRESS}+@{IN_ADDRESS}+")
# What PostgreSQL adds to the first line of an error: the values of the row, or the statement with
# the values in it. A value can have several lines, so the match ends only where the traceback
# continues or the text ends.
ROW_DETAIL = re.compile(
    r"(?:^(?P<label>DETAIL|CONTEXT|QUERY|LINE \d+):|Failing row contains|\bKey \([^()\n]*\)=\()"
    r".*?(?=\n\n(?:The above exception was the direct cause of the following exception|"
    r"During handling of the above exception, another exception occurred):\n\nTraceback \(|\Z)",
    re.MULTILINE | re.DOTALL,
)


def scrub(text: str) -> str:
    """Return a line of the log, or a text of an error report, without personal data.

    Removes the tokens of signed links, because anybody who has such a link can sign in or answer
    for somebody. Removes e-mail addresses, and the details that PostgreSQL adds to its errors.
    """
    text = ROW_DETAIL.sub(lambda found: f"{found['label'] or 'DETAIL'}: (private)", text)
    return E_MAIL_ADDRESS.sub("(address)", private_url_pattern().sub(r"/\1/(private)", text))


def scrubbed_event(event: Any, hint: object = None) -> Any:
    """Return a copy of a Sentry event, or part of one, with every text scrubbed."""
    if isinstance(event, str):
        return scrub(event)
    if isinstance(event, dict):
        return {scrubbed_event(name): scrubbed_event(value) for name, value in event.items()}
    if isinstance(event, list | tuple):
        return type(event)(scrubbed_event(value) for value in event)
    return event


class QuietFormatter(logging.Formatter):
    """A log formatter that removes signed links, e-mail addresses and PostgreSQL's row details."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


@cache
def private_url_pattern() -> re.Pattern[str]:
    """Return a pattern for URLs of routes with a `token`; group 1 is the part before the token."""
    # The longest first: “feedback” would take “room” in “feedback/room/” for a token.
    before = sorted(
        {route.split("<")[0].strip("/") for route in routes(get_resolver()) if ":token>" in route},
        key=len,
        reverse=True,
    )
    return re.compile(rf"/({'|'.join(map(re.escape, before))})/[^/?#\s\"']+")


def routes(resolver: URLResolver) -> Iterator[str]:
    """Yield every route below the resolver as it is written in urls.py."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from (f"{one.pattern}{inner}" for inner in routes(one))
        elif isinstance(one, URLPattern):
            yield str(one.pattern)
