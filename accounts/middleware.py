"""What a browser may keep of our pages: nothing, unless a view says otherwise."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


def keep_no_pages(get_response: GetResponse) -> GetResponse:
    """On a shared computer, the button that goes back must not show what was there before somebody signed out.

    Files under /static/ are not pages: WhiteNoise answers for them before this is asked.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware
