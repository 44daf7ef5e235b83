"""How one of a cohort's messages would read if it were sent now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cohorts.models import Membership
from home.messages.recipients import Recipients
from outbox.content.email import Letter, read_safely
from outbox.forecast import letter_to


@dataclass(frozen=True)
class Preview:
    recipients: Recipients
    due_at: datetime
    """When it is due, unless the recipient's own copy is due at another time."""

    @cached_property
    def readers(self) -> list[Membership]:
        """Return the memberships that the e-mail can be previewed for: those who may still get it.

        Where the recipients are not visible, every participant, so that the list reveals nothing.
        """
        if not self.recipients.are_visible:
            members = self.recipients.members
            return [one for one in members if one.is_active and not one.is_facilitator]
        return [one.member for one in self.recipients if one.is_open and one.member]

    def reader(self, public_id: str | None) -> Membership | None:
        """Return the reader of that id, else the first; None if nobody gets it any more."""
        chosen = (one for one in self.readers if one.public_id == public_id)
        return next(chosen, self.readers[0] if self.readers else None)

    def letter(self, member: Membership) -> Letter:
        """Return the reader's e-mail, with private links that lead nowhere."""
        occasion, due_at = self.recipients.occasion, self.due_at
        for one in self.recipients:
            if one.is_open and one.member == member:
                copy = one.message or one.owed
                due_at = copy.due_at if copy else due_at
                break
        return read_safely(
            letter_to(
                member.user,
                kind=occasion.kind,
                subject_id=occasion.subject_id,
                group_id=occasion.group_id,
                membership_id=member.pk,
                due_at=due_at,
            )
        )
