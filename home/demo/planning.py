"""Actions on the demo's cohorts, most of them a facilitator's, for `home.demo.building`.

Examples are opening an availability poll, moving a workshop and sending an announcement.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from outbox import overrides
from outbox.bounces.suppression import record_bounce
from outbox.models import Message, SuppressedAddress
from outbox.overrides import Occasion, note_version
from programmes.feedback import ready_questions
from programmes.questions import MOST_OWN_QUESTIONS, MOST_QUESTIONS, Question, QuestionKind, new_id
from surveys.editor.questionnaire import Questionnaire, add, find
from workshops.availability import polls
from workshops.changes import change_log, rescheduling
from workshops.materials import actions as materials
from workshops.materials.upload_validation import ValidatedFile
from workshops.messages import announcements
from workshops.messages.announcement_audience import audience_of
from workshops.messages.reminders import DAY_BEFORE, WEEK_BEFORE
from workshops.models import Announcement, AvailabilityPoll, Workshop
from workshops.register import walk_ins
from workshops.times import Arrangement, HalfDay, Slot

TUESDAY, WEDNESDAY, THURSDAY = 1, 2, 3
MIDWEEK = (TUESDAY, WEDNESDAY, THURSDAY)
WEEKS_ASKED = 16
FLOODED = "The hall had a burst pipe, and is dry again a week later."
# The participant who has no e-mail address.
WALK_IN = "Jo Fenwick"
READING = "https://www.example.org/who-was-missing"
PAGE = (
    b"Whose work makes yours easier?\n\n"
    b"Whose work do you make harder?\n\n"
    b"Whom would you ask first?\n"
)


def open_poll(cohort: Cohort, first: date, *, by: User, at: datetime) -> None:
    """Open an availability poll about Tuesday, Wednesday and Thursday mornings.

    The poll asks about the week of the first workshop and the WEEKS_ASKED weeks after it. It closes
    after nine days.
    """
    polls.open_poll(
        cohort=cohort,
        first=first - timedelta(days=first.weekday()),
        last=first + timedelta(weeks=WEEKS_ASKED),
        weekdays=MIDWEEK,
        halves=[HalfDay.MORNING],
        closes_at=at + timedelta(days=9),
        by=by,
        at=at,
    )


def add_walk_in(workshop: Workshop, *, by: User, at: datetime) -> None:
    """Add somebody to the register who has come in without giving an e-mail address."""
    walk_ins.add(
        workshop=workshop,
        email="",
        name=WALK_IN,
        organisation=Organisation.objects.named("Northfold Foodbank"),
        by=by,
        at=at,
    )


def answer_poll(member: Membership, chance: random.Random, at: datetime) -> None:
    """Save the member's answer to the poll: up to six random mornings that they can't make."""
    poll = AvailabilityPoll.objects.get(cohort=member.cohort)
    cannot = chance.sample(poll.half_days(), chance.randint(0, 6))
    polls.save_answer(poll=poll, membership=member, unavailable=cannot, at=at)


def record_bounce_of(member: Membership, *, at: datetime) -> None:
    """Record that the latest message to the member bounced, as if their address were misspelt."""
    message = Message.objects.filter(recipient=member.user).latest("sent_at")
    said = f"550 5.1.1 <{message.address}>: Recipient address rejected: User unknown"
    record_bounce(
        message, said=said, refuses_address=True, source=SuppressedAddress.Source.REPORT, at=at
    )


def add_note(workshop: Workshop, words: str, *, by: User, at: datetime) -> None:
    """Add a note to the reminder that is sent the day before the workshop."""
    reminder = Occasion(workshop.cohort_id, DAY_BEFORE.kind, workshop.pk)
    overrides.write_note(reminder, words.strip(), version=note_version(None), by=by, at=at)


# The position of the running cohort's workshop whose survey is still open, and how many days its
# survey is open. The workshop took place between 11 and 18 days ago.
OPEN, DAYS_TO_ANSWER = 3, 20


def keep_latest_survey_open(cohort: Cohort) -> None:
    """Give people long enough to answer that the running cohort's latest survey is still open.

    Must be called before its workshops have dates.
    """
    cohort.survey_days = DAYS_TO_ANSWER
    cohort.save(update_fields=["survey_days"])


def add_questions(cohort: Cohort, facts: dict[str, Any]) -> None:
    """Add a count about trust to the cohort's surveys, and a question of its own to one of them."""
    trust = find(ready_questions(), "disagree_openly")
    if trust:
        Questionnaire("cohorts", cohort).save(lambda now: add(now, trust, most=MOST_QUESTIONS))
    workshop = cohort.workshops.get(position=facts["workshop"])
    own = Question(new_id(), QuestionKind.CHOICE, facts["text"], options=tuple(facts["options"]))
    Questionnaire("workshops", workshop).save(lambda now: add(now, own, most=MOST_OWN_QUESTIONS))


def skip_first_reminder(workshop: Workshop, *, by: User, at: datetime) -> None:
    """Skip the reminder that is sent a week before the workshop."""
    reminder = Occasion(workshop.cohort_id, WEEK_BEFORE.kind, workshop.pk)
    overrides.skip(reminder, by=by, at=at)


def move_by_a_week(workshop: Workshop, *, by: User, at: datetime) -> None:
    """Move the workshop to the same local time a week later. Does nothing if it has no date."""
    workshop.refresh_from_db()
    if workshop.slot is None:
        return
    times = (workshop.slot.starts_at, workshop.slot.ends_at)
    moved = Slot(
        *(moment.astimezone(workshop.cohort.zone) + timedelta(weeks=1) for moment in times)
    )
    rescheduling.move(
        workshop=workshop,
        arrangement=Arrangement(moved, workshop.venue, workshop.joining_link),
        seen=change_log.sequence_token([workshop]),
        by=by,
        at=at,
        reason=FLOODED,
    )


def add_materials(workshop: Workshop, *, by: User, at: datetime) -> None:
    """Add a link and a file to the workshop's materials."""
    materials.add(
        workshop=workshop, title="Who was missing? A short read", link=READING, by=by, at=at
    )
    page = ValidatedFile("three-questions.txt", "text/plain; charset=utf-8", PAGE)
    materials.add(workshop=workshop, title="Three questions to fill in", file=page, by=by, at=at)


def send_announcement(cohort: Cohort, words: dict[str, str], *, by: User, at: datetime) -> None:
    """Send an announcement to the cohort."""
    draft = Announcement(cohort=cohort, subject=words["subject"], body=words["body"].strip())
    announcements.save_draft(draft, by=by, at=at)
    seen = announcements.send_version(draft, audience_of(draft, at))
    announcements.confirm(draft, seen=seen, by=by, at=at)
