"""Pages for e-mail preferences: signed in, or by the signed links at the foot of an e-mail."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from accounts.signed_links import authorised_by_link
from outbox.forms import PreferencesForm
from outbox.preferences.links import (
    PREFERENCES_LINK,
    person_and_kind_of_opt_out,
    person_of_preferences,
)
from outbox.preferences.preferences import (
    opt_out,
    required_rules_for,
    save_preferences,
    wanted_kinds,
)
from outbox.rules import all_rules

# The query parameter that makes the page confirm that the preferences were saved. A message of
# django.contrib.messages would need a cookie.
SAVED = "saved"


@never_cache
@require_get_or_post
def choices(request: AuthenticatedRequest) -> HttpResponse:
    """Show the signed-in user's e-mail preferences; on POST, save them."""
    form = form_for(request, request.user)
    if form.is_valid():
        save_preferences(person=request.user, **form.cleaned_data, at=timezone.now())
        messages.success(request, _("Saved. This applies from the next e-mail."))
        return redirect(request.path)
    context = {"form": form, "required": required_rules_for(request.user)}
    return render(request, "outbox/choices.html", context)


@authorised_by_link
@never_cache
@require_get_or_post
def choices_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the e-mail preferences of a signed link's user; on POST, save them.

    Needs no sign-in. A GET changes nothing, because mail scanners open links.
    """
    person = person_of_preferences(token)
    if person is None:
        return render(request, "outbox/choices_by_link.html", status=404)
    form = form_for(request, person)
    if form.is_valid():
        save_preferences(person=person, **form.cleaned_data, at=timezone.now())
        return redirect(f"{request.path}?{SAVED}")
    context = {
        "person": person,
        "form": form,
        "required": required_rules_for(person),
        "is_saved": SAVED in request.GET and request.method != "POST",
    }
    return render(request, "outbox/choices_by_link.html", context)


@authorised_by_link
@never_cache
@require_get_or_post
def refuse_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button that opts a signed link's user out of one kind; on POST, opt out.

    Mail programs POST to the link too (RFC 8058). They send neither a cookie nor a CSRF token, so
    the signature in the URL authorises the request. They expect a plain 200 and no redirect.
    """
    found = person_and_kind_of_opt_out(token)
    rule = all_rules().get(found[1]) if found else None
    if found is None or rule is None or not rule.is_optional:
        return render(request, "outbox/refuse_by_link.html", status=404)
    person, kind = found
    is_done = request.method == "POST" and opt_out(person=person, kind=kind, at=timezone.now())
    context = {
        "person": person,
        "rule": rule,
        "is_done": is_done,
        "choices_url": PREFERENCES_LINK.url(person.public_id),
    }
    return render(request, "outbox/refuse_by_link.html", context)


def form_for(request: HttpRequest, person: User) -> PreferencesForm:
    initial = {"wanted": wanted_kinds(person), "text_only": person.text_only}
    return PreferencesForm(post_data(request), initial=initial, person=person)
