"""A cohort's messages on one timeline: what was sent, waits, was missed or will be sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from cohorts.models import Cohort
from outbox.forecast import Tally, tallies
from outbox.history import Batch, written
from outbox.models import MessageOverride, MessageTemplate
from outbox.rules import Rule, Visibility, all_rules, visibility_of
from surveys.invitations import NUDGE as SURVEY_NUDGE
from surveys.invitations import SURVEY
from ui import dates
from workshops.calendar.invites import CALENDAR, CALENDAR_CANCELLED
from workshops.messages.announcements import ANNOUNCEMENT
from workshops.messages.reminders import DAY_BEFORE, WEEK_BEFORE
from workshops.models import Announcement, Workshop

# The kinds whose subject is a workshop.
ABOUT_A_WORKSHOP = {
    rule.kind
    for rule in (CALENDAR, CALENDAR_CANCELLED, WEEK_BEFORE, DAY_BEFORE, SURVEY, SURVEY_NUDGE)
}
COUNTS = {
    "sent": ngettext_lazy("%(count)d sent", "%(count)d sent", "count"),
    "failed": ngettext_lazy("%(count)d failed", "%(count)d failed", "count"),
    "bounced": ngettext_lazy("%(count)d bounced", "%(count)d bounced", "count"),
    "missed": ngettext_lazy("%(count)d missed", "%(count)d missed", "count"),
    "skipped": ngettext_lazy("%(count)d skipped", "%(count)d skipped", "count"),
    "dropped": ngettext_lazy("%(count)d no longer needed", "%(count)d no longer needed", "count"),
    "waiting": ngettext_lazy("%(count)d waiting", "%(count)d waiting", "count"),
    "unreached": ngettext_lazy("%(count)d not reached", "%(count)d not reached", "count"),
    "coming": ngettext_lazy("%(count)d to come", "%(count)d to come", "count"),
}
COMING, WAITING, DUE, SENT = (
    gettext_lazy("To come"),
    gettext_lazy("Waiting"),
    gettext_lazy("Going out"),
    gettext_lazy("Sent"),
)
# Of the unwritten messages of a batch that was sent early, these stand in a line of their own.
AHEAD = ("coming", "unreached")
TROUBLES = ("failed", "bounced", "missed", "unreached")
# How many past days are open on the page. Earlier ones are folded.
DAYS_BEFORE = 2

Occasions = dict[tuple[str, int], MessageOverride]


@dataclass(frozen=True)
class Line:
    """A batch, the workshop or announcement that is its subject, and the override for everybody."""

    batch: Batch
    cohort: Cohort
    workshop: Workshop | None
    why: str
    moment: datetime
    override: MessageOverride | None = None
    announcement: Announcement | None = None

    @property
    def title(self) -> str:
        return self.announcement.subject if self.announcement else self.batch.title

    @property
    def visibility(self) -> Visibility:
        return visibility_of(self.batch.kind)

    @property
    def says_how_many(self) -> bool:
        """A number that moves when one person is marked would say whether they have answered."""
        return self.visibility.shows_recipients

    @property
    def is_secret(self) -> bool:
        """Whoever alone was there has not answered, if the page says that somebody got it."""
        return self.visibility < Visibility.OUTCOME

    @property
    def is_to_come(self) -> bool:
        return self.batch.at > self.moment and not self.batch.has_begun

    @property
    def is_going(self) -> bool:
        """True if the page says that it is being sent, or waits for another try."""
        return not self.is_to_come and self.state in (str(DUE), str(WAITING))

    @property
    def waits(self) -> bool:
        """True if the page may say that some were deferred."""
        is_shown = not self.is_secret and (self.says_how_many or not self.batch.counts.get("sent"))
        return bool(self.batch.deferred) and is_shown and not self.is_to_come

    @property
    def open_state(self) -> str:
        """Return the words for messages that are not sent yet."""
        return str(COMING if self.is_to_come else WAITING if self.waits else DUE)

    @property
    def people(self) -> int:
        """How many get it, without those who are skipped or have a suppressed address."""
        counts = self.batch.counts
        return self.batch.people - counts.get("skipped", 0) - counts.get("unreached", 0)

    @property
    def is_skipped(self) -> bool:
        return bool(
            self.override and self.override.is_skipped and not self.batch.counts.get("sent")
        )

    @property
    def state(self) -> str:
        """Return the words of the tag."""
        counts = self.batch.counts
        if self.is_skipped and self.override:
            by = self.override.skipped_by
            return _("Skipped by %(name)s") % {"name": by.first_name} if by else _("Skipped")
        if self.is_secret and not self.is_to_come:
            return _("Over")
        if not counts:
            return self.open_state
        if not self.says_how_many:
            if counts.get("sent"):
                return str(SENT)
            return self.open_state if counts.get("waiting") else _("Not sent")
        for whole, word in (("sent", SENT), ("missed", _("Missed")), ("waiting", self.open_state)):
            if counts.get(whole) == self.batch.people:
                return str(word)
        return ", ".join(
            COUNTS[state] % {"count": number} for state, number in counts.items() if number
        )

    @property
    def tone(self) -> str:
        """Return the CSS class of the tag."""
        counts = self.batch.counts
        if self.says_how_many and any(counts.get(state) for state in TROUBLES):
            return "" if self.is_skipped else "warn"
        return {str(SENT): "good", str(DUE): "sun", str(WAITING): "sun"}.get(self.state, "")

    @property
    def has_note(self) -> bool:
        return bool(self.override and self.override.note)

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
    """The lines of one day in the cohort's time zone."""

    moment: datetime
    lines: list[Line]


