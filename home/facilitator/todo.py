"""What asks for a facilitator's hand, the most urgent first: one line, one link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from cohorts import deliverability
from cohorts.models import Cohort
from home.facilitator.workload import Running
from outbox.models import Message
from outbox.rules import visibility_of
from reflections.models import Reflection, Reply
from surveys.disclosure import Detail, detail_of
from surveys.models import Survey
from ui import dates
from workshops.models import Attendance, Workshop
from workshops.register import marking

SOON = timedelta(days=14)
LATELY = timedelta(days=7)
REGISTERS_OF = timedelta(days=30)
FAILURES_OF = timedelta(days=14)
REFLECTIONS_OF = timedelta(days=60)


@dataclass(frozen=True)
class Need:
    """One line: what it is, of which cohort, and where it is put right. A word is somebody's own."""

    words: str
    cohort: Cohort
    url: str
    act: str
    word: str = ""


def needs(running: Running) -> list[Need]:
    """In the order of their urgency. Four queries."""
    return [
        *registers_with_gaps(running),
        *nowhere_to_go(running),
        *at_once(running),
        *unreached_people(running),
        *without_dates(running),
        *apologies(running),
        *empty_cohorts(running),
        *unanswered_reflections(running),
        *results_shown(running),
    ]


def registers_with_gaps(running: Running) -> Iterator[Need]:
    for workshop in running.on:
        starts_at = workshop.starts_at or running.moment
        if marking.is_open(workshop, running.moment) and starts_at > running.moment - REGISTERS_OF:
            gaps = sum(
                not running.attendance(workshop, one).mark for one in running.expected(workshop)
            )
            if gaps:
                words = (
                    f"{counted(gaps, 'person is', 'people are')} not marked at “{workshop.title}”"
                )
                url = reverse("workshops:register", args=[workshop.public_id])
                yield Need(words, workshop.cohort, url, "Take the register")


def nowhere_to_go(running: Running) -> Iterator[Need]:
    for workshop in running.to_begin_within(SOON):
        if not workshop.venue and not workshop.joining_link:
            yield Need(
                f"“{workshop.title}” is {in_days(workshop, running.moment)} and has neither venue nor link",
                workshop.cohort,
                reverse("workshops:workshop_move", args=[workshop.public_id]),
                "Say where",
            )


def at_once(running: Running) -> Iterator[Need]:
    """Two of one's own workshops, in any cohorts, that overlap and that nobody kept with a reason."""
    to_come = [one for one in running.on if one.ends_at and one.ends_at > running.moment]
    for place, workshop in enumerate(to_come):
        for other in to_come[place + 1 :]:
            if other.starts_at and workshop.ends_at and other.starts_at >= workshop.ends_at:
                break
            if not workshop.kept_because and not other.kept_because:
                yield Need(
                    f"“{other.title}” overlaps “{workshop.title}” of {workshop.cohort}",
                    other.cohort,
                    reverse("workshops:workshop_move", args=[other.public_id]),
                    "Move it",
                )


def unreached_people(running: Running) -> Iterator[Need]:
    """Whom e-mail does not reach, and then the latest that did not arrive, of each other person.

    Nothing of a kind whose recipients are nobody's business.
    """
    by_number, lately = (
        {cohort.pk: cohort for cohort in running.cohorts},
        running.moment - FAILURES_OF,
    )
    told = set[tuple[int, int | None]]()
    for one in deliverability.unreached(
        member for member in running.participants if member.is_active
    ):
        told.add((one.member.cohort_id, one.member.user_id))
        yield Need(
            f"E-mail to {one.member.user} comes back. {one.bounced.plainly}",
            by_number[one.member.cohort_id],
            reverse("cohorts:member_address", args=[one.member.public_id]),
            "Put it right",
        )
    failed = (
        Message.objects.undelivered()
        .filter(Q(failed_at__gt=lately) | Q(bounced_at__gt=lately), group_id__in=by_number)
        .exclude(recipient=None)
        .select_related("recipient")
        .defer("text", "html", "calendar")
        .order_by("-due_at", "-pk")
    )
    for message in failed:
        if (
            not visibility_of(message.kind).shows_recipients
            or (message.group_id, message.recipient_id) in told
        ):
            continue
        told.add((message.group_id, message.recipient_id))
        words = (
            f"An e-mail to {message.recipient} {'came back' if message.bounced_at else 'failed'}"
        )
        url = reverse("home:message_detail", args=[message.public_id])
        yield Need(words, by_number[message.group_id], url, "See why")


