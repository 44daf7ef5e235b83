"""The conversation beneath an entry: replies, and what answers each of them, one deep."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from reflections.context import PUBLIC_ID
from reflections.models import Reflection, Reply


@dataclass
class Thread:
    """A reply and its answers, as one reader sees them. None stands for a reply that this reader can't read."""

    opening: Reply | None
    answers: list[Reply] = field(default_factory=list)

    @property
    def is_taken_back(self) -> bool:
        return self.opening is not None and self.opening.taken_back_at is not None

    @property
    def may_be_answered(self) -> bool:
        return self.opening is not None and not self.is_taken_back


def threads_of(reflection: Reflection, user: User) -> list[Thread]:
    """What the person may read of them, the oldest first. One query."""
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
    """The reply of that id, if the person can read it, it stands beneath none, and nobody took it back."""
    if not PUBLIC_ID.fullmatch(public_id):
        return None
    replies = Reply.objects.readable_by(user).filter(reflection=reflection)
    return replies.filter(public_id=public_id, in_answer_to=None, taken_back_at=None).first()


def unseen(reflection: Reflection, threads: list[Thread]) -> list[Reply]:
    """What others have said since its author last looked, the latest last."""
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


def saw(reflection: Reflection, *, until: datetime) -> None:
    """Its author has looked at the replies up to this moment: nothing tells them of these any more."""
    Reflection.objects.filter(pk=reflection.pk).update(replies_seen_at=until)
