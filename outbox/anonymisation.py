"""The erasure of messages: their text and addresses go; times and outcomes stay."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import models, transaction
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.anonymisation import PersonalDetails
from accounts.models import User
from outbox.content.email import folded
from outbox.models import Message, MessageOverride, Outcome, SuppressedAddress
from outbox.models.messages import UNWRITTEN

# The text that replaces `Message.reason`, which may be an SMTP reply that quotes the address.
ERASED = _("Its words, address and reason are erased.")
BATCH_SIZE = 200


@transaction.atomic
def erase_messages(messages: QuerySet[Message], *, at: datetime) -> int:
    """Erase the text, addresses and reasons of messages.

    Times and outcomes stay, so that counts remain right. Only messages that could still be sent get
    the outcome ERASED: open ones, which are dropped, and dropped ones that could be reopened. The
    pre-send check then fails for a worker that has claimed one of them. Returns how many messages
    had a text, an address, a reason or a claim.
    """
    messages.filter(sent_at=None, failed_at=None, dropped_at=None).update(
        outcome=Outcome.ERASED, dropped_at=at, reason=str(ERASED)
    )
    # A rule can reopen an UNTRUE message, and a facilitator a SKIPPED one, so make both ERASED.
    messages.filter(outcome__in=(Outcome.UNTRUE, Outcome.SKIPPED)).update(outcome=Outcome.ERASED)
    had_a_reason = Case(
        When(reason="", then=Value("")), default=Value(str(ERASED)), output_field=models.CharField()
    )
    return messages.exclude(address="", reason__in=("", str(ERASED)), claim="", **UNWRITTEN).update(
        address="", reason=had_a_reason, claim="", claimed_until=None, **UNWRITTEN
    )


@transaction.atomic
def anonymise_recipient(user: User, *, at: datetime) -> None:
    """Erase the user's messages; delete their overrides, opt-outs and suppressed addresses.

    Call this before the user's own row is anonymised, because it needs the user's address.
    """
    theirs = Message.objects.filter(recipient=user)
    SuppressedAddress.objects.filter(Q(address=user.email) | Q(message__in=theirs)).delete()
    erase_messages(theirs, at=at)
    MessageOverride.objects.filter(recipient=user).delete()
    user.opt_outs.all().delete()


@transaction.atomic
def redact_messages(named: PersonalDetails, *, group_ids: list[int]) -> None:
    """Redact a person's name and address in these groups' messages and in facilitators' notes.

    Redacts the messages' calendar files too, and removes the address from `reply_to`.
    """
    for note in MessageOverride.objects.filter(named.may_be_in("note"), group_id__in=group_ids):
        note.note = named.redact(note.note)
        note.save(update_fields=["note"])
    words = ("sender", "subject", "text", "html", "reason")
    may_name = named.may_be_in(*words, "reply_to") | ~Q(calendar="")
    rows = Message.objects.filter(may_name, group_id__in=group_ids).order_by("pk")
    changed = []
    for message in rows.only(*words, "reply_to", "calendar").iterator(chunk_size=BATCH_SIZE):
        before = [getattr(message, field) for field in (*words, "reply_to", "calendar")]
        for field in words:
            setattr(message, field, named.redact(getattr(message, field)))
        message.reply_to = ",".join(
            one for one in message.reply_to.split(",") if one != named.email
        )
        message.calendar = out_of_calendar(named, message.calendar)
        if before != [getattr(message, field) for field in (*words, "reply_to", "calendar")]:
            changed.append(message)
    Message.objects.bulk_update(changed, [*words, "reply_to", "calendar"], batch_size=BATCH_SIZE)


def out_of_calendar(named: PersonalDetails, calendar: str) -> str:
    """Return the iCalendar stream with the person's name and address redacted.

    Lines are unfolded first, because a fold may split the name or address.
    """
    unfolded = re.sub(r"\r\n[ \t]", "", calendar)
    if not named.are_in(unfolded):
        return calendar
    lines = (named.redact(line) for line in unfolded.split("\r\n") if line)
    return "".join(f"{folded(line)}\r\n" for line in lines)


def erase_late_messages(*, at: datetime) -> int:
    """Erase messages that were rendered while their recipient was being erased.

    A worker that rendered an e-mail before the erasure may afterwards save the e-mail, or add the
    address to the suppression list. Returns how many messages had something to erase.
    """
    theirs = Message.objects.filter(recipient__erased_at__isnull=False)
    SuppressedAddress.objects.filter(message__in=theirs).delete()
    return erase_messages(theirs, at=at)


def delete_notes(group_id: int) -> int:
    """Delete the group's notes; return how many. Overrides that skip messages stay."""
    notes = MessageOverride.objects.filter(group_id=group_id).exclude(note="")
    return notes.update(note="", noted_at=None, noted_by=None)