def without_dates(running: Running) -> Iterator[Need]:
    for cohort in running.cohorts:
        mine = [one for one in running.of(cohort) if not one.is_cancelled]
        undated = [one for one in mine if not one.is_planned]
        if undated and len(undated) < len(mine):
            words = (
                f"“{undated[0].title}” has no date"
                if len(undated) == 1
                else f"{len(undated)} workshops have no date"
            )
            yield Need(
                words, cohort, reverse("workshops:series_plan", args=[cohort.public_id]), "Plan"
            )


def apologies(running: Running) -> Iterator[Need]:
    """Of the last days, the latest first, with the word that came along."""
    people = {one.pk: one for one in running.participants}
    workshops = {one.pk: one for one in running.on}
    lately = [
        one
        for one in running.attendances
        if one.answer == Attendance.Answer.APOLOGIES
        and one.answered_at
        and one.answered_at > running.moment - LATELY
        and one.membership_id in people
        and one.workshop_id in workshops
    ]
    for one in sorted(lately, key=lambda one: one.answered_at or running.moment, reverse=True):
        workshop = workshops[one.workshop_id]
        words = f"{people[one.membership_id].user} can’t come to “{workshop.title}”"
        yield Need(words, workshop.cohort, workshop.get_absolute_url(), "Who is coming", one.word)


def empty_cohorts(running: Running) -> Iterator[Need]:
    for cohort in running.cohorts:
        mine = [one for one in running.of(cohort) if not one.is_cancelled]
        if not running.active(cohort) and not all(one.is_held(running.moment) for one in mine):
            url = reverse("cohorts:member_list", args=[cohort.public_id])
            yield Need("Nobody takes part yet", cohort, url, "Bring people in")
        if mine and not any(one.is_planned for one in mine):
            url = reverse("workshops:series_plan", args=[cohort.public_id])
            yield Need("It has no dates yet", cohort, url, "Plan the dates")


def unanswered_reflections(running: Running) -> Iterator[Need]:
    """Shared with this person for a week, and nobody but the author has said a word. The text itself is not read."""
    others = Reply.objects.filter(reflection=OuterRef("pk")).exclude(author=OuterRef("author"))
    waiting = (
        Reflection.objects.readable_by(running.user)
        .shared()
        .filter(
            ~Exists(others),
            cohort__in=running.cohorts,
            shared_at__lte=running.moment - LATELY,
            shared_at__gt=running.moment - REFLECTIONS_OF,
        )
        .exclude(author=running.user)
        .select_related("author")
        .defer("body")
        .order_by("shared_at")
    )
    by_number = {cohort.pk: cohort for cohort in running.cohorts}
    for entry in waiting:
        words = f"What {entry.author} shared has no answer yet"
        yield Need(words, by_number[entry.cohort_id], entry.get_absolute_url(), "Read it")


def results_shown(running: Running) -> Iterator[Need]:
    """What surveys that closed in the last days came to, where it may be shown."""
    held = {one.pk: one for one in running.on if one.is_held(running.moment)}
    for survey in Survey.objects.filter(workshop__in=held).annotate(received=Count("responses")):
        workshop = survey.workshop = held[survey.workshop_id]
        closes_at = survey.closes_at
        if closes_at and running.moment - LATELY < closes_at <= running.moment:
            received = getattr(survey, "received", 0)
            if detail_of(received, is_closed=survey.is_closed(running.moment)) >= Detail.FIGURES:
                words = f"The feedback on “{workshop.title}” is there"
                url = reverse("surveys:survey_results", args=[workshop.public_id])
                yield Need(words, workshop.cohort, url, "Read it")


def in_days(workshop: Workshop, moment: datetime) -> str:
    zone = workshop.cohort.zone
    return dates.in_days(
        dates.day_of(workshop.starts_at or moment, zone), dates.day_of(moment, zone)
    )


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
