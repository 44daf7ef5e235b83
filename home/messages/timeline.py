"""A timeline of a cohort's messages: sent, waiting, missed, and still to come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from cohorts.models import Cohort
from home.messages.same_day import merge_same_day
from home.messages.unwritten import with_unwritten
from outbox.forecast import tallies
from outbox.history import Batch, written
from outbox.models import MessageOverride, MessageTemplate
from outbox.rules import Rule, Visibility, all_rules, kinds_used_by, visibility_of
from surveys import reminders
from surveys.invitations import SURVEY
from ui import dates
from workshops.calendar.invites import CALENDAR, CALENDAR_CANCELLED
from workshops.messages.announcements import ANNOUNCEMENT
from workshops.messages.reminders import DAY_BEFORE, WEEK_BEFORE
from workshops.models import Announcement, Workshop

# The kinds of message that are about a workshop: `subject_id` is the workshop's pk.
ABOUT_A_WORKSHOP = {
    rule.kind
    for rule in (
        CALENDAR,
        CALENDAR_CANCELLED,
        WEEK_BEFORE,
        DAY_BEFORE,
        SURVEY,
        reminders.FIRST,
        reminders.SECOND,
    )
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
TROUBLES = ("failed", "bounced", "missed", "unreached")

# Maps the kind and subject_id of messages to the override for every recipient.
Occasions = dict[tuple[str, int], MessageOverride]


@dataclass(frozen=True)
class Line:
    """A batch of messages, as a line of the timeline.

    `workshop` or `announcement` is set if the messages are about one. `why` is a sentence that says
    who gets the messages and when. `override` is the override for every recipient.
    """

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
    def shows_counts(self) -> bool:
        """True if the line may show how many recipients there are.

        False for a kind that hides its recipients. A facilitator could mark one person on the
        register, and a change of the count would reveal whether this person answered the survey.
        """
        return self.visibility.shows_recipients

    @property
    def hides_outcome(self) -> bool:
        """True if the line may not show whether the messages were sent to anybody.

        If only one person attended, “sent” on the survey's reminder would reveal that this person
        had not answered.
        """
        return self.visibility < Visibility.OUTCOME

    @property
    def is_to_come(self) -> bool:
        """True if the batch is due in the future and its sending has not begun."""
        return self.batch.at > self.moment and not self.batch.has_begun

    @property
    def is_being_sent(self) -> bool:
        """True if the line's status says that the messages are being sent or wait for a retry."""
        return not self.is_to_come and self.state in (str(DUE), str(WAITING))

    @property
    def waits(self) -> bool:
        """True if some messages wait for a retry and the line may say so."""
        is_shown = not self.hides_outcome and (
            self.shows_counts or not self.batch.counts.get("sent")
        )
        return bool(self.batch.deferred) and is_shown and not self.is_to_come

    @property
    def open_state(self) -> str:
        """The status of those messages of the batch that are not sent yet."""
        return str(COMING if self.is_to_come else WAITING if self.waits else DUE)

    @property
    def people(self) -> int:
        """The number of recipients, without those who are skipped or have a suppressed address."""
        counts = self.batch.counts
        return self.batch.people - counts.get("skipped", 0) - counts.get("unreached", 0)

    @property
    def is_skipped(self) -> bool:
        """True if a facilitator skipped the messages for everybody before any was sent."""
        return bool(
            self.override and self.override.is_skipped and not self.batch.counts.get("sent")
        )

    @cached_property
    def state(self) -> str:
        """The line's status, in as much detail as the kind's visibility allows."""
        counts = self.batch.counts
        if self.is_skipped and self.override:
            by = self.override.skipped_by
            return _("Skipped by %(name)s") % {"name": by.first_name} if by else _("Skipped")
        if self.hides_outcome and not self.is_to_come:
            return _("Over")
        if not counts:
            return self.open_state
        if not self.shows_counts:
            # A bounced message counts as sent here, because a line without counts must not reveal
            # that somebody's message bounced.
            if counts.get("sent") or counts.get("bounced"):
                return str(SENT)
            return self.open_state if counts.get("waiting") else _("Not sent")
        if counts.get("sent") == self.batch.people:
            return str(SENT)
        if counts.get("missed") == self.batch.people:
            return _("Missed")
        if counts.get("waiting") == self.batch.people:
            return self.open_state
        return ", ".join(
            COUNTS[state] % {"count": number} for state, number in counts.items() if number
        )

    @property
    def tone(self) -> str:
        """The CSS class for the colour of the status; empty for the default colour."""
        counts = self.batch.counts
        if self.shows_counts and any(counts.get(state) for state in TROUBLES):
            return "" if self.is_skipped else "warn"
        if self.state == str(SENT):
            return "good"
        return "sun" if self.state in (str(DUE), str(WAITING)) else ""

    @property
    def has_note(self) -> bool:
        return bool(self.override and self.override.note)

    @property
    def facts(self) -> list[str]:
        """The texts below the line's title: workshop, number of people, time, and any override."""
        facts = [str(self.workshop)] if self.workshop else []
        people = self.people if self.shows_counts else 0
        if people:
            facts.append(
                ngettext("%(people)s person", "%(people)s people", people) % {"people": people}
            )
        facts.append(dates.clock(self.batch.at, self.cohort.zone))
        if self.batch.is_early:
            facts.append(_("sent early"))
        if self.has_note:
            facts.append(_("with your note"))
        return facts

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
    """The lines of one day in the cohort's time zone. `moment` is the time of the first line."""

    moment: datetime
    lines: list[Line]


