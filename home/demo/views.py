"""Views of the demo: signing in as a made-up person, and reading every e-mail. Open to anybody."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import sign_in
from home.demo import mailbox
from home.demo.roles import DEMO_ROLES

MAILS_A_PAGE = 30


@login_not_required
@require_POST
def enter(request: HttpRequest, role: str) -> HttpResponse:
    """Sign the visitor in as the made-up user with this role."""
    chosen = next((one for one in DEMO_ROLES if one.name == role), None)
    if chosen is None:
        raise Http404
    user = get_object_or_404(User, email=chosen.email)
    sign_in(request, user)
    return redirect("home:today")


@login_not_required
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """List the e-mails that were sent, the latest first."""
    page = Paginator(mailbox.keys_latest_first(), MAILS_A_PAGE).get_page(request.GET.get("page"))
    letters = [letter for key in page.object_list if (letter := mailbox.read_email(key))]
    return render(request, "home/demo/mail_list.html", {"page": page, "letters": letters})


@login_not_required
@require_safe
def mail_detail(request: HttpRequest, key: str) -> HttpResponse:
    """Show the plain text of an e-mail, with working links."""
    letter = mailbox.read_email(key)
    if letter is None:
        raise Http404
    return render(request, "home/demo/mail_detail.html", {"letter": letter})
