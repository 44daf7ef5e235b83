"""Autosave: text is saved as a draft while somebody types, with optimistic locking.

Several pages may have the same draft open, in two tabs or on two devices. Each page sends the
version token of the draft that it started from. If the draft has changed since, the page's text is
saved as a second draft (`Draft.conflicts_with`), unless one text contains the other. The author can
then compare the two drafts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from cohorts.models import Membership
from reflections.context import Place
from reflections.experiments.actions import find_duplicate
from reflections.models import Draft, Reflection


@dataclass(frozen=True)
class DraftContent:
    """The text in the fields of an open page, to be saved as a draft.

    `version` is the version token of the draft that the page started from, or empty. `page` is a
    random id that identifies the open page.
    """

    body: str
    typed_at: datetime
    experiment: str = ""
    version: str = ""
    page: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.body.strip() and not self.experiment.strip()

    def continues(self, draft: Draft) -> bool:
        """Return whether the page's text is based on the draft's latest version.

        That is also so if the page itself saved the latest version, but our response was lost and
        the page still sends an older version token.
        """
        return self.version == draft.version_token or bool(self.page and self.page == draft.page)

    def equals(self, draft: Draft) -> bool:
        return (self.body, self.experiment) == (draft.body, draft.experiment)

    def equals_reflection(self, reflection: Reflection) -> bool:
        """Return whether the reflection and its experiments already have all of this text."""
        return self.body.strip() == reflection.body and is_experiment_started(
            self.experiment, reflection
        )


@transaction.atomic
def save_draft(
    *, by: User, entry: str, place: Place | None, content: DraftContent, at: datetime
) -> Draft | None:
    """Save a page's text as a draft and return the draft, or None if there is nothing to save.

    There is nothing to save if the text is blank, or is already saved with the reflection. A draft
    is then deleted if the page's text is based on its latest version. `entry` is the public id of
    the reflection. `place` is used only for the first draft of a new reflection.

    Locks the author's drafts of the entry. Raises PermissionDenied if the author was never in the
    cohort, or if a new reflection has no place. Also raises it if the draft or the reflection can't
    be decrypted, because saving would destroy its text.
    """
    drafts = lock_drafts(by, entry)
    first = next((draft for draft in drafts if draft.entry == entry), None)
    draft = next((draft for draft in drafts if content.continues(draft)), first)
    if draft is None:
        return start_draft(by=by, entry=entry, place=place, content=content, at=at)
    if draft.is_unreadable:
        raise PermissionDenied
    if content.equals(draft):
        return draft
    if content.continues(draft):
        return update_draft(draft, content, at)
    return save_beside(draft, content, at)


def lock_drafts(user: User, entry: str) -> list[Draft]:
    """Lock and return the user's draft of the entry and the drafts in conflict with it."""
    return list(Draft.objects.select_for_update().by(user).of_entry(entry).order_by("pk"))


def start_draft(
    *, by: User, entry: str, place: Place | None, content: DraftContent, at: datetime
) -> Draft | None:
    """Save the first draft of a new reflection, or of a change to a saved one.

    Returns None if there is nothing to save. Raises PermissionDenied as `save_draft` does.
    """
    reflection = (
        Reflection.objects.by(by)
        .filter(public_id=entry)
        .select_related("cohort", "workshop")
        .first()
    )
    if reflection is not None:
        if reflection.is_unreadable:
            raise PermissionDenied
        place = Place(reflection.cohort, reflection.workshop, reflection.prompt)
    if place is None or not Membership.objects.filter(user=by, cohort=place.cohort).exists():
        raise PermissionDenied
    if content.is_blank or (reflection is not None and content.equals_reflection(reflection)):
        return None
    draft, is_new = Draft.objects.get_or_create(
        author=by,
        entry=entry,
        defaults={
            "cohort": place.cohort,
            "workshop": place.workshop,
            "prompt": place.prompt,
            "reflection": reflection,
            "body": content.body,
            "experiment": content.experiment,
            "typed_at": min(content.typed_at, at),
            "page": content.page,
        },
    )
    if is_new:
        return draft
    return save_draft(by=by, entry=entry, place=place, content=content, at=at)


def update_draft(draft: Draft, content: DraftContent, at: datetime) -> Draft | None:
    """Save a new version of the draft, or delete the draft if there is nothing to save."""
    typed_at = min(content.typed_at, at)
    if content.version != draft.version_token and typed_at < draft.typed_at:
        return draft  # A request that the same page sent later has arrived first.
    reflection = draft.reflection
    if content.is_blank or (reflection is not None and content.equals_reflection(reflection)):
        draft.delete()
        return None
    return overwrite(draft, content, typed_at)


def overwrite(draft: Draft, content: DraftContent, typed_at: datetime) -> Draft:
    draft.body, draft.experiment, draft.page = content.body, content.experiment, content.page
    draft.typed_at = max(typed_at, draft.typed_at)
    draft.version += 1
    draft.save()
    return draft


def save_beside(draft: Draft, content: DraftContent, at: datetime) -> Draft:
    """Save a page's text that is not based on the draft's latest version.

    If one of the two texts was typed later and contains the other, only this text is stored, in
    `draft`. Otherwise the page's text is saved as a second draft, unless it is blank.
    """
    typed_at = min(content.typed_at, at)
    is_newer = typed_at > draft.typed_at
    if is_newer and contains(content, draft):
        return overwrite(draft, content, typed_at)
    if content.is_blank or (not is_newer and contains(draft, content)):
        return draft
    return Draft.objects.create(
        author=draft.author,
        cohort=draft.cohort,
        workshop=draft.workshop,
        prompt=draft.prompt,
        body=content.body,
        experiment=content.experiment,
        typed_at=typed_at,
        page=content.page,
        conflicts_with=draft.conflicts_with or draft.entry,
    )


def contains(longer: DraftContent | Draft, shorter: DraftContent | Draft) -> bool:
    """Return whether the body and experiment of `longer` contain those of `shorter`."""
    return shorter.body.strip() in longer.body and shorter.experiment.strip() in longer.experiment


def is_experiment_started(words: str, reflection: Reflection) -> bool:
    """Return whether the reflection already has an experiment with this text.

    Returns True for a blank text too, because then there is no experiment to start.
    """
    words = words.strip()
    return not words or find_duplicate(reflection.author, words, reflection, "") is not None
