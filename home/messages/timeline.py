"""A cohort's messages, past and coming, on one time line, told in its own words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.urls import reverse

from cohorts.deliverability import Undelivered
from cohorts.models import Cohort, Membership
from outbox.batches import Batch, written
from outbox.forecast import Unwritten, unwritten
from outbox.models import Message, MessageOverride
from outbox.rules import Visibility, all_rules, visibility_of, visible
from surveys.invitations import NUDGE as SURVEY_NUDGE
from surveys.invitations import SURVEY
from ui import dates
from workshops.calendar.invites import CALENDAR, CALENDAR_CANCELLED
from workshops.messages.announcements import ANNOUNCEMENT
from workshops.messages.reminders import DAY_BEFORE, WEEK_BEFORE
from workshops.models import Announcement, Workshop

# Their number is a workshop's; the others' are about a cohort, a poll, a message of the facilitators' own.
ABOUT_A_WORKSHOP = {
    rule.kind
    for rule in (CALENDAR, CALENDAR_CANCELLED, WEEK_BEFORE, DAY_BEFORE, SURVEY, SURVEY_NUDGE)
}
STATES = {
    "sent": "sent",
    "failed": "failed",
    "came_back": "came back",
    "missed": "missed",
    "skipped": "skipped",
    "dropped": "no longer true",
    "waiting": "waiting",
    "unreached": "not reached",
    "to come": "to come",
}
TONES = {"Sent": "good", "Going out": "sun", "Waiting": "sun"}
# Of what is not written, beside what was sent before its time.
AHEAD = ("coming", "unreached")
TROUBLES = ("failed", "came_back", "missed", "unreached")
# So many days of the past stand open before today; what was before is folded.
DAYS_BEFORE = 2
MOST_UNDELIVERED = 20

Occasions = dict[tuple[str, int], MessageOverride]


@dataclass(frozen=True)
class Line:
    """One line of a cohort's messages: a batch, what it speaks of, and what facilitators have decided about it."""

    batch: Batch
    cohort: Cohort
    workshop: Workshop | None
    why: str
    moment: datetime
    adjustment: MessageOverride | None = None
    announcement: Announcement | None = None

    @property
    def title(self) -> str:
        """What it is called; a message of the facilitators' own has its subject."""
        return self.announcement.subject if self.announcement else self.batch.title

    @property
    def says_how_many(self) -> bool:
        """Not of a confidential kind: a number that moves with one person's mark would say whether they answered."""
        return visibility_of(self.batch.kind).shows_recipients

    @property
    def is_secret(self) -> bool:
        """Even that somebody got it says too much: whoever alone was there has not answered, then."""
        return visibility_of(self.batch.kind) < Visibility.OUTCOME

    @property
    def is_to_come(self) -> bool:
        return self.batch.at > self.moment and not self.batch.has_begun

    @property
    def waits(self) -> bool:
        """Some could not go yet, and are tried again."""
        is_told = not self.is_secret and (self.says_how_many or not self.batch.counts.get("sent"))
        return bool(self.batch.held_up) and is_told and not self.is_to_come

    @property
    def going(self) -> str:
        """The words for what has not gone yet."""
        return "To come" if self.is_to_come else "Waiting" if self.waits else "Going out"

    @property
    def people(self) -> int:
        """To whom it goes or went; who is skipped is none of them, nor whom e-mail does not reach."""
        counts = self.batch.counts
        return self.batch.people - counts.get("skipped", 0) - counts.get("unreached", 0)

    @property
    def is_skipped(self) -> bool:
        return bool(
            self.adjustment and self.adjustment.is_skipped and not self.batch.counts.get("sent")
        )

    @property
    def state(self) -> str:
        """The words of its tag."""
        counts = self.batch.counts
        if self.is_skipped and self.adjustment:
            by = self.adjustment.skipped_by
            return f"Skipped by {by.first_name}" if by else "Skipped"
        if self.is_secret and not self.is_to_come:
            return "Over"
        if not counts:
            return self.going
        if not self.says_how_many:
            return (
                "Sent"
                if counts.get("sent")
                else self.going
                if counts.get("waiting")
                else "Not sent"
            )
        said = [f"{number} {STATES[state]}" for state, number in counts.items() if number]
        for whole, word in (("sent", "Sent"), ("missed", "Missed"), ("waiting", self.going)):
            if counts.get(whole) == self.batch.people:
                return word
        return ", ".join(said)

    @property
    def tone(self) -> str:
        """The tag's class."""
        counts = self.batch.counts
        if self.says_how_many and any(counts.get(state) for state in TROUBLES):
            return "" if self.is_skipped else "warn"
        return TONES.get(self.state, "")

    @property
    def has_note(self) -> bool:
        return bool(self.adjustment and self.adjustment.note)

    @property
    def url(self) -> str:
        if self.announcement:
            return self.announcement.get_absolute_url()
        return reverse(
            "home:message_line",
            args=[self.cohort.public_id, self.batch.kind, self.batch.subject_id],
        )


