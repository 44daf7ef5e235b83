"""Words that are still being written: saved as they are typed, joined without loss, kept, left or thrown away.

Several pages may have the same draft open, on two devices or in two tabs, each knowing the version that it goes on
from. Where one saves over another's words that it never saw, both stay: the newer as the draft, the other offered
beside it until their writer chooses. “Newer” is by when it was typed, by the server's clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from cohorts.models import Membership
from reflections.context import Place
from reflections.entries import change, write
from reflections.entries import own as own_entry
from reflections.experiments.actions import known_as, start
from reflections.models import DRAFT_LENGTH, Draft, Reflection


@dataclass(frozen=True)
class Typed:
    """What stands in an open page's boxes. `version` is the draft's that it goes on from, 0 for none."""

    body: str
    typed_at: datetime
    experiment: str = ""
    version: int = 0
    page: str = ""

    @property
    def is_nothing(self) -> bool:
        return not self.body.strip() and not self.experiment.strip()

    def goes_on_from(self, draft: Draft) -> bool:
        """It has seen what the draft says: its version is this one, or the same page saved it last.

        That page may not know the version: the answer to its last saving can have been lost on the way.
        """
        return self.version == draft.version or (bool(self.page) and self.page == draft.page)


class Choice(StrEnum):
    """Which of two versions stays."""

    THIS = "this"
    OTHER = "other"
    BOTH = "both"


class TooManyVersionsError(Exception):
    """What waits to be chosen from is as long as can be: their writer has to choose first."""


@transaction.atomic
def save(*, by: User, entry: str, place: Place | None, typed: Typed, at: datetime) -> Draft | None:
    """The draft as it is now; None where nothing is unfinished: nothing is written, or it is kept in these words.

    Raises PermissionDenied for a place that the person never was in, and for what can't be read at the moment: saving
    over it would lose it.
    """
    draft = own(by, entry)
    if draft is None:
        return begin(by=by, entry=entry, place=place, typed=typed, at=at)
    return join(draft, typed, at)


def begin(*, by: User, entry: str, place: Place | None, typed: Typed, at: datetime) -> Draft | None:
    """A first saving: of a new entry, or of a change to one that is kept."""
    kept = (
        Reflection.objects.by(by)
        .filter(public_id=entry)
        .select_related("cohort", "workshop")
        .first()
    )
    if kept is not None:
        if kept.is_unreadable:
            raise PermissionDenied
        place = Place(kept.cohort, kept.workshop, kept.prompt)
    if place is None or not Membership.objects.filter(user=by, cohort=place.cohort).exists():
        raise PermissionDenied
    if typed.is_nothing or (kept is not None and is_kept(typed, kept)):
        return None
    draft, is_new = Draft.objects.select_for_update().get_or_create(
        author=by,
        entry=entry,
        defaults={
            "cohort": place.cohort,
            "workshop": place.workshop,
            "prompt": place.prompt,
            "reflection": kept,
            "body": typed.body,
            "experiment": typed.experiment,
            "typed_at": min(typed.typed_at, at),
            "page": typed.page,
        },
    )
    return draft if is_new else join(draft, typed, at)


def join(draft: Draft, typed: Typed, at: datetime) -> Draft | None:
    if (typed.body, typed.experiment) == (draft.body, draft.experiment):
        return draft
    typed_at = min(typed.typed_at, at)
    if not typed.goes_on_from(draft):
        return draft if typed.is_nothing else meet(draft, typed, typed_at)
    if typed.version != draft.version and typed_at < draft.typed_at:
        return draft  # it was overtaken on the way by a later saving of the same page
    if not draft.is_in_two_versions and undoes(draft, typed):
        draft.delete()
        return None
    draft.body, draft.experiment = typed.body, typed.experiment
    return put(draft, page=typed.page, typed_at=max(typed_at, draft.typed_at))


def undoes(draft: Draft, typed: Typed) -> bool:
    """Nothing is left to go on with."""
    kept = draft.reflection
    return typed.is_nothing or (kept is not None and is_kept(typed, kept))


def is_kept(typed: Typed, kept: Reflection) -> bool:
    return typed.body.strip() == kept.body and is_tried(typed.experiment, kept)


def is_tried(experiment: str, kept: Reflection) -> bool:
    """The entry's author has kept it as something to try, or there is nothing to keep."""
    words = experiment.strip()
    return not words or known_as(kept.author, words, kept, "") is not None


