"""A keepsake of the user's own writing: a page, a PDF and plain text. Nobody else can open it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest
from reflections.access import own_cohort
from reflections.journal.keepsake import as_markdown, as_pdf, context_of, keepsake_of
from ui.pdf import PDF, TypesettingError, can_typeset, download

MARKDOWN = "text/markdown; charset=utf-8"


@require_safe
def keepsake_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    keepsake = keepsake_of(request.user, own_cohort(request.user, public_id))
    context = {**context_of(keepsake), "can_typeset": can_typeset()}
    return render(request, "reflections/keepsake_detail.html", context)


@require_safe
def keepsake_pdf(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Return the keepsake as a PDF, or redirect to its page with an error if there can be none."""
    keepsake = keepsake_of(request.user, own_cohort(request.user, public_id))
    if not keepsake.fits_on_paper:
        messages.error(
            request, _("This is too long for a PDF. Download it as text, or print the page.")
        )
        return redirect("reflections:keepsake_detail", public_id)
    try:
        return download(as_pdf(keepsake), PDF, keepsake.file_name("pdf"))
    except TypesettingError as problem:
        messages.error(request, str(problem))
        return redirect("reflections:keepsake_detail", public_id)


@require_safe
def keepsake_text(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    keepsake = keepsake_of(request.user, own_cohort(request.user, public_id))
    return download(as_markdown(keepsake).encode(), MARKDOWN, keepsake.file_name("md"))
