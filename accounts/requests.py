"""What views share: whose request it is, and the shape of a page with a form."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.contrib.auth import login, logout
from django.http import HttpRequest, QueryDict
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.recent_sign_in import note_sign_in

# The e-mail's own rules are inlined; it may load nothing, run nothing, and be shown on our own pages alone.
LETTER_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": True,
}

# For a page with a form at one address: GET shows it, POST acts.
show_or_act = require_http_methods(["GET", "HEAD", "POST"])


class AuthenticatedRequest(HttpRequest):
    """LoginRequiredMiddleware lets nobody else through, so `user` is a person. For annotations only."""

    user: User


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent to be kept, were it nothing at all; None when the page is only shown."""
    return request.POST if request.method == "POST" else None


def sign_in(request: HttpRequest, user: User) -> None:
    """Signs the person in, ending whoever's session was open in this browser."""
    logout(request)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    note_sign_in(request)
