"""Pages with the user's own writing: the journal and its search."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from reflections.context import own_cohorts
from reflections.journal.timeline import journal_page, search_journal
from reflections.models import Draft
from ui.forms import PlainWords


class SearchForm(PlainWords, forms.Form):
    q = forms.CharField(
        label=_("Search your writing"),
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "dir": "auto"}),
        error_messages={"required": _("Enter a word to search for.")},
    )


@require_safe
def reflection_list(request: AuthenticatedRequest) -> HttpResponse:
    context = {
        "page": journal_page(request.user, request.GET.get("page")),
        "cohorts": own_cohorts(request.user),
        "drafts": Draft.objects.by(request.user).with_place().with_conflicts(),
        "form": SearchForm(),
    }
    return render(request, "reflections/reflection_list.html", context)


@require_get_or_post
@sensitive_post_parameters("q")
def reflection_search(request: AuthenticatedRequest) -> HttpResponse:
    """Search the journal. The query is private, so it is sent by POST, in no URL and no log."""
    form = SearchForm(post_data(request))
    results = search_journal(request.user, form.cleaned_data["q"]) if form.is_valid() else None
    return render(request, "reflections/reflection_search.html", {"form": form, "results": results})
