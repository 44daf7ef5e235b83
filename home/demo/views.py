"""Views of the demo: signing in as a made-up person, and reading every e-mail. Open to anybody."""

from __future__ import annotations

from io import BytesIO

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import EMAIL_CSP, sign_in
from home.demo import mailbox
from home.demo.roles import DEMO_ROLES

MAILS_A_PAGE = 30
# In the demo's mailbox, links in an e-mail's frame may open in the whole window.
MAIL_CSP = {**EMAIL_CSP, "sandbox": ["allow-top-navigation-by-user-activation"]}


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
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def mail_detail(request: HttpRequest, key: str) -> HttpResponse:
    """Show an e-mail as a mail program would: its HTML in a frame, its text and its attachments."""
    return render(request, "home/demo/mail_detail.html", {"letter": get_email(key)})


@login_not_required
@require_safe
@xframe_options_sameorigin
@csp(MAIL_CSP)  # type: ignore[arg-type]
def mail_html(request: HttpRequest, key: str) -> HttpResponse:
    """Return the HTML of an e-mail, for the frame of `mail_detail`.

    Its links open in the whole window. Raises Http404 if the e-mail has no HTML.
    """
    html = get_email(key).html
    if not html:
        raise Http404
    return HttpResponse(html.replace("<head>", '<head><base target="_top">', 1))


@login_not_required
@require_safe
def mail_attachment(request: HttpRequest, key: str, number: int) -> FileResponse:
    """Download the attachment with this number, counted from 1."""
    attachments = get_email(key).attachments
    if not 1 <= number <= len(attachments):
        raise Http404
    one = attachments[number - 1]
    return FileResponse(
        BytesIO(one.content), as_attachment=True, filename=one.name, content_type=one.content_type
    )


def get_email(key: str) -> mailbox.DeliveredEmail:
    """Return the e-mail with this key. Raises Http404 if there is none."""
    letter = mailbox.read_email(key)
    if letter is None:
        raise Http404
    return letter
