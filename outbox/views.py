"""The pages on which a person chooses which e-mails they get: signed in, or by the private link in an e-mail's foot."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from accounts.models import User
from accounts.requests import AuthenticatedRequest, posted, show_or_act
from outbox.forms import ChoicesForm
from outbox.preferences.links import choices_url, chooser, refuser
from outbox.preferences.preferences import choose, needed_rules, refuse, wanted_by
from outbox.rules import all_rules

KEPT = "Kept. It holds from the next e-mail on."


@never_cache
@show_or_act
def choices(request: AuthenticatedRequest) -> HttpResponse:
    """For who is signed in."""
    form = form_for(request, request.user)
    if form.is_valid():
        return kept(request, form, request.user)
    return render(request, "outbox/choices.html", {"form": form, "needed": needed_rules()})


@login_not_required
@never_cache
@show_or_act
def choices_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same for whoever holds the link. Mail scanners open links, so only the form acts."""
    person = chooser(token)
    if person is None:
        return render(request, "outbox/choices_by_link.html", status=404)
    form = form_for(request, person)
    if form.is_valid():
        return kept(request, form, person)
    context = {"person": person, "form": form, "needed": needed_rules()}
    return render(request, "outbox/choices_by_link.html", context)


@csrf_exempt
@login_not_required
@never_cache
@show_or_act
def refuse_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Refuses one kind for whoever holds the link: a person by its button, or their mail program for them (RFC 8058).

    A mail program has neither cookie nor token of ours, so none is asked for: the signature in the address is what
    lets it in. It wants a plain 200, and no redirect.
    """
    found = refuser(token)
    rule = all_rules().get(found[1]) if found else None
    if found is None or rule is None or not rule.is_optional:
        return render(request, "outbox/refuse_by_link.html", status=404)
    person, kind = found
    is_done = request.method == "POST" and refuse(person=person, kind=kind, at=timezone.now())
    context = {
        "person": person,
        "rule": rule,
        "is_done": is_done,
        "choices_url": choices_url(person),
    }
    return render(request, "outbox/refuse_by_link.html", context)


def form_for(request: HttpRequest, person: User) -> ChoicesForm:
    initial = {"wanted": wanted_by(person), "text_only": person.text_only}
    return ChoicesForm(posted(request), initial=initial)


def kept(request: HttpRequest, form: ChoicesForm, person: User) -> HttpResponse:
    choose(person=person, **form.cleaned_data, at=timezone.now())
    messages.success(request, KEPT)
    return redirect(request.path)
