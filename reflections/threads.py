"""Threads of replies to a reflection, one level deep, as one reader sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from reflections.context import PUBLIC_ID
from reflections.models import Reflection, Reply


@dataclass
class Thread:
    """A reply and its answers. `opening` is None for a reply that the reader can't read."""

    opening: Reply | None
    answers: list[Reply] = field(default_factory=list)

    @property
    def is_deleted(self) -> bool:
        return self.opening is not None and self.opening.deleted_at is not None

    @property
    def may_be_answered(self) -> bool:
        return self.opening is not None and not self.is_deleted


def threads_of(reflection: Reflection, user: User) -> list[Thread]:
    """Return the threads that the user can read any of, oldest first. Makes one query."""
    readable = list(
        Reply.objects.readable_by(user)
        .filter(reflection=reflection)
        .select_related("author", "in_answer_to")
    )
    found = {reply.pk: Thread(reply) for reply in readable if reply.in_answer_to_id is None}
    for reply in readable:
        if reply.in_answer_to_id is not None:
            found.setdefault(reply.in_answer_to_id, Thread(None)).answers.append(reply)
    return [thread for thread in found.values() if thread.answers or thread.may_be_answered]


def answerable(reflection: Reflection, user: User, public_id: str) -> Reply | None:
    """Return the reply if the user can read it, it answers no other and it is not deleted."""
    if not PUBLIC_ID.fullmatch(public_id):
        return None
    replies = Reply.objects.readable_by(user).filter(reflection=reflection)
    return replies.filter(public_id=public_id, in_answer_to=None, deleted_at=None).first()


def unseen_replies(reflection: Reflection, threads: list[Thread]) -> list[Reply]:
    """Return other people's replies since the author last looked, oldest first."""
    replies = [
        reply
        for thread in threads
        for reply in (thread.opening, *thread.answers)
        if reply is not None
    ]
    seen = reflection.replies_seen_at
    new = [
        reply
        for reply in replies
        if reply.author_id not in (None, reflection.author_id)
        and (seen is None or reply.written_at > seen)
    ]
    return sorted(new, key=lambda reply: reply.written_at)


def mark_replies_seen(reflection: Reflection, *, until: datetime) -> None:
    """Record that the author has seen the replies until then, so that no e-mail counts them."""
    Reflection.objects.filter(pk=reflection.pk).update(replies_seen_at=until)
