"""An item of the to-do list on a facilitator's dashboard."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from cohorts.models import Cohort


@dataclass(frozen=True)
class TodoItem:
    """An item of the to-do list: a sentence, the cohort that it is about, and a link to act on it.

    `note` is what a participant wrote with their apologies. The texts can be lazy, because most are
    never rendered: there can be hundreds of items, and the page shows MAX_ITEMS_PER_COHORT of them.
    """

    words: str | Promise
    cohort: Cohort
    url: str | Promise
    link_label: str | Promise
    note: str = ""
