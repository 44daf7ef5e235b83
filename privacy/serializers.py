"""One thing that is held, as its person reads it: what it is called, and what stands there."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import SignInLink, User
from outbox.content.email import without_links
from outbox.models import Message, MessageOverride, OptOut, SuppressedAddress
from outbox.rules import all_rules
from privacy.activity_inventory import Doing
from privacy.models import Erasure
from reflections.models import Audience, Draft, Experiment, Quote, Reflection, Reply, Tombstone
from surveys.models import Receipt
from workshops.models import Announcement, Attendance, AvailabilityAnswer, CalendarFeed, Workshop

Facts = dict[str, Any]
LOST = "(Its key is lost: nobody can read it any more.)"


def said(choice: Any) -> Any:
    return str(choice) if choice else ""


def title_of(workshop: Workshop | None) -> str:
    return f"{workshop.position}. {workshop.title}" if workshop else ""


def words_of(one: Any, field: str) -> str:
    """What they wrote, or that nobody can read it."""
    return LOST if one.is_unreadable else str(getattr(one, field))


def audience_of(one: Reflection | Experiment) -> str:
    return str(Audience(one.audience).label)


def account(user: User) -> Facts:
    return {
        "Name": user.name,
        "E-mail": user.email,
        "Added": user.added_at,
        "Last signed in": user.last_login,
        "Administrator": user.is_administrator,
        "E-mails as plain text": user.text_only,
    }


def membership(one: Any) -> Facts:
    return {
        "Cohort": one.cohort.name,
        "Place": one.cohort.place,
        "As": one.get_role_display(),
        "Organisation": said(one.organisation),
        "Sector": one.organisation.get_sector_display() if one.organisation else "",
        "Job title": one.job_title,
        "Joined": one.joined_at,
        "Left": one.left_at,
        "Access or dietary needs": one.needs,
        "Needs told by yourself": one.needs_said_at,
        "Agreed that the venue reads your name beside them": one.needs_named,
    }


def attendance(one: Attendance) -> Facts:
    return {
        "Cohort": one.workshop.cohort.name,
        "Workshop": title_of(one.workshop),
        "When": one.workshop.starts_at,
        "You said": one.get_answer_display(),
        "Said": one.answered_at,
        "Your word with apologies": one.word,
        "Marked": one.get_mark_display(),
        "Minutes there": one.minutes,
        "Came": one.came_at,
        "Went": one.went_at,
    }


def availability(one: AvailabilityAnswer) -> Facts:
    cannot = [f"{half_day.day.isoformat()}, {half_day.half}" for half_day in one.unavailable.all()]
    return {
        "Cohort": one.poll.cohort.name,
        "Answered": one.answered_at,
        "Half days you can’t make": cannot,
    }


def receipt(one: Receipt) -> Facts:
    workshop = one.survey.workshop
    return {
        "Cohort": workshop.cohort.name,
        "Workshop": title_of(workshop),
        "You answered its survey": True,
    }


def message(one: Message) -> Facts:
    rule = all_rules().get(one.kind)
    return {
        "Kind": rule.text.title if rule else one.kind,
        "Due": one.due_at,
        "What became of it": one.status,
        "Sent": one.sent_at,
        "To": one.address,
        "Subject": one.subject,
        "What it said": without_links(one.text),
        "Why it was not sent, or came back": one.reason,
    }


def note(one: MessageOverride) -> Facts:
    return {
        "In an e-mail to you alone": one.note,
        "Written": one.noted_at,
        "Not sent to you": one.skipped_at,
    }


def announcement(one: Announcement) -> Facts:
    return {
        "Cohort": one.cohort.name,
        "To": one.get_audience_display(),
        "Subject": one.subject,
        "What it said": one.body,
        "Written": one.written_at,
        "Sent": one.confirmed_at,
    }


def doing(one: Doing) -> Facts:
    return {"What you did": one.words, "How often": one.count, "First": one.first, "Last": one.last}


def erasure(one: Erasure) -> Facts:
    return {"What was deleted": one.get_kind_display(), "When": one.at, "How much": one.counts}


def address(one: EmailAddress) -> Facts:
    return {
        "E-mail": one.email,
        "You showed that it is yours": one.verified,
        "The one you sign in by": one.primary,
    }


def sign_in_link(one: SignInLink) -> Facts:
    return {"Sent to you, to sign in once": one.made_at, "Used": one.used_at}


def refusal(one: OptOut) -> Facts:
    rule = all_rules().get(one.kind)
    return {"You don’t want": rule.text.title if rule else one.kind, "Said": one.at}


def bounce(one: SuppressedAddress) -> Facts:
    return {
        "E-mail": one.address,
        "Found": one.bounced_at,
        "Why": one.plainly,
        "As it was said": one.said,
    }


def feed(one: CalendarFeed) -> Facts:
    return {
        "Calendar address for": one.get_kind_display(),
        "Made": one.made_at,
        "Stopped": one.revoked_at,
    }


def reflection(one: Reflection) -> Facts:
    return {
        "Cohort": one.cohort.name,
        "Workshop": title_of(one.workshop),
        "Question": one.prompt,
        "Words": words_of(one, "body"),
        "Who can read it": audience_of(one),
        "Written": one.written_at,
        "Changed": one.changed_at,
        "Shared": one.shared_at,
        "Who could read it when": [
            {
                "Who": sharing.get_audience_display(),
                "From": sharing.began_at,
                "Until": sharing.ended_at,
            }
            for sharing in one.audience_periods.all()
        ],
    }


def reply(one: Reply) -> Facts:
    return {
        "Cohort": one.reflection.cohort.name,
        "To": str(one.reflection.author),
        "By": str(one.author or "Somebody who took it back"),
        "Words": words_of(one, "body"),
        "Written": one.written_at,
    }


def draft(one: Draft) -> Facts:
    return {
        "Cohort": one.cohort.name,
        "Workshop": title_of(one.workshop),
        "Question": one.prompt,
        "Words": words_of(one, "body"),
        "Last typed": one.typed_at,
        "What you try, as far as it is typed": str(one.experiment),
    }


def experiment(one: Experiment) -> Facts:
    return {
        "Cohort": one.cohort.name,
        "Workshop": title_of(one.workshop),
        "What you try": words_of(one, "words"),
        "Begun": one.started_at,
        "Who can read it": audience_of(one),
        "Look back before": title_of(one.look_back_workshop),
        "Look back on": one.look_back_on,
        "How it went": one.get_outcome_display(),
        "What happened": words_of(one, "happened"),
        "What you learned": words_of(one, "learned"),
        "Said": one.answered_at,
    }


def extract(one: Quote) -> Facts:
    return {
        "Cohort": one.cohort.name,
        "Words": words_of(one, "words"),
        "Offered": one.offered_at,
        "Taken back": one.withdrawn_at,
        "Chosen for the report": one.chosen_at,
        "Printed in the report": one.printed_at,
    }


def remains(one: Tombstone) -> Facts:
    return {
        "Cohort": one.cohort.name,
        "Workshop": title_of(one.workshop),
        "That there was": one.get_kind_display(),
    }
