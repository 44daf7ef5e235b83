"""The product's addresses, and the reference: the least that a page for somebody signed in can be."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.http import require_GET

from accounts.requests import AuthenticatedRequest
from programmes.models import Programme


@require_GET
def reference(request: AuthenticatedRequest) -> HttpResponse:
    """Session, user, one query, a small template: what every page pays, whatever it shows."""
    return render(request, "bench/reference.html", {"programmes": Programme.objects.all()})


urlpatterns = [path("reference/", reference, name="reference"), path("", include("config.urls"))]