@dataclass(frozen=True)
class Day:
    """The lines of one day by the cohort's clock."""

    moment: datetime
    lines: list[Line]


@dataclass(frozen=True)
class Timeline:
    """All lines of a cohort, those before now the latest last, those after it the next first."""

    before: list[Line]
    after: list[Line]

    @property
    def earlier_days(self) -> list[Day]:
        """Folded away."""
        return days_of(self.before)[:-DAYS_BEFORE]

    @property
    def last_days(self) -> list[Day]:
        return days_of(self.before)[-DAYS_BEFORE:]

    @property
    def next_days(self) -> list[Day]:
        return days_of(self.after)

    @property
    def waiting(self) -> list[Line]:
        """Those of which some could not go yet, wherever they stand."""
        return [line for line in (*self.before, *self.after) if line.waits]

    @property
    def earlier_count(self) -> int:
        return sum(len(day.lines) for day in self.earlier_days)

    def of(self, kind: str, subject_id: int) -> list[Line]:
        return [
            line
            for line in (*self.before, *self.after)
            if (line.batch.kind, line.batch.subject_id) == (kind, subject_id)
        ]


def days_of(lines: Sequence[Line]) -> list[Day]:
    def day(line: Line) -> date:
        return dates.day_of(line.batch.at, line.cohort.zone)

    grouped = ((list(group)) for _, group in groupby(lines, key=day))
    return [Day(group[0].batch.at, group) for group in grouped]


def timeline(
    cohort: Cohort,
    workshops: Iterable[Workshop],
    moment: datetime,
    kinds: Sequence[str] = (),
    *,
    says_why: bool = True,
) -> Timeline:
    """All that was sent, waits, was missed, and will be, as things stand.

    Three queries; one more to say why, and one where facilitators have written themselves.
    """
    sent = [batch for batch in written(cohort.pk) if not kinds or batch.kind in kinds]
    adjustments = list(
        MessageOverride.objects.filter(group_id=cohort.pk).select_related("skipped_by", "noted_by")
    )
    batches = with_unwritten(sent, unwritten(cohort.pk, moment, kinds), adjustments, moment)
    for_all: Occasions = {
        (one.kind, one.subject_id): one for one in adjustments if one.recipient_id is None
    }
    whys = why_of(cohort) if says_why else {}
    by_number = {workshop.pk: workshop for workshop in workshops}
    announced = announcements_among(batches, cohort)
    lines = [
        Line(
            batch,
            cohort,
            by_number.get(batch.subject_id) if batch.kind in ABOUT_A_WORKSHOP else None,
            whys.get(batch.kind, ""),
            moment,
            for_all.get((batch.kind, batch.subject_id)),
            announced.get(batch.subject_id) if batch.kind == ANNOUNCEMENT.kind else None,
        )
        for batch in sorted(batches, key=lambda one: (one.at, one.kind, one.subject_id))
    ]
    return Timeline(
        [line for line in lines if line.batch.at <= moment],
        [line for line in lines if line.batch.at > moment],
    )


def announcements_among(batches: Iterable[Batch], cohort: Cohort) -> dict[int, Announcement]:
    """By their number. One query, if there is any."""
    numbers = [batch.subject_id for batch in batches if batch.kind == ANNOUNCEMENT.kind]
    return {one.pk: one for one in cohort.announcements.filter(pk__in=numbers)} if numbers else {}


def why_of(cohort: Cohort) -> dict[str, str]:
    """In a sentence a kind, with its time as this cohort has it. One query."""
    own = {wording.kind: wording for wording in cohort.message_templates.all()}
    return {
        kind: rule.text.why.format(
            when=rule.schedule.timing.said(own.get(kind)) if rule.schedule.timing else ""
        )
        for kind, rule in all_rules().items()
    }


