"""Cache headers for pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


def disable_page_caching(get_response: GetResponse) -> GetResponse:
    """Set the header “Cache-Control: no-store” on each response whose view has not set it.

    Otherwise, on a shared computer, the back button shows pages after sign-out. WhiteNoise serves
    /static/ before this middleware runs.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware
