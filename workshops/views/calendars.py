"""Views of a user's calendar feeds: their settings, and the feeds themselves."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
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
    offer = offer_or_404(request.user, kind)
    CalendarFeed.open_for(request.user, offer.kind, at=timezone.now())
    messages.success(request, _("Calendar address created. Add it to your calendar program."))
    return redirect("workshops:calendar_settings")


@require_POST
def calendar_replace(request: AuthenticatedRequest, kind: str) -> HttpResponse:
    """Revoke a feed whose address somebody else may have seen, and create another."""
    offer, now = offer_or_404(request.user, kind), timezone.now()
    if offer.feed:
        offer.feed.revoke(at=now)
    CalendarFeed.open_for(request.user, offer.kind, at=now)
    words = _("The old address no longer works. Add the new one to your calendar program.")
    messages.success(request, words)
    return redirect("workshops:calendar_settings")


@require_POST
def calendar_stop(request: AuthenticatedRequest, kind: str) -> HttpResponse:
    offer = offer_or_404(request.user, kind)
    if offer.feed:
        offer.feed.revoke(at=timezone.now())
    messages.success(
        request, _("The address no longer works. Nobody can see your calendar with it.")
    )
    return redirect("workshops:calendar_settings")


def offer_or_404(user: User, kind: str) -> feeds.Offer:
    """Return the user's offer for this kind of feed. Raises Http404 if they can't have the feed."""
    for offer in feeds.offers_for(user):
        if offer.kind == kind:
            return offer
    raise Http404


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Return a feed to anybody who has its address, or status 304 if its ETag is unchanged."""
    feed = CalendarFeed.objects.from_token(token)
    if feed is None:
        raise Http404
    content = feeds.feed_text(feed, timezone.now()).encode()
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Content-Disposition"] = 'inline; filename="workshops.ics"'
    return get_conditional_response(request, etag=etag, response=response) or response
