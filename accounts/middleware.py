"""Middleware: cache headers for pages, and work after the response."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.after_response import start_when_sent

GetResponse = Callable[[HttpRequest], HttpResponse]


def disable_page_caching(get_response: GetResponse) -> GetResponse:
    """Set “Cache-Control: no-store” on each response, unless its view has set Cache-Control.

    Without this header, the back button of a shared computer shows pages after sign-out. Static
    files don't get the header, because WhiteNoise serves them before this middleware runs.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def start_work_after_response(get_response: GetResponse) -> GetResponse:
    """Start the functions given to `run_after_response` once the response has been sent."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        start_when_sent(request, response)
        return response

    return middleware
