"""Cache headers for pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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
