"""A person's own calendar addresses, and what stands at them."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import AuthenticatedRequest
from workshops.calendar import feeds
from workshops.models import CalendarFeed


@require_safe
def calendar_settings(request: AuthenticatedRequest) -> HttpResponse:
    return render(
        request, "workshops/calendar_settings.html", {"offers": feeds.offers_for(request.user)}
    )


@require_POST
def calendar_make(request: AuthenticatedRequest, kind: str) -> HttpResponse:
    offer = offered(request.user, kind)
    CalendarFeed.open_for(request.user, offer.kind, at=timezone.now())
    messages.success(request, "Your calendar address is made. Give it to your calendar program.")
    return redirect("workshops:calendar_settings")


@require_POST
def calendar_replace(request: AuthenticatedRequest, kind: str) -> HttpResponse:
    """An address that somebody else may have seen stops, and the person has another."""
    offer, now = offered(request.user, kind), timezone.now()
    if offer.feed:
        offer.feed.revoke(at=now)
    CalendarFeed.open_for(request.user, offer.kind, at=now)
    messages.success(
        request,
        "The old address has stopped. Give the new one to your calendar program in its place.",
    )
    return redirect("workshops:calendar_settings")


@require_POST
def calendar_stop(request: AuthenticatedRequest, kind: str) -> HttpResponse:
    offer = offered(request.user, kind)
    if offer.feed:
        offer.feed.revoke(at=timezone.now())
    messages.success(request, "The address has stopped: nobody sees your calendar by it any more.")
    return redirect("workshops:calendar_settings")


def offered(user: User, kind: str) -> feeds.Offer:
    """Raises Http404 for a calendar that the person is not offered."""
    for offer in feeds.offers_for(user):
        if offer.kind == kind:
            return offer
    raise Http404


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar itself, for whoever has its address; who asks again and finds nothing new gets nothing."""
    feed = CalendarFeed.objects.from_token(token)
    if feed is None:
        raise Http404
    content = feeds.text_of(feed, timezone.now()).encode()
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Content-Disposition"] = 'inline; filename="workshops.ics"'
    return get_conditional_response(request, etag=etag, response=response) or response
