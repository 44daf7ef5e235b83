"""Convenor's URLs, and the reference page: the smallest possible page for a signed-in user."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.http import require_GET

from accounts.requests import AuthenticatedRequest
from programmes.models import Programme


@require_GET
def reference(request: AuthenticatedRequest) -> HttpResponse:
    """Render a small template, with queries for the session, the user and the programmes."""
    return render(request, "bench/reference.html", {"programmes": Programme.objects.all()})


urlpatterns = [path("reference/", reference, name="reference"), path("", include("config.urls"))]