def meet(draft: Draft, typed: Typed, typed_at: datetime) -> Draft:
    """Two who did not know of each other: the newer stands, the other is offered with what was offered before."""
    mine, theirs = (
        (typed.body, typed.experiment, typed_at),
        (draft.body, draft.experiment, draft.typed_at),
    )
    newer, older = (mine, theirs) if typed_at > draft.typed_at else (theirs, mine)
    experiment = newer[1] or older[1]
    other = without_what_is_in(
        f"{newer[0]}\n\n{experiment}", [older[0], older[1], draft.other_body]
    )
    if (experiment, other) == (draft.experiment, draft.other_body) and newer is theirs:
        return draft  # it brings no word that isn't here
    if len(other) > 2 * DRAFT_LENGTH:
        raise TooManyVersionsError
    draft.body, draft.experiment, draft.other_body = newer[0], experiment, other
    draft.other_typed_at = max(older[2], draft.other_typed_at or older[2]) if other else None
    return put(draft, page=typed.page if newer is mine else draft.page, typed_at=newer[2])


def without_what_is_in(body: str, texts: Iterable[str]) -> str:
    """The texts below one another, but for those of which every word stands in the body, or above, already."""
    left: list[str] = []
    for text in texts:
        if text.strip() and not any(text.strip() in one for one in [body, *left]):
            left.append(text)
    return "\n\n".join(left)


def put(draft: Draft, *, page: str, typed_at: datetime) -> Draft:
    draft.page, draft.typed_at, draft.version = page, typed_at, draft.version + 1
    draft.save()
    return draft


@transaction.atomic
def choose(*, draft: Draft, choice: Choice, by: User, at: datetime) -> Draft | None:
    """One of the two versions, or both below each other. None if the draft is gone."""
    mine = own(by, draft.entry)
    if mine is None or not mine.is_in_two_versions:
        return mine
    if choice == Choice.OTHER:
        mine.body = mine.other_body
    elif choice == Choice.BOTH:
        mine.body = f"{mine.body}\n\n{mine.other_body}"
    mine.other_body, mine.other_typed_at = "", None
    return put(mine, page="", typed_at=at)


@transaction.atomic
def keep(
    *, author: User, entry: str, place: Place, typed: Typed, audience: str, at: datetime
) -> Reflection:
    """The entry, with what its author means to try, and its draft no more.

    Words of another version stay, as an unfinished change to it.
    """
    kept = write(
        author=author,
        cohort=place.cohort,
        workshop=place.workshop,
        prompt=place.prompt,
        body=typed.body,
        audience=audience,
        public_id=entry,
        at=at,
    )
    start_with(kept, typed, at)
    settle(author, entry, kept, typed)
    return kept


def start_with(kept: Reflection, typed: Typed, at: datetime) -> None:
    """What its author means to try, if they said so."""
    if typed.experiment:
        start(
            author=kept.author,
            cohort=kept.cohort,
            workshop=kept.workshop,
            reflection=kept,
            words=typed.experiment,
            at=at,
        )


@transaction.atomic
def keep_change(
    *, reflection: Reflection, typed: Typed, by: User, at: datetime, seen: str | None = None
) -> Reflection:
    """Other words for the same readers, who saw nothing of them until now; and what their author means to try.

    `seen` is when the words that they take the place of were last changed, as the page knew it. If others have been
    kept since, those stay as an unfinished change.
    """
    before = own_entry(reflection, by)
    kept = change(reflection=reflection, body=typed.body, by=by, at=at)
    start_with(kept, typed, at)
    settle(by, reflection.public_id, kept, typed)
    left = without_what_is_in(kept.body, [before.body])
    if left and seen is not None and seen != before.changed_at.isoformat():
        save(by=by, entry=kept.public_id, place=None, typed=Typed(left, before.changed_at), at=at)
    return kept


def settle(by: User, entry: str, kept: Reflection, typed: Typed) -> None:
    """Words that the page never saw stay, as an unfinished change to what is kept."""
    draft = held(by, entry)
    if draft is None or draft.is_unreadable:
        return
    has_seen = typed.goes_on_from(draft)
    left = without_what_is_in(kept.body, [*([] if has_seen else [draft.body]), draft.other_body])
    experiment = "" if has_seen or is_tried(draft.experiment, kept) else draft.experiment
    if not left and not experiment:
        draft.delete()
        return
    draft.entry, draft.reflection = kept.public_id, kept
    draft.body, draft.experiment = left or kept.body, experiment
    draft.other_body, draft.other_typed_at = "", None
    put(draft, page="", typed_at=draft.typed_at)


def own(user: User, entry: str) -> Draft | None:
    """Raises PermissionDenied for one whose key is lost: to save over it would lose it for good."""
    draft = held(user, entry)
    if draft is not None and draft.is_unreadable:
        raise PermissionDenied
    return draft


def held(user: User, entry: str) -> Draft | None:
    """The draft as it is now, kept for this transaction."""
    return Draft.objects.select_for_update().by(user).filter(entry=entry).first()
