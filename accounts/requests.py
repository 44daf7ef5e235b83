"""Helpers for views: request types, form data, and signing in."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.contrib.auth import login, logout
from django.http import HttpRequest, QueryDict
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.recent_sign_in import record_sign_in

# Content security policy for an e-mail shown in a frame on our own pages. It allows only inlined
# styles.
EMAIL_CSP = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": True,
}

# Decorator for a view that shows a form on GET and handles it on POST.
require_get_or_post = require_http_methods(["GET", "HEAD", "POST"])


class AuthenticatedRequest(HttpRequest):
    """A type for the requests of views that require a login: `user` is never anonymous."""

    user: User


def post_data(request: HttpRequest) -> QueryDict | None:
    """Return the data for the view's form: the POST data, or None unless the method is POST."""
    return request.POST if request.method == "POST" else None


def sign_in(request: HttpRequest, user: User) -> None:
    """Sign the user in, after ending any session that is open in this browser."""
    logout(request)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    record_sign_in(request)
