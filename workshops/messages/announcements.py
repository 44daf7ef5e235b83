"""Facilitators' messages of their own: who gets one, confirmed once, and the e-mail that it makes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, Least

from accounts.models import User
from cohorts.message_templates import COHORT_FIELDS, cohort_values
from cohorts.models import Cohort, Membership
from outbox.bounces.suppression import addresses_marked
from outbox.content.email import PRIVATE_LINK, Letter, read_safely, write_letter
from outbox.content.placeholders import NamedField, fill_body, fill_subject
from outbox.models import Message, MessageQuerySet
from outbox.queueing import insert
from outbox.rules import Rule, RuleText, Schedule
from workshops.messages.placeholders import WORKSHOP_FIELDS, values_about
from workshops.models import Announcement, Attendance, Workshop
from workshops.register.rsvp import answer_url

KIND = "announcement"
WINDOW = timedelta(days=2)

# What the fields about a workshop stand for if none is to come any more as it is written.
NOTHING_TO_COME = {
    "workshop": "the next workshop",
    "number": "to come",
    "day": "a day to be agreed",
    "when": "a day to be agreed",
    "where": "a place to be agreed",
}


# Who gets it ----------------------------------------------------------------------------------------------------------


def among(announcements: QuerySet[Any], members: str) -> QuerySet[Any]:
    """A row for each announcement and each of the `members` (a path to memberships) who is of its audience now.

    They take part; and where it is about a workshop that takes place, they are coming to it, or have not said.
    """
    said = Attendance.objects.filter(
        workshop=OuterRef("workshop"), membership=OuterRef("member_id")
    )
    is_coming = Exists(said.filter(answer=Attendance.Answer.COMING))
    has_answered = Exists(said.exclude(answer=""))
    of_a_workshop = Q(workshop__starts_at__isnull=False, workshop__cancelled_at=None)
    people: QuerySet[Any] = announcements.annotate(
        member_id=F(f"{members}__pk"),
        member_user_id=F(f"{members}__user"),
        member_role=F(f"{members}__role"),
        member_left_at=F(f"{members}__left_at"),
        member_is_known=F(f"{members}__user__is_active"),
    ).filter(
        Q(audience=Announcement.Audience.EVERYBODY)
        | of_a_workshop & Q(audience=Announcement.Audience.COMING) & is_coming
        | of_a_workshop & Q(audience=Announcement.Audience.SILENT) & ~has_answered,
        member_role=Membership.Role.PARTICIPANT,
        member_left_at=None,
        member_is_known=True,
    )
    return people


@dataclass(frozen=True)
class Reach:
    """Whom a draft would go to as of a moment, by name; and the numbers of those whose address mail does not reach."""

    people: list[Membership]
    unreachable: frozenset[int]
    moment: datetime

    @property
    def count(self) -> int:
        """How many are written to. The others wait until their address is corrected."""
        return len(self.people) - len(self.unreachable)


def reach_of(draft: Announcement, moment: datetime) -> Reach:
    """As things stand; nobody once its workshop is over. Three queries."""
    workshop = draft.workshop
    if workshop and (workshop.ends_at is None or workshop.ends_at <= moment):
        return Reach([], frozenset(), moment)
    numbers = among(Announcement.objects.filter(pk=draft.pk), "cohort__memberships").values(
        "member_id"
    )
    people = list(Membership.objects.filter(pk__in=numbers).by_name())
    marked = addresses_marked(person.user.email for person in people)
    unreachable = frozenset(person.pk for person in people if person.user.email in marked)
    return Reach(people, unreachable, moment)


def rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Those who were of its audience as it was confirmed, and are still."""
    confirmed = Announcement.objects.filter(confirmed_at__gt=since, confirmed_at__lte=until)
    too_late = ExpressionWrapper(F("confirmed_at") + WINDOW, DateTimeField())
    owed: QuerySet[Any] = among(confirmed, "addressees").annotate(
        owed_key=Concat(
            Value(f"{KIND}:"), Cast("pk", CharField()), Value(":"), Cast("member_id", CharField())
        ),
        owed_recipient=F("member_user_id"),
        owed_membership=F("member_id"),
        owed_group=F("cohort"),
        owed_subject=F("pk"),
        owed_due=F("confirmed_at"),
        owed_expires=Least(too_late, Coalesce(F("workshop__ends_at"), too_late)),
    )
    return owed


# Written, and written again -------------------------------------------------------------------------------------------


class ChangedSinceShown(Exception):  # noqa: N818  what happened, not what went wrong
    """It is not what the page showed, as its sentence says. Nothing was done."""


def write(draft: Announcement, *, by: User, at: datetime) -> Announcement:
    """Kept, and sent to nobody yet."""
    draft.written_by, draft.written_at = by, at
    draft.save()
    return draft


def version(draft: Announcement) -> str:
    """Which of its wordings this is."""
    return draft.written_at.isoformat()


@transaction.atomic
def rewrite(draft: Announcement, *, seen: str, by: User, at: datetime) -> Announcement:
    """The draft with its new words; a draft of its own if it was sent meanwhile, so that nothing typed is lost.

    Raises ChangedSinceShown if it is not the version that was `seen`.
    """
    held = Announcement.objects.select_for_update().get(pk=draft.pk)
    if not held.is_draft:
        content = {
            name: getattr(draft, name)
            for name in ("cohort", "audience", "workshop", "subject", "body")
        }
        return write(Announcement(**content), by=by, at=at)
    if version(held) != seen:
        raise ChangedSinceShown(
            f"{held.written_by or 'Somebody'} has changed this draft since you opened it. What you typed is below; "
            "save it once more to put it in place of theirs."
        )
    return write(draft, by=by, at=at)