def with_unwritten(
    sent: Sequence[Batch],
    owed: Iterable[Unwritten],
    adjustments: Iterable[MessageOverride],
    moment: datetime,
) -> list[Batch]:
    """The batches of what is written, and of what is not: to come, going out just now, skipped, missed or in vain.

    Of a confidential kind there is one line about each thing, the first, and none beside one that is written: somebody
    marked late is asked, and nudged, at a time of their own, and a line of their own would say that they have not
    answered, its absence that they have.
    """
    skipped = {
        (one.kind, one.subject_id, one.recipient_id) for one in adjustments if one.is_skipped
    }
    tallies: defaultdict[tuple[datetime, str, int], Counter[str]] = defaultdict(Counter)
    for one in owed:
        phase = one.phase(moment)
        if (one.kind, one.subject_id, one.recipient) in skipped:
            phase = "skipped"
        elif phase != "missed" and one.is_unreached and visibility_of(one.kind).shows_recipients:
            phase = "unreached"
        tallies[one.due_at, one.kind, one.subject_id][phase] += 1
    known = {
        (batch.due_at, batch.kind, batch.subject_id): batch for batch in first_of_confidential(sent)
    }
    told = {(kind, subject_id) for _, kind, subject_id in known}
    found = list[Batch]()
    for (due_at, kind, subject_id), phases in sorted(tallies.items()):
        if not visibility_of(kind).shows_recipients and (
            (kind, subject_id) in told or not may_be_told(phases, kind, subject_id, skipped)
        ):
            continue
        told.add((kind, subject_id))
        if batch := known.get((due_at, kind, subject_id)):
            apart = Counter({name: phases[name] for name in AHEAD}) if batch.is_early else Counter()
            known[due_at, kind, subject_id] = joined(batch, phases - apart)
            phases = apart
        if phases.total():
            found.append(Batch(kind, subject_id, due_at, phases.total(), counts_of(phases)))
    return [*known.values(), *found]


def first_of_confidential(batches: Iterable[Batch]) -> list[Batch]:
    """All, but of a confidential kind the first alone about each thing."""
    told, found = set[tuple[str, int]](), list[Batch]()
    for batch in batches:
        if visibility_of(batch.kind).shows_recipients or (batch.kind, batch.subject_id) not in told:
            found.append(batch)
        told.add((batch.kind, batch.subject_id))
    return found


def may_be_told(
    phases: Counter[str],
    kind: str,
    subject_id: int,
    skipped: Container[tuple[str, int, int | None]],
) -> bool:
    """Of a confidential kind nobody is told that it was missed, as that it was owed says too much."""
    has_come = bool(phases["coming"] or phases["due"]) or visibility_of(kind) is Visibility.SCHEDULE
    return has_come or (kind, subject_id, None) in skipped


def counts_of(phases: Counter[str]) -> dict[str, int]:
    """Empty of what is all to come."""
    counts = {
        "to come": phases["coming"],
        "missed": phases["missed"],
        "skipped": phases["skipped"],
        "waiting": phases["due"],
        "unreached": phases["unreached"],
    }
    return {} if phases["coming"] == phases.total() else counts


def joined(batch: Batch, phases: Counter[str]) -> Batch:
    """With what is owed beside what is written: to somebody who came to be owed it late, or with what was put off."""
    beside = {
        "waiting": phases["due"],
        "to come": phases["coming"],
        "unreached": phases["unreached"],
    }
    counts = {
        state: batch.counts.get(state, 0) + beside.get(state, 0)
        for state in {**batch.counts, **beside}
    }
    return replace(batch, people=batch.people + sum(beside.values()), counts=counts)


# What did not arrive --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NotArrived:
    """A message that has not reached somebody, and where that is put right, if they are still in the cohort."""

    failed: Undelivered
    member: Membership | None


def undelivered(
    cohort: Cohort, members: Iterable[Membership], moment: datetime
) -> list[NotArrived]:
    """What has reached nobody, and nothing that was sent since it failed or came back; the latest first. One query.

    Not of confidential kinds: that somebody was nudged says that they had not answered.
    """
    later = Message.objects.filter(
        recipient=OuterRef("recipient"), sent_at__gt=OuterRef("told_at"), bounced_at=None
    )
    found = (
        Message.objects.in_group(cohort.pk)
        .undelivered()
        .annotate(told_at=Coalesce("bounced_at", "failed_at"))
        .filter(visible(Visibility.RECIPIENTS), ~Exists(later))
        .select_related("recipient")
        .defer("text", "html", "calendar")
        .order_by("-due_at", "-pk")
    )
    by_person = {member.user_id: member for member in members}
    return [
        NotArrived(failed, by_person.get(message.recipient_id or 0))
        for message in found[:MOST_UNDELIVERED]
        if (failed := Undelivered.of(message, moment))
    ]
