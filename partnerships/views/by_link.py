"""Pages that a party opens by the signed link in an e-mail. They need no account.

GET shows and POST acts, because mail scanners open links. No page depends on who is signed in.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.form_sessions import SessionExpiredError
from accounts.requests import require_get_or_post
from accounts.signed_links import authorised_by_link
from cohorts.models import Cohort
from partnerships.agreement import AgreementRefusedError, agree, decline
from partnerships.checks.answering import CheckRefusedError, answer_check
from partnerships.checks.due import open_check
from partnerships.contacts import stop_asking
from partnerships.forms.checks import AgreeForm, CheckForm
from partnerships.links import (
    PARTY_LINK,
    CheckSession,
    party_of,
    session_of,
)
from partnerships.models import Party
from ui.unsaved_input import set_storage_owner


@authorised_by_link
@require_safe
def party_start(request: HttpRequest, token: str) -> HttpResponse:
    """Show a party the partnership, with buttons to agree, to decline and to answer a check."""
    party = party_of(token)
    if party is None:
        return not_found(request)
    return show(request, party, token)


def show(request: HttpRequest, party: Party, token: str) -> HttpResponse:
    partnership = party.partnership
    context = {
        "party": party,
        "partnership": partnership,
        "cohort": partnership.cohort,
        "others": partnership.parties.exclude(pk=party.pk).select_related(
            "organisation", "membership__user"
        ),
        "form": AgreeForm(initial={"may_be_named": party.may_be_named}),
        "check": open_check(partnership, timezone.now()) if party.has_agreed else None,
        "token": token,
    }
    return render(request, "partnerships/party_start.html", context)


def not_found(request: HttpRequest) -> HttpResponse:
    return render(request, "partnerships/party_start.html", status=404)


@authorised_by_link
@require_POST
def party_agree(request: HttpRequest) -> HttpResponse:
    """Save that the party agrees, and whether the report may name its organisation."""
    token = request.POST.get("token", "")
    party, form = party_of(token), AgreeForm(request.POST)
    if party is None:
        return not_found(request)
    if form.is_valid():
        try:
            agree(party=party, may_be_named=form.cleaned_data["may_be_named"], at=timezone.now())
        except AgreementRefusedError:
            return show(request, party, token)
    return redirect(PARTY_LINK.path(party.public_id))


@authorised_by_link
@require_POST
def party_decline(request: HttpRequest) -> HttpResponse:
    """Save that the party does not agree, or no longer does."""
    token = request.POST.get("token", "")
    party = party_of(token)
    if party is None:
        return not_found(request)
    try:
        decline(party=party, at=timezone.now())
    except AgreementRefusedError:
        return show(request, party, token)
    return redirect(PARTY_LINK.path(party.public_id))


@authorised_by_link
@require_POST
def party_stop_asking(request: HttpRequest) -> HttpResponse:
    """Send this party no more questions. If they are outside the cohort, delete their address."""
    party = party_of(request.POST.get("token", ""))
    if party is None:
        return not_found(request)
    stop_asking(party=party, at=timezone.now())
    return redirect(PARTY_LINK.path(party.public_id))


@authorised_by_link
@require_get_or_post
def check_answer(request: HttpRequest) -> HttpResponse:
    """Show a check to somebody who POSTs a link's token; save answers POSTed in a session."""
    if "token" in request.POST:
        party = party_of(request.POST["token"])
        check = open_check(party.partnership, timezone.now()) if party else None
        if party is None:
            return not_found(request)
        if check is None or not party.has_agreed:
            return show(request, party, request.POST["token"])
        return ask(request, CheckSession(party, check), CheckForm())
    if "session" not in request.POST:
        return render(request, "partnerships/check_answer_expired.html")
    try:
        session = session_of(request.POST["session"])
    except SessionExpiredError:
        return render(request, "partnerships/check_answer_expired.html")
    return save(request, session) if session else not_found(request)


def save(request: HttpRequest, session: CheckSession) -> HttpResponse:
    form = CheckForm(request.POST)
    if not form.is_valid():
        return ask(request, session, form)
    try:
        answer_check(check=session.check, party=session.party, **form.answers(), at=timezone.now())
    except CheckRefusedError:
        return show(request, session.party, PARTY_LINK.token(session.party.public_id))
    return redirect("partnerships:check_thanks")


def ask(request: HttpRequest, session: CheckSession, form: CheckForm) -> HttpResponse:
    owner = f"check-{session.party.public_id}-{session.check.months}"
    set_storage_owner(request, owner)
    partnership = session.party.partnership
    context = {
        "party": session.party,
        "partnership": partnership,
        "cohort": partnership.cohort,
        "check": session.check,
        "form": form,
        "session": session.token(),
        "storage_owner": owner,
    }
    return render(request, "partnerships/check_answer.html", context)


@login_not_required
@require_safe
def check_thanks(request: HttpRequest) -> HttpResponse:
    """Thank people. The page is the same for everybody, and exists if any cohort uses it."""
    if not Cohort.objects.filter(uses_partnerships=True).exists():
        raise Http404
    return render(request, "partnerships/check_thanks.html")