@dataclass(frozen=True)
class PastMonth:
    """The past lines of one month in the cohort's time zone. `key` is “2027-03”."""

    first: date
    lines: list[Line]

    @property
    def key(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def name(self) -> str:
        return dates.month_year(self.first)

    @property
    def days(self) -> list[Day]:
        return days_of(self.lines)


@dataclass(frozen=True)
class Timeline:
    """A cohort's lines before and after now, each oldest first."""

    before: list[Line]
    after: list[Line]

    @property
    def months(self) -> list[PastMonth]:
        """The past lines by month, the latest month first."""

        def first_of_month(line: Line) -> date:
            return dates.day_of(line.batch.at, line.cohort.zone).replace(day=1)

        grouped = groupby(self.before, key=first_of_month)
        return [PastMonth(first, list(lines)) for first, lines in grouped][::-1]

    @property
    def next_days(self) -> list[Day]:
        return days_of(self.after)

    @property
    def waiting(self) -> list[Line]:
        return [line for line in (*self.before, *self.after) if line.waits]

    def of(self, kind: str, subject_id: int) -> list[Line]:
        """Return the lines of this kind about this subject, oldest first."""
        return [
            line
            for line in (*self.before, *self.after)
            if (line.batch.kind, line.batch.subject_id) == (kind, subject_id)
        ]


def days_of(lines: Sequence[Line]) -> list[Day]:
    """Group lines, sorted by time, by their day in the cohort's time zone."""

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
    since: datetime | None = None,
    until: datetime | None = None,
    says_why: bool = True,
) -> Timeline:
    """Return the timeline of the cohort's messages, of all kinds or of the given kinds.

    `workshops` must be the cohort's workshops. Messages that are not written yet are looked for
    between `since` and `until` (see `tallies`). If `says_why` is False, `Line.why` is empty. Makes
    three queries, one more if there are announcements, and one more if `says_why` is True.
    """
    workshops = list(workshops)
    sent = [batch for batch in written(cohort.pk) if not kinds or batch.kind in kinds]
    overrides = list(
        MessageOverride.objects.filter(group_id=cohort.pk).select_related("skipped_by", "noted_by")
    )
    for_all: Occasions = {
        (one.kind, one.subject_id): one for one in overrides if one.recipient_id is None
    }
    skipped = {occasion for occasion, override in for_all.items() if override.is_skipped}
    unwritten = tallies(cohort.pk, moment, kinds or kinds_used_by(cohort), since=since, until=until)
    batches = with_unwritten(sent, unwritten, skipped, moment)
    batches = merge_same_day(
        sorted(batches, key=lambda one: (one.at, one.kind, one.subject_id)), cohort.zone, moment
    )
    whys = why_of(cohort) if says_why else {}
    by_pk = {workshop.pk: workshop for workshop in workshops}
    announced = announcements_among(batches, cohort)
    lines = [
        Line(
            batch,
            cohort,
            by_pk.get(batch.subject_id) if batch.kind in ABOUT_A_WORKSHOP else None,
            whys.get(batch.kind, ""),
            moment,
            for_all.get((batch.kind, batch.subject_id)),
            announced.get(batch.subject_id) if batch.kind == ANNOUNCEMENT.kind else None,
        )
        for batch in batches
    ]
    return Timeline(
        [line for line in lines if line.batch.at <= moment],
        [line for line in lines if line.batch.at > moment],
    )


def announcements_among(batches: Iterable[Batch], cohort: Cohort) -> dict[int, Announcement]:
    """Return a dict that maps the pk of each announcement among the batches to the announcement.

    Makes at most one query.
    """
    numbers = [batch.subject_id for batch in batches if batch.kind == ANNOUNCEMENT.kind]
    return {one.pk: one for one in cohort.announcements.filter(pk__in=numbers)} if numbers else {}


def why_of(cohort: Cohort) -> dict[str, str]:
    """Return a dict that maps each kind to its `why_text` in the cohort. Makes one query."""
    own = {template.kind: template for template in cohort.message_templates.all()}
    return {kind: why_text(rule, own.get(kind)) for kind, rule in all_rules().items()}


def why_text(rule: Rule, own: MessageTemplate | None) -> str:
    """Return a sentence about who gets the rule's messages and when.

    `own` is the cohort's template for the rule's kind, which may change the default timing.
    """
    timing = rule.schedule.timing
    return str(rule.text.why).format(when=timing.describe(own) if timing else "")
