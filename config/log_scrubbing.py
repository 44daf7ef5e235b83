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

    Django's own filter hides only what a view marks as sensitive, and only with DEBUG off. But what
    people write also passes through forms, templates and the database driver.
    """

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {} if request is None else dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: Any
    ) -> ItemsView[str, Any]:
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()


def without_private_links(event: Any, hint: object = None) -> Any:
    """Return a copy of a Sentry event, or part of one, without the tokens of signed links.

    Anybody who has such a link can sign in or answer for somebody.
    """
    if isinstance(event, str):
        return private_url_pattern().sub(r"/\1/(private)", event)
    if isinstance(event, dict):
        return {name: without_private_links(value) for name, value in event.items()}
    if isinstance(event, list | tuple):
        return type(event)(without_private_links(value) for value in event)
    return event


# Matches people's e-mail addresses, which occur in SMTP replies and in database errors.
E_MAIL_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:=]+@[^\s<>()\[\]\"',;:=]+")
# Matches the line of a PostgreSQL error that contains the values of a row.
DETAIL = re.compile(r"^DETAIL: .*$", re.MULTILINE)


class QuietFormatter(logging.Formatter):
    """A log formatter that removes signed links, e-mail addresses and PostgreSQL's row details."""

    def format(self, record: logging.LogRecord) -> str:
        line = DETAIL.sub("DETAIL: (private)", super().format(record))
        return str(E_MAIL_ADDRESS.sub("(address)", without_private_links(line)))


@cache
def private_url_pattern() -> re.Pattern[str]:
    """Return a pattern for the URLs of all routes with a `token`; group 1 is the part before it."""
    before = sorted(
        {route.split("<")[0].strip("/") for route in routes(get_resolver()) if ":token>" in route}
    )
    return re.compile(rf"/({'|'.join(map(re.escape, before))})/[^/?#\s\"']+")


def routes(resolver: URLResolver) -> Iterator[str]:
    """Yield every route below the resolver as it is written in urls.py."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from (f"{one.pattern}{inner}" for inner in routes(one))
        elif isinstance(one, URLPattern):
            yield str(one.pattern)
