"""Threads of replies to a reflection, one level deep, as one reader sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from reflections.context import PUBLIC_ID
from reflections.models import Reflection, Reply


@dataclass
class Thread:
    """A reply (`opening`) and its answers, as far as one reader can read them.

    `opening` is None if the reader can read some of the answers, but not the reply.
    """

    opening: Reply | None
    answers: list[Reply] = field(default_factory=list)

    @property
    def is_deleted(self) -> bool:
        return self.opening is not None and self.opening.deleted_at is not None

    @property
    def may_be_answered(self) -> bool:
        return self.opening is not None and not self.is_deleted


def threads_of(reflection: Reflection, user: User) -> list[Thread]:
    """Return the threads in which the user can read a reply or an answer. Makes one query.

    The oldest threads come first, and threads without a readable `opening` last. A deleted reply is
    left out if none of its answers can be read.
    """
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


def answerable_reply(reflection: Reflection, user: User, public_id: str) -> Reply | None:
    """Return the reply with this public id if the user may answer it, or None.

    The user must be able to read the reply. A deleted reply can't be answered, and neither can an
    answer.
    """
    if not PUBLIC_ID.fullmatch(public_id):
        return None
    replies = Reply.objects.readable_by(user).filter(reflection=reflection)
    return replies.filter(public_id=public_id, in_answer_to=None, deleted_at=None).first()


def unseen_replies(reflection: Reflection, threads: list[Thread]) -> list[Reply]:
    """Return other people's replies that the reflection's author has not seen, oldest first."""
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
    """Record that the reflection's author has seen all replies written up to `until`.

    The daily e-mail about new replies leaves those out.
    """
    Reflection.objects.filter(pk=reflection.pk).update(replies_seen_at=until)
