"""A person's own pages of all that they wrote: along the journey, looked through, and to keep."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from reflections.context import own_cohorts
from reflections.journal.timeline import journey, look_for
from reflections.models import Draft
from ui.forms import PlainWords


class SearchForm(PlainWords, forms.Form):
    q = forms.CharField(
        label="Find in your words",
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "dir": "auto"}),
        error_messages={"required": "Type a word to look for."},
    )


@require_safe
def reflection_list(request: AuthenticatedRequest) -> HttpResponse:
    context = {
        "page": journey(request.user, request.GET.get("page")),
        "cohorts": own_cohorts(request.user),
        "drafts": Draft.objects.by(request.user).with_place().with_conflicts(),
        "form": SearchForm(),
    }
    return render(request, "reflections/reflection_list.html", context)


@show_or_act
@sensitive_post_parameters("q")
def reflection_search(request: AuthenticatedRequest) -> HttpResponse:
    """What somebody looks for may be as private as what they wrote: it is posted, and stands in no address or log."""
    form = SearchForm(posted(request))
    findings = look_for(request.user, form.cleaned_data["q"]) if form.is_valid() else None
    return render(
        request, "reflections/reflection_search.html", {"form": form, "findings": findings}
    )
