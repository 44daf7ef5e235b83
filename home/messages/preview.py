"""Previews of a message: the e-mail that a recipient would get if it were rendered now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cohorts.models import Membership
from home.messages.recipients import Recipients
from outbox.content.email import EmailContent, hide_private_links
from outbox.forecast import preview_email


@dataclass(frozen=True)
class Preview:
    """Previews of the e-mail to each recipient.

    `due_at` is the due time for a member who has no message of their own with a due time.
    """

    recipients: Recipients
    due_at: datetime

    @cached_property
    def readers(self) -> list[Membership]:
        """The members for whom the e-mail can be previewed: the recipients who may still get it.

        If the kind hides its recipients: every active participant with an address, so that the list
        doesn't reveal who is a recipient.
        """
        if not self.recipients.are_visible:
            members = self.recipients.members
            return [
                one
                for one in members
                if one.is_active and not one.is_facilitator and one.user.email
            ]
        return [one.member for one in self.recipients if one.is_open and one.member]

    def reader(self, public_id: str | None) -> Membership | None:
        """Return the reader with this public id, or the first reader if there is none with it.

        Returns None if there are no readers.
        """
        chosen = (one for one in self.readers if one.public_id == public_id)
        return next(chosen, self.readers[0] if self.readers else None)

    def email_to(self, member: Membership) -> EmailContent:
        """Return the e-mail to this member, rendered now and without its private links."""
        occasion, due_at = self.recipients.occasion, self.due_at
        for one in self.recipients:
            if one.is_open and one.member == member:
                copy = one.message or one.owed
                due_at = copy.due_at if copy else due_at
                break
        return hide_private_links(
            preview_email(
                member.user,
                kind=occasion.kind,
                subject_id=occasion.subject_id,
                group_id=occasion.group_id,
                membership_id=member.pk,
                due_at=due_at,
            )
        )
