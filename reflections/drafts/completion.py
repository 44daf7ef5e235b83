"""The completion of a draft: its text is saved as a reflection, or as a change to one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from reflections.context import Place
from reflections.drafts.autosave import (
    DraftContent,
    is_experiment_started,
    lock_drafts,
    save_draft,
)
from reflections.entries import change, lock_own, write
from reflections.experiments.actions import start
from reflections.models import Draft, Reflection


@transaction.atomic
def save_reflection(
    *,
    author: User,
    entry: str,
    place: Place,
    content: DraftContent,
    audience: str,
    at: datetime,
) -> Reflection:
    """Save a new reflection, start the experiment written with it, and delete its draft.

    If the draft has changed since the page was shown and has other text, it is not deleted but
    becomes a draft of a change to the new reflection. `entry` is the public id of the draft.
    """
    reflection = write(
        author=author,
        cohort=place.cohort,
        workshop=place.workshop,
        prompt=place.prompt,
        body=content.body,
        audience=audience,
        public_id=entry,
        at=at,
    )
    start_experiment(reflection, content, at)
    delete_completed_drafts(author, entry, reflection, content)
    return reflection


@transaction.atomic
def save_change(
    *,
    reflection: Reflection,
    content: DraftContent,
    by: User,
    at: datetime,
    seen: str | None = None,
) -> Reflection:
    """Replace a reflection's text, start the experiment written with it, and delete its draft.

    `seen` is the `changed_at` (in ISO format) of the reflection that the page started from. If the
    reflection has been changed since, and the new text does not contain the text that it replaces,
    the replaced text is saved as a draft. If `seen` is None, no text is saved as a draft.
    """
    before = lock_own(reflection, by)
    changed = change(reflection=reflection, body=content.body, by=by, at=at)
    start_experiment(changed, content, at)
    delete_completed_drafts(by, reflection.public_id, changed, content)
    is_stale = seen is not None and seen != before.changed_at.isoformat()
    if is_stale and before.body not in changed.body:
        overwritten = DraftContent(before.body, before.changed_at)
        save_draft(by=by, entry=changed.public_id, place=None, content=overwritten, at=at)
    return changed


def start_experiment(reflection: Reflection, content: DraftContent, at: datetime) -> None:
    if content.experiment:
        start(
            author=reflection.author,
            cohort=reflection.cohort,
            workshop=reflection.workshop,
            reflection=reflection,
            words=content.experiment,
            at=at,
        )


def delete_completed_drafts(
    by: User, entry: str, reflection: Reflection, content: DraftContent
) -> None:
    """Delete the drafts that `content` continues, and those whose text is in the reflection.

    Looks at the draft of the entry and those in conflict with it. If the entry's own draft is not
    deleted, it becomes a draft of a change to the reflection. A draft that can't be decrypted is
    left unchanged.
    """
    for draft in lock_drafts(by, entry):
        if draft.is_unreadable:
            continue
        has_new_body = draft.body.strip() not in reflection.body
        has_new_experiment = not is_experiment_started(draft.experiment, reflection)
        if content.continues(draft) or not (has_new_body or has_new_experiment):
            draft.delete()
        elif draft.entry == entry:
            make_change_to(reflection, draft, has_new_body, has_new_experiment)


def make_change_to(
    reflection: Reflection, draft: Draft, has_new_body: bool, has_new_experiment: bool
) -> None:
    """Turn the draft of a new reflection into a draft of a change to the saved `reflection`.

    Without a new body, the draft gets the reflection's body. Without a new experiment, the draft's
    experiment is cleared.
    """
    draft.entry, draft.reflection = reflection.public_id, reflection
    if not has_new_body:
        draft.body = reflection.body
    if not has_new_experiment:
        draft.experiment = ""
    draft.page = ""
    draft.version += 1
    draft.save()
