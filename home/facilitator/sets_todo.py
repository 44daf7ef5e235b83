"""The items of a facilitator’s to-do list about sets: a draft, and people without a set."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from home.facilitator.todo_item import TodoItem
from home.facilitator.workload import Workload


def set_items(workload: Workload) -> Iterator[TodoItem]:
    """Yield an item for each draft of sets, and for participants who are in no published set.

    Makes no query.
    """
    for cohort in workload.cohorts:
        people = workload.active_participants(cohort)
        url = reverse("sets:set_list", args=[cohort.public_id])
        if any(one.has_draft_of_sets for one in people):
            yield TodoItem(_("The new sets are not published"), cohort, url, _("Check the sets"))
        if without := sum(one.is_without_set for one in people):
            words = ngettext(
                "%(count)d person has no set", "%(count)d people have no set", without
            ) % {"count": without}
            yield TodoItem(words, cohort, f"{url}?show=published", _("Choose a set"))