@dataclass(frozen=True)
class Timeline:
    """The lines of a cohort, oldest first, before and after now."""

    before: list[Line]
    after: list[Line]

    @property
    def earlier_days(self) -> list[Day]:
        """The days that the page folds."""
        return days_of(self.before)[:-DAYS_BEFORE]

    @property
    def last_days(self) -> list[Day]:
        return days_of(self.before)[-DAYS_BEFORE:]

    @property
    def next_days(self) -> list[Day]:
        return days_of(self.after)

    @property
    def waiting(self) -> list[Line]:
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

    grouped = (list(group) for _day, group in groupby(lines, key=day))
    return [Day(group[0].batch.at, group) for group in grouped]


def timeline(
    cohort: Cohort,
    workshops: Iterable[Workshop],
    moment: datetime,
    kinds: Sequence[str] = (),
    *,
    says_why: bool = True,
) -> Timeline:
    """Return the timeline, of all kinds or of some.

    Three queries; one more to say why, and one more if there are announcements.
    """
    sent = [batch for batch in written(cohort.pk) if not kinds or batch.kind in kinds]
    overrides = list(
        MessageOverride.objects.filter(group_id=cohort.pk).select_related("skipped_by", "noted_by")
    )
    for_all: Occasions = {
        (one.kind, one.subject_id): one for one in overrides if one.recipient_id is None
    }
    skipped = {occasion for occasion, override in for_all.items() if override.is_skipped}
    batches = with_unwritten(sent, tallies(cohort.pk, moment, kinds), skipped, moment)
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
    """Return the announcements by pk. One query, if there is any."""
    numbers = [batch.subject_id for batch in batches if batch.kind == ANNOUNCEMENT.kind]
    return {one.pk: one for one in cohort.announcements.filter(pk__in=numbers)} if numbers else {}


def why_of(cohort: Cohort) -> dict[str, str]:
    """Return a sentence a kind, with the cohort's own timing. One query."""
    own = {template.kind: template for template in cohort.message_templates.all()}
    return {kind: why_text(rule, own.get(kind)) for kind, rule in all_rules().items()}


def why_text(rule: Rule, own: MessageTemplate | None) -> str:
    timing = rule.schedule.timing
    return str(rule.text.why).format(when=timing.said(own) if timing else "")


def with_unwritten(
    sent: Sequence[Batch],
    unwritten: Iterable[Tally],
    skipped: Container[tuple[str, int]],
    moment: datetime,
) -> list[Batch]:
    """Return the batches that are written and those that are not.

    Where recipients are not visible there is one line a subject, the first, and none beside one
    that is written. Somebody who is marked late is asked, and nudged, at a time of their own: a
    line of their own would say that they have not answered, and its absence that they have.
    """
    known = {(batch.due_at, batch.kind, batch.subject_id): batch for batch in first_of_hidden(sent)}
    shown = {(kind, subject_id) for _due, kind, subject_id in known}
    found = list[Batch]()
    for tally in unwritten:
        occasion, key = (tally.kind, tally.subject_id), (tally.due_at, tally.kind, tally.subject_id)
        phases = phases_of(tally, moment)
        if not visibility_of(tally.kind).shows_recipients and (
            occasion in shown or not may_be_shown(phases, occasion, skipped)
        ):
            continue
        shown.add(occasion)
        if batch := known.get(key):
            apart = Counter({name: phases[name] for name in AHEAD}) if batch.is_early else Counter()
            known[key] = joined(batch, phases - apart)
            phases = apart
        if phases.total():
            found.append(
                Batch(
                    tally.kind,
                    tally.subject_id,
                    tally.due_at,
                    phases.total(),
                    counts_of(phases),
                )
            )
    return [*known.values(), *found]


def phases_of(tally: Tally, moment: datetime) -> Counter[str]:
    left = tally.people - tally.missed - tally.skipped - tally.unreached
    return Counter(
        {
            "coming" if tally.due_at > moment else "due": left,
            "missed": tally.missed,
            "skipped": tally.skipped,
            "unreached": tally.unreached,
        }
    )


def first_of_hidden(batches: Iterable[Batch]) -> list[Batch]:
    """Return all batches, but of a kind with hidden recipients only the first of each subject."""
    shown, found = set[tuple[str, int]](), list[Batch]()
    for batch in batches:
        occasion = (batch.kind, batch.subject_id)
        if visibility_of(batch.kind).shows_recipients or occasion not in shown:
            found.append(batch)
        shown.add(occasion)
    return found


def may_be_shown(
    phases: Counter[str], occasion: tuple[str, int], skipped: Container[tuple[str, int]]
) -> bool:
    """Return whether a line of hidden recipients may be shown that nobody has been sent.

    A line that was only missed would say that somebody was owed it.
    """
    has_come = bool(phases["coming"] or phases["due"])
    return has_come or visibility_of(occasion[0]) is Visibility.SCHEDULE or occasion in skipped


def counts_of(phases: Counter[str]) -> dict[str, int]:
    """Return the counts of a batch; empty if all of it is to come."""
    counts = {
        "coming": phases["coming"],
        "missed": phases["missed"],
        "skipped": phases["skipped"],
        "waiting": phases["due"],
        "unreached": phases["unreached"],
    }
    return {} if phases["coming"] == phases.total() else counts


def joined(batch: Batch, phases: Counter[str]) -> Batch:
    """Add to a written batch what is owed beside it: to latecomers, or after a change of timing."""
    beside = {
        "waiting": phases["due"],
        "coming": phases["coming"],
        "unreached": phases["unreached"],
    }
    counts = {
        state: batch.counts.get(state, 0) + beside.get(state, 0)
        for state in {**batch.counts, **beside}
    }
    return replace(batch, people=batch.people + sum(beside.values()), counts=counts)
