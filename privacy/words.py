"""Whether anybody has written something in a cohort, for retention and deletion."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from reflections.anonymisation import has_words_in as has_reflections_in
from sets.models import ChangeWish, SetNote


def has_words_in(cohort: str, *, author: str = "") -> Q:
    """Return a `Q` object that matches rows in whose cohort somebody has written something.

    That is what `reflections.anonymisation.has_words_in` finds, notes of sets, and what people
    would like to change. The arguments are those of that function.
    """
    notes = SetNote.objects.filter(set__grouping__cohort=OuterRef(cohort))
    wishes = ChangeWish.objects.filter(membership__cohort=OuterRef(cohort))
    if author:
        notes = notes.filter(author=OuterRef(author))
        wishes = wishes.filter(membership__user=OuterRef(author))
    return has_reflections_in(cohort, author=author) | Q(Exists(notes)) | Q(Exists(wishes))