# Confirmed once -------------------------------------------------------------------------------------------------------


def fingerprint(draft: Announcement, reach: Reach) -> str:
    """What a page shows of a draft: how many people, which, and the words with the workshop that they speak of."""
    workshop = workshop_of(draft, reach.moment)
    words = (
        draft.subject,
        draft.body,
        str(draft.audience),
        workshop and (workshop.pk, workshop.sequence),
    )
    people = sorted((member.pk, member.pk in reach.unreachable) for member in reach.people)
    return f"{reach.count}-{digest(people)}-{digest(words)}"


def digest(facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def what_changed(seen: str, now: str) -> str:
    """In a sentence, between two fingerprints."""
    if seen.rpartition("-")[2] != now.rpartition("-")[2]:
        return (
            "This message, or the workshop that it speaks of, has changed since you looked. "
            "Please read it once more."
        )
    before, count = (found.partition("-")[0] for found in (seen, now))
    people = "1 person" if count == "1" else f"{count} people"
    than = f", not {before}" if before != count else ", not all of them the same"
    return f"Somebody has answered, joined or left since you looked: it now goes to {people}{than}."


@transaction.atomic
def confirm(draft: Announcement, *, seen: str, by: User, at: datetime) -> int | None:
    """Has it sent to its audience of this moment; to how many. None if it was confirmed already: nobody gets it twice.

    Raises ChangedSinceShown if that is not what the page with this fingerprint showed.
    """
    held = Announcement.objects.select_for_update().get(pk=draft.pk)
    if not held.is_draft:
        return None
    reach = reach_of(held, at)
    if seen != (now := fingerprint(held, reach)) or not reach.count:
        raise ChangedSinceShown(what_changed(seen, now))
    held.confirm([member.pk for member in reach.people], by=by, at=at)
    insert(ANNOUNCEMENT, at)
    return reach.count


# What they get --------------------------------------------------------------------------------------------------------


def workshop_of(announcement: Announcement, moment: datetime) -> Workshop | None:
    """The one that it is about; for everybody, the one that comes next, were it sent then. One query at most."""
    return announcement.workshop or next_workshop(announcement.cohort, moment)


def next_workshop(cohort: Cohort, moment: datetime) -> Workshop | None:
    found: Workshop | None = cohort.workshops.to_come(moment).first()
    return found


def fields_about(workshop: Workshop | None) -> tuple[NamedField, ...]:
    """Those that may stand in braces."""
    return WORKSHOP_FIELDS if workshop else COHORT_FIELDS


def values_for(announcement: Announcement, person: User, moment: datetime) -> Mapping[str, str]:
    if workshop := workshop_of(announcement, moment):
        workshop.cohort = announcement.cohort
        return values_about(workshop, person)
    return {**NOTHING_TO_COME, **cohort_values(announcement.cohort, person)}


def compose(message: Message) -> Letter:
    """As things stand when it is written; the workshop that came next as it was confirmed stays what it speaks of."""
    announcement = Announcement.objects.select_related("cohort__programme", "workshop").get(
        pk=message.subject_id
    )
    return letter(
        announcement, addressee(message), message, announcement.confirmed_at or message.due_at
    )


def addressee(message: Message) -> Membership:
    membership: Membership = Membership.objects.select_related("user").addressed_by(message)
    return membership


def letter(
    announcement: Announcement, member: Membership, message: Message, moment: datetime
) -> Letter:
    values = values_for(announcement, member.user, moment)
    subject = fill_subject(announcement.subject, values)
    reply_to = announcement.cohort.reply_addresses()
    context: dict[str, Any] = {
        "announcement": announcement,
        "has_facilitators": bool(reply_to),
        "cohort_name": announcement.cohort.name,
        "heading": subject,
        "body": fill_body(announcement.body, values),
        "zone": announcement.cohort.time_zone,
    }
    if announcement.workshop:
        is_silent = announcement.audience == Announcement.Audience.SILENT
        context["button_label"] = (
            "Say if you’re coming" if is_silent else "Can’t come after all? Say so"
        )
        context["button_url"] = PRIVATE_LINK
    return write_letter(
        message,
        "announcement",
        subject=subject,
        context=context,
        reply_to=reply_to,
    )


def preview(draft: Announcement, member: Membership, moment: datetime) -> Letter:
    """Word for word what the person would get, were it sent at that moment; its private links lead nowhere."""
    message = Message(kind=KIND, subject_id=draft.pk, recipient=member.user)
    return read_safely(letter(draft, member, message, moment))


def link(message: Message) -> str:
    """Where its person says whether they come; of one for everybody there is none."""
    announcement = Announcement.objects.select_related("workshop").get(pk=message.subject_id)
    if announcement.workshop is None:
        return ""
    return answer_url(announcement.workshop, addressee(message))


ANNOUNCEMENT = Rule(
    kind=KIND,
    text=RuleText(
        title="Message from the facilitators",
        for_recipient="What your facilitators write to you themselves, because it is meant for you now.",
        why="One of you wrote it, and chose whom it goes to.",
    ),
    schedule=Schedule(
        rows=rows,
        window=WINDOW,
    ),
    compose=compose,
    link=link,
)


def written(announcement: Announcement) -> MessageQuerySet:
    """The messages that it made, by name."""
    made = Message.objects.in_group(announcement.cohort_id).filter(
        kind=KIND, subject_id=announcement.pk
    )
    return made.select_related("recipient").order_by("recipient__name", "pk")
