"""The request of a page that is closed to visitors."""

from django.http import HttpRequest

from accounts.models import User


class AuthenticatedRequest(HttpRequest):
    """LoginRequiredMiddleware lets nobody else through, so `user` is a person. For annotations only."""

    user: User
