"""Views that add, serve and delete the links and files of a workshop."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from workshops.access import convened_material, convened_workshop, downloadable_material
from workshops.forms.materials import MaterialForm
from workshops.materials import actions as materials


@require_get_or_post
def material_add(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop = convened_workshop(request.user, public_id)
    form = MaterialForm(post_data(request), request.FILES or None, workshop=workshop)
    if form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("title", "link")}
        materials.add(
            workshop=workshop, **facts, file=form.upload, by=request.user, at=timezone.now()
        )
        messages.success(
            request,
            _("“%(title)s” added. Everyone in the cohort can see it.") % {"title": facts["title"]},
        )
        return redirect(f"{workshop.get_absolute_url()}#materials")
    return render(request, "workshops/material_add.html", {"workshop": workshop, "form": form})


@require_get_or_post
def material_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    material = convened_material(request.user, public_id)
    if request.method == "POST":
        material.delete()
        messages.success(request, _("“%(title)s” deleted.") % {"title": material})
        return redirect(f"{material.workshop.get_absolute_url()}#materials")
    return render(request, "workshops/material_delete.html", {"material": material})


@require_safe
def material_download(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Serve a material's file as an attachment, so that no script in it runs on our origin."""
    material = downloadable_material(request.user, public_id)
    if not material.is_file:
        raise Http404
    return HttpResponse(
        bytes(material.content or b""),
        content_type=material.content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, material.filename)
            or "attachment",
            "Content-Length": str(material.size),
            "Content-Security-Policy": "sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
