"""Drafts: text that is saved as somebody types it, under optimistic locking.

Several pages may have the same draft open, in two tabs or on two devices. Each page sends the
version that it started from. A page that has not seen the latest version never overwrites it: its
text is saved as a second draft (`Draft.conflicts_with`), and the author compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from cohorts.models import Membership
from reflections.context import Place
from reflections.experiments.actions import known_as
from reflections.models import Draft, Reflection


@dataclass(frozen=True)
class DraftContent:
    """What the text boxes of an open page hold.

    `version` is the version token of the draft that the page started from, empty for none. `page`
    is a random id that the page has given itself.
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
        """Return whether the page has seen the draft's latest version.

        The page that saved last has seen it too, even if it never received our answer.
        """
        return self.version == draft.version_token or bool(self.page and self.page == draft.page)

    def equals(self, draft: Draft) -> bool:
        return (self.body, self.experiment) == (draft.body, draft.experiment)

    def equals_reflection(self, reflection: Reflection) -> bool:
        """Return whether saving this to the reflection would change nothing."""
        return self.body.strip() == reflection.body and is_started(self.experiment, reflection)


@transaction.atomic
def save_draft(
    *, by: User, entry: str, place: Place | None, content: DraftContent, at: datetime
) -> Draft | None:
    """Save what a page has typed and return its draft, or None if nothing is left to save.

    Locks the author's drafts of that entry. Raises PermissionDenied if the author was never a
    member of the cohort, and if the draft can't be decrypted, because saving would destroy it.
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
    """Return the user's draft of the entry and those in conflict with it, locked."""
    return list(Draft.objects.select_for_update().by(user).of_entry(entry).order_by("pk"))


def start_draft(
    *, by: User, entry: str, place: Place | None, content: DraftContent, at: datetime
) -> Draft | None:
    """Save the first draft of a new entry, or of a change to a saved reflection."""
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
    """Save a new version of the draft, or delete it if nothing is left to save."""
    typed_at = min(content.typed_at, at)
    if content.version != draft.version_token and typed_at < draft.typed_at:
        return draft  # A later request of the same page arrived first.
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
    """Save text from a page that has not seen the draft's latest version, without losing either.

    One text may contain the other, typed earlier: then the longer one is enough.
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
    """Return whether every word of one is in the other."""
    return shorter.body.strip() in longer.body and shorter.experiment.strip() in longer.experiment


def is_started(experiment: str, reflection: Reflection) -> bool:
    """Return whether the author has started that experiment, or there is none to start."""
    words = experiment.strip()
    return not words or known_as(reflection.author, words, reflection, "") is not None
