"""The search box of a list, its order, and the selects that filter it. All are in the URL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.search_text import has_words, search_words
from cohorts.filters import cohort_filters, stored_choices
from cohorts.forms.fields import LineField
from cohorts.models import CohortQuerySet, Sector
from ui.forms import LongSelect


class SearchForm(forms.Form):
    """The search box of a list. It ignores case and accents."""

    mark_optional = False
    fields: dict[str, Any]  # the fields are of different classes

    q = LineField(
        label=gettext_lazy("Name, e-mail or organisation"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    @property
    def words(self) -> str:
        """The text to search for; empty if the input is not valid."""
        words: str = self._valid("q")
        return words

    @property
    def folded_words(self) -> list[str]:
        return search_words(self.words)

    def _valid(self, name: str) -> str:
        """Return a field's value; empty if that is not valid. Ignores errors of other fields."""
        self.is_valid()
        value: str = self.cleaned_data.get(name, "")
        return value


class PeopleForm(SearchForm):
    """The search box of a list of people, and its order."""

    NAME, ORGANISATION, ATTENTION = "name", "organisation", "attention"

    sort = forms.ChoiceField(
        label=gettext_lazy("Sort by"),
        choices=((NAME, gettext_lazy("Name")), (ORGANISATION, gettext_lazy("Organisation"))),
        required=False,
    )

    @property
    def sort_by(self) -> str:
        chosen: str = self._valid("sort")
        return chosen or self.NAME


class CohortFiltersForm(SearchForm):
    """A search box, and a select for each filter with at least two choices among these cohorts.

    `cohorts` are those that the user may see. No choice comes from another cohort. Archived cohorts
    are found only if the user chooses their stage, unless `with_archived`. Makes two queries
    for the choices, and another for a user who is not an administrator.
    """

    def __init__(
        self,
        data: QueryDict,
        *,
        user: User,
        cohorts: CohortQuerySet,
        at: datetime,
        with_archived: bool = False,
    ) -> None:
        super().__init__(data)
        self.cohorts, self.at, self.with_archived = cohorts, at, with_archived
        self.convened = cohorts.convened_by(user)
        convenes = user.is_administrator or self.convened.exists()
        filters = [one for one in cohort_filters() if convenes or not one.conveners_only]
        stored = stored_choices(filters, cohorts, self.convened)
        self.filters = {}
        for one in filters:
            own = self.convened if one.conveners_only else cohorts
            choices = [*one.choices(own), *stored[one.name]]
            if len(choices) > 1:
                self.filters[one.name] = one
                self.fields[one.name] = forms.ChoiceField(
                    label=one.label,
                    choices=[("", _("Any")), *choices],
                    required=False,
                    widget=LongSelect(),
                    error_messages={"invalid_choice": _("Choose from the list.")},
                )

    def filter_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.filters]

    @property
    def chosen(self) -> dict[str, str]:
        """The filters that are in use, with their values."""
        values = {name: self._valid(name) for name in self.filters}
        return {name: value for name, value in values.items() if value}

    @property
    def is_used(self) -> bool:
        """Whether the list is searched or filtered."""
        return bool(self.words or self.chosen)

    @property
    def is_open(self) -> bool:
        """Whether the page shows the selects expanded."""
        return bool(self.chosen) or any(name in self.errors for name in self.filters)

    def filtered(self) -> CohortQuerySet:
        """Return the cohorts that the selects find, whatever is in the search box."""
        found = self.cohorts
        for name, value in self.chosen.items():
            one = self.filters[name]
            if one.conveners_only:
                found = found.filter(pk__in=self.convened.values("pk"))
            found = one.narrow(found, value, self.at)
        if not self.with_archived and self.chosen.get("stage") != "archived":
            found = found.unarchived()
        return found

    def found(self) -> CohortQuerySet:
        """Return the cohorts that the search box and the selects find."""
        return self.filtered().filter(has_words(self.folded_words))


class PeopleFiltersForm(PeopleForm, CohortFiltersForm):
    """The search box, the order and the filters of the list of people."""

    def __init__(self, data: QueryDict, **options: Any) -> None:
        super().__init__(data, **options)
        sort = self.fields["sort"]
        sort.choices = [*sort.choices, (self.ATTENTION, _("No working e-mail first"))]


class OrganisationSearchForm(SearchForm):
    """The search box and the filter of the list of organisations."""

    sector = forms.ChoiceField(
        label=gettext_lazy("Sector"),
        choices=[("", gettext_lazy("Any")), *Sector.choices],
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose from the list.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["q"].label = _("Organisation")

    @property
    def sector_chosen(self) -> str:
        return self._valid("sector")
