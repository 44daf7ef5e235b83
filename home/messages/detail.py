"""The contents of the page about one kind of message about one subject in a cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.deliverability import Unreached
from cohorts.models import Cohort
from home.messages.preview import Preview
from home.messages.recipients import Recipients
from home.messages.timeline import Line, timeline
from outbox.forecast import unwritten
from outbox.models import MessageOverride
from outbox.overrides import FURTHEST, Occasion
from outbox.rules import Rule, all_rules


@dataclass(frozen=True)
class MessageKindDetail:
    """A kind of message about one subject (for example a workshop) in a cohort.

    `lines` are its lines on the cohort's timeline, oldest first. There are several if recipients
    have different due times.
    """

    cohort: Cohort
    rule: Rule
    subject_id: int
    lines: Sequence[Line]
    moment: datetime

    @classmethod
    def get(cls, cohort: Cohort, kind: str, subject_id: int, moment: datetime) -> MessageKindDetail:
        """Return this kind of message about this subject, with its lines on the timeline.

        Raises Http404 if the timeline has no such line.
        """
        rule = all_rules().get(kind)
        if rule is None:
            raise Http404
        lines = timeline(cohort, list(cohort.workshops.all()), moment, [kind]).of(kind, subject_id)
        if not lines:
            raise Http404
        return cls(cohort, rule, subject_id, lines, moment)

    @property
    def occasion(self) -> Occasion:
        return Occasion(self.cohort.pk, self.rule.kind, self.subject_id)

    @property
    def shows_recipients(self) -> bool:
        return self.rule.visibility.shows_recipients

    @cached_property
    def recipients(self) -> Recipients:
        found = (
            unwritten(self.cohort.pk, self.moment, self.rule.kind) if self.shows_recipients else []
        )
        owed = [one for one in found if one.subject_id == self.subject_id]
        return Recipients(self.cohort, self.occasion, owed, self.moment, self.shows_recipients)

    @cached_property
    def preview(self) -> Preview:
        return Preview(self.recipients, self.line.batch.due_at)

    @cached_property
    def early(self) -> EarlySending:
        return EarlySending(self)

    @property
    def line(self) -> Line:
        """The first line that is due in the future; if there is none, the last line."""
        return next((line for line in self.lines if line.batch.at > self.moment), self.lines[-1])

    @property
    def override(self) -> MessageOverride | None:
        """The override (note or skip) that applies to every recipient."""
        return self.line.override

    def override_for(self, person: User | None) -> MessageOverride | None:
        """Return the override for `person` alone, or for every recipient if `person` is None."""
        if person is None:
            return self.override
        theirs = MessageOverride.objects.of(self.rule.kind, self.subject_id)
        return theirs.filter(recipient=person).select_related("noted_by").first()

    @property
    def is_skipped(self) -> bool:
        return bool(self.override and self.override.is_skipped)

    @property
    def is_open(self) -> bool:
        """True if somebody may still be sent the message (see `Recipient.is_open`).

        For a kind that hides its recipients, the result depends only on the timeline's lines and on
        whether the message is skipped, so that it reveals nothing about one recipient.
        """
        if self.shows_recipients:
            return any(one.is_open for one in self.recipients)
        return self.is_skipped or any(line.is_to_come or line.is_being_sent for line in self.lines)

    @property
    def may_change(self) -> bool:
        return self.rule.overrides is not None and self.is_open

    def may_reach(self, person: User | None) -> bool:
        """Return whether the person may still be sent the message; if `person` is None, anybody."""
        if person is None:
            return self.is_open
        return any(one.is_open for one in self.recipients.of(person))

    def why_nothing_to_skip(self, person: User | None) -> str:
        """Return a sentence that says why the message can't be skipped any more.

        With `person` None, the sentence is about every recipient.
        """
        if self.is_skipped:
            return _("There is nothing left to skip: it’s skipped already.")
        messages = [one.message for one in self.recipients.of(person)]
        has_gone = any(message and message.sent_at for message in messages)
        if person and has_gone:
            return _("There is nothing left to skip: %(person)s has it already.") % {
                "person": person
            }
        if person:
            return _("There is nothing left to skip: %(person)s doesn’t get it any more.") % {
                "person": person
            }
        if has_gone:
            return _("There is nothing left to skip: it has been sent already.")
        return _("There is nothing left to skip: it isn’t sent any more.")


@dataclass(frozen=True)
class EarlySending:
    """The effect of sending the message now, before it is due."""

    detail: MessageKindDetail

    @cached_property
    def recipient_pks(self) -> list[int]:
        """The pks of the users to whom the message would be sent, suppressed addresses included.

        Empty if the message is skipped or may not be sent early.
        """
        detail = self.detail
        rows = detail.rule.due_early(detail.moment, detail.moment + FURTHEST)
        if rows is None or detail.is_skipped:
            return []
        rows = rows.filter(owed_group=detail.cohort.pk, owed_subject=detail.subject_id)
        rows = detail.rule.unwritten(rows).order_by()
        return list(rows.values_list("owed_recipient", flat=True))

    @property
    def count(self) -> int:
        """The number of recipients whose address is not suppressed."""
        return sum(number not in self.detail.recipients.suppressed for number in self.recipient_pks)

    @property
    def unreached(self) -> list[Unreached]:
        """The recipients who would not get the message because their address is suppressed."""
        recipients = self.detail.recipients
        return [
            Unreached(member, recipients.suppressed[member.user_id])
            for member in recipients.members
            if member.user_id in self.recipient_pks and member.user_id in recipients.suppressed
        ]
