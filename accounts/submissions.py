"""Middleware for forms that a script sends (static/js/safe-forms.js), perhaps more than once."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

SESSION_KEY = "submissions"
REMEMBERED = 20  # submissions a session


def answer_submissions(get_response: GetResponse) -> GetResponse:
    """Answer a form that has an X-Submission header, and act on each submission once.

    A redirect becomes status 204 with its URL in X-Redirect. A script can follow a redirect, but
    not read it, and the page it leads to would use up the messages of django.contrib.messages.

    The header holds an id, which is the same when the script sends a form again because it got no
    answer. The session remembers where each id was redirected, once the view has returned. The id
    is empty on pages that need only a signed link: they act only once by themselves, and a survey
    must leave no trace.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        submission = request.headers.get("X-Submission")
        if submission is None or request.method != "POST":
            return get_response(request)
        remembers = submission != "" and request.user.is_authenticated
        answered = dict(request.session.get(SESSION_KEY, [])) if remembers else {}
        if submission in answered:
            return without_body(HttpResponse(), answered[submission])
        response = get_response(request)
        if not 300 <= response.status_code < 400:
            return response
        url = response.headers["Location"]
        del response.headers["Location"]
        if remembers:
            answered[submission] = url
            request.session[SESSION_KEY] = list(answered.items())[-REMEMBERED:]
        return without_body(response, url)

    return middleware


def without_body(response: HttpResponse, url: str) -> HttpResponse:
    response.status_code = 204
    response.headers["X-Redirect"] = url
    return response
