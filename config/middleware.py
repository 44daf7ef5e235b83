"""Middleware for requests with a NUL character, which PostgreSQL can't store or compare."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import bad_request

NUL = "\0"


class RefuseNulCharacters:
    """Middleware that refuses requests with a NUL character: the response has status 400.

    People don't type NUL, and PostgreSQL raises an error for it. Checks the query string and the
    cookies of every request. Doesn't check the path, because no route matches a NUL. A form field
    shows an error of its own. For other submitted values, `process_exception` handles the error
    that the database raises.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = unquote(request.META.get("QUERY_STRING", ""))
        if any(NUL in text for text in (query, *request.COOKIES.values())):
            return bad_request(request, BadRequest())
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return a 400 response if a NUL character in the submitted form caused the error."""
        if isinstance(error, DataError | ValueError) and any(
            NUL in text
            for name, values in request.POST.lists()
            for text in (name, *values)
            if isinstance(text, str)
        ):
            return bad_request(request, error)
        return None
