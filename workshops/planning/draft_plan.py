"""The plan of a series while it is looked at: proposed, judged, changed one by one. Nothing here is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict

from accounts.models import User
from cohorts.models import Cohort
from workshops.availability.polls import Lost, Members, lost_by_sector, may_be_named_to, members_of
from workshops.changes.change_log import changes_since, fingerprint, in_words
from workshops.forms.plan import RecurrenceForm, SeriesForm, field_name, typed_as
from workshops.models import AvailabilityAnswer, Workshop
from workshops.planning.constraints import constraints_for
from workshops.planning.default_recurrence import default_recurrence, first_clear
from workshops.planning.optimiser import fewest_lost
from workshops.planning.proposals import Proposal, propose
from workshops.times import HalfDay, Slot

UNKNOWN = "We can’t tell how the workshops stood when you opened this page. Please look them over once more."

NO_WHOLE_SET = (
    "The half days that people were asked about hold no whole set of dates. Ask about more of them."
)

# What the page's inputs send, by name.
Typed = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One workshop in the list of dates: fixed once it has begun or while it is cancelled, else with its fields."""

    workshop: Workshop
    slot: Slot | None
    fields: Mapping[str, BoundField]
    proposal: Proposal | None
    problems: tuple[str, ...]
    kept_because: str
    is_new: bool
    is_moved: bool
    is_relocated: bool
    is_opened: bool
    may_lead: bool
    lost: Lost
    is_asked_about: bool

    @property
    def when(self) -> list[BoundField]:
        return [self.fields[name] for name in ("day", "starts", "ends")]

    @property
    def where(self) -> list[BoundField]:
        return [self.fields[name] for name in ("venue", "link")]

    @property
    def why(self) -> str:
        """Why the rhythm put it where it is, or found no place for it."""
        if self.proposal is None:
            return ""
        return self.proposal.why if self.slot else " ".join(self.proposal.problems)

    @property
    def is_unsettled(self) -> bool:
        return bool(self.problems) and not self.kept_because

    @property
    def is_wrong(self) -> bool:
        return any(field.errors for field in self.fields.values())

    @property
    def asks_for_reason(self) -> bool:
        """There is something to give a reason for, or one was given already."""
        return bool(self.problems or self.fields["kept"].value() or self.fields["kept"].errors)

    @property
    def is_cancelled(self) -> bool:
        return self.workshop.is_cancelled

    @property
    def place(self) -> str:
        """The venue, else the joining link, as they stand in the inputs."""
        shown = [field.value() for field in self.where] if self.fields else []
        return next(filter(None, shown or [self.workshop.venue, self.workshop.joining_link]), "")


@dataclass(frozen=True)
class Heard:
    """Who has said on which half days they can't come, as they were last asked, and who is told of it."""

    half_days: frozenset[tuple[date, HalfDay]]
    answers: int
    members: Members
    by_name: bool

    @property
    def is_all(self) -> bool:
        return self.answers == len(self.members)

    def about(self, slot: Slot, zone: ZoneInfo) -> bool:
        """Were people asked about it, and did somebody answer?"""
        return bool(self.answers) and self.half_days.issuperset(slot.half_days(zone))


@dataclass(frozen=True)
class Closed:
    """Days that follow one another and are closed for the same reason."""

    first: date
    last: date
    words: str


@dataclass(frozen=True)
class Plan:
    """All that the page of a series' dates shows, and to whom."""

    cohort: Cohort
    user: User
    workshops: list[Workshop]
    rhythm: RecurrenceForm
    form: SeriesForm
    typed: Typed
    heard: Heard
    # By position, what has just been proposed, if that was asked.
    proposed: Mapping[int, Proposal]

    @property
    def moment(self) -> datetime:
        return self.form.constraints.now

    def rows(self) -> list[Row]:
        self.form.is_valid()
        expected = self.expected()
        reasons = {**expected, **self.proposed}
        return [self._row(one, reasons.get(one.position), expected) for one in self.workshops]

    def _row(
        self, workshop: Workshop, proposal: Proposal | None, expected: Mapping[int, Proposal]
    ) -> Row:
        form = self.form
        is_open = workshop in form.open
        slot = form.slots.get(workshop.position) if is_open else workshop.slot
        judged, heard = form.judged.get(workshop.position), self.heard
        return Row(
            workshop=workshop,
            slot=slot,
            fields=form.fields_of(workshop),
            proposal=proposal if proposal and self.is_on(slot, proposal) else None,
            problems=form.problems(workshop),
            kept_because=form.kept_because(workshop) if is_open else "",
            is_new=is_open and workshop.slot is None and slot is not None,
            is_moved=is_open and workshop.slot is not None and slot != workshop.slot,
            is_relocated=is_open
            and (workshop.venue, workshop.joining_link) != form.place_of(workshop),
            is_opened=self.typed.get("open") == str(workshop.position),
            may_lead=is_open and slot is not None and self.leads(workshop, expected),
            lost=lost_by_sector(judged.lost if judged else (), heard.members, named=heard.by_name),
            is_asked_about=is_open and slot is not None and heard.about(slot, self.cohort.zone),
        )

    def picks(self, rows: Sequence[Row]) -> dict[date, list[tuple[int, str]]]:
        """What stands on the months: by day the workshops that are on it; those alone can be moved that are open."""
        found: dict[date, list[tuple[int, str]]] = {}
        for row in rows:
            if row.slot and not row.is_cancelled:
                on_it = found.setdefault(self.day(row.slot), [])
                on_it += [(row.workshop.position, f"workshop {row.workshop}")] if row.fields else []
        return found

    def closed(self, rows: Sequence[Row]) -> list[Closed]:
        """The closed days in the months that are shown, those together that follow one another."""
        days = [self.day(row.slot) for row in rows if row.slot]
        last = max(days, default=date.min)
        found: list[Closed] = []
        for day, words in sorted(self.form.constraints.closed.items()):
            if not days or not min(days).replace(day=1) <= day <= last + timedelta(days=31):
                continue
            if found and found[-1].words == words and day - found[-1].last == timedelta(days=1):
                found[-1] = replace(found[-1], last=day)
            else:
                found.append(Closed(day, day, words))
        return found

    def expected(self) -> dict[int, Proposal]:
        """By position, where the rhythm has each that can be planned, after the one before it as it stands."""
        rhythm = self.rhythm.rhythm(self.cohort.zone)
        found: dict[int, Proposal] = {}
        if rhythm is None:
            return found
        day = rhythm.first
        for workshop in self.form.open:
            try:
                [proposal] = propose(
                    replace(rhythm, first=day), [workshop.length_minutes], self.form.constraints
                )
            except ValidationError:
                return found
            found[workshop.position] = proposal
            if slot := self.form.slots.get(workshop.position) or proposal.slot:
                day = self.day(slot) + timedelta(weeks=rhythm.weeks)
        return found

    def leads(self, workshop: Workshop, expected: Mapping[int, Proposal]) -> bool:
        """Does the next one to be planned not follow it by the rhythm?"""
        later = [one for one in self.form.open if one.position > workshop.position]
        if not later or later[0].position not in expected:
            return False
        return not self.is_on(self.form.slots.get(later[0].position), expected[later[0].position])

    def is_on(self, slot: Slot | None, proposal: Proposal) -> bool:
        """Is it on the day proposed, or without one as none was found?"""
        if slot is None or proposal.slot is None:
            return slot is None and proposal.slot is None
        return self.day(slot) == self.day(proposal.slot)

    def day(self, slot: Slot) -> date:
        return slot.starts_at.astimezone(self.cohort.zone).date()

    @property
    def fingerprint(self) -> str:
        """How the workshops stand."""
        return fingerprint(self.workshops)

    @property
    def seen(self) -> str:
        """How they stood when the page was opened."""
        return str(self.typed.get("seen", self.fingerprint))

    def since(self) -> list[str]:
        """What others did to the workshops since this page was opened, a sentence each."""
        if self.seen == self.fingerprint:
            return []
        made = changes_since(self.cohort, self.seen)
        return [in_words(done, self.cohort.zone, self.moment) for done in made] or [UNKNOWN]

    def is_right(self) -> bool:
        """Nothing that was typed is wrong."""
        return self.rhythm.is_valid() and self.form.is_valid()

    def changes_anything(self) -> bool:
        wanted, reasons = self.form.arrangements(), self.form.reasons()
        return any(
            (one.arrangement, one.kept_because)
            != (wanted[one.position], reasons.get(one.position, ""))
            for one in self.form.open
        )

    def carried(self) -> list[tuple[str, str]]:
        """All that was typed, for the hidden inputs of the page that asks whether to go on."""
        names = [*self.rhythm.fields, *self.form.fields]
        kept = [(name, self.typed[name]) for name in names if name in self.typed]
        return [
            (name, one)
            for name, value in kept
            for one in (value if isinstance(value, list) else [value])
        ]


def first_look(cohort: Cohort, user: User, moment: datetime) -> Plan:
    """The dates that there are; where there are none yet, those of a usual rhythm."""
    workshops = list(cohort.workshops.order_by("position"))
    typed = default_recurrence(workshops, cohort.zone, moment)
    for workshop in workshops:
        typed |= typed_as(workshop, workshop.slot, cohort.zone)
        place = {
            "venue": workshop.venue,
            "link": workshop.joining_link,
            "kept": workshop.kept_because,
        }
        typed |= {field_name(workshop, name): value for name, value in place.items()}
    if not any(workshop.is_planned for workshop in workshops):
        typed |= {"propose": "", "first": first_clear(cohort, workshops, typed, moment)}
    return look(cohort, user, workshops, typed, moment)


def look_again(
    cohort: Cohort, user: User, sent: QueryDict, moment: datetime, *, settles: bool = False
) -> Plan:
    """The plan with all that was typed; dates are proposed afresh only where that is asked."""
    typed = {"seen": ""} | sent.dict() | {"keep_clear": sent.getlist("keep_clear")}
    workshops = list(cohort.workshops.order_by("position"))
    return look(cohort, user, workshops, typed, moment, settles=settles)


def look(
    cohort: Cohort,
    user: User,
    workshops: list[Workshop],
    typed: Typed,
    moment: datetime,
    *,
    settles: bool = False,
) -> Plan:
    rhythm = RecurrenceForm(typed, cohort=cohort)
    constraints = constraints_for(cohort, keep_clear=rhythm.kept_clear(), moment=moment)

    def listed(typed: Typed) -> SeriesForm:
        return SeriesForm(
            typed, workshops=workshops, zone=cohort.zone, constraints=constraints, settles=settles
        )

    heard = heard_from(cohort, user)
    proposals: dict[int, Proposal] = {}
    if not {"propose", "follow", "fewest"}.isdisjoint(typed):
        proposals = proposed(rhythm, listed(typed), heard)
    for workshop in workshops:
        if workshop.position in proposals:
            typed = typed | typed_as(workshop, proposals[workshop.position].slot, cohort.zone)
    typed = typed | usual_places(rhythm, listed(typed))
    return Plan(cohort, user, workshops, rhythm, listed(typed), typed, heard, proposals)


def heard_from(cohort: Cohort, user: User) -> Heard:
    """Three queries."""
    poll, members = cohort.availability_polls.first(), members_of(cohort)
    return Heard(
        half_days=frozenset(poll.half_days() if poll else ()),
        answers=AvailabilityAnswer.objects.filter(poll=poll, membership__left_at=None).count(),
        members=members,
        by_name=may_be_named_to(user, members),
    )


def proposed(rhythm: RecurrenceForm, before: SeriesForm, heard: Heard) -> dict[int, Proposal]:
    """The dates asked for, by position: all that are free, or those after the one that leads.

    None where the rhythm is wrong, with a sentence there, or where the one that leads has no date.
    """
    asked, free, zone = rhythm.rhythm(before.zone), before.open, before.zone
    if asked and "follow" in before.data:
        before.is_valid()
        leader = leader_in(before.data)
        slot = before.slots.get(leader)
        free = [one for one in free if slot and one.position > leader]
        first = (
            slot.starts_at.astimezone(zone).date() + timedelta(weeks=asked.weeks)
            if slot
            else asked.first
        )
        asked = replace(asked, first=first)
    if asked is None:
        return {}
    lengths = [one.length_minutes for one in free]
    try:
        if "fewest" in before.data:
            proposals = fewest_lost(asked, lengths, before.constraints, heard.half_days)
        else:
            proposals = propose(asked, lengths, before.constraints)
    except ValidationError as error:
        rhythm.add_error("first", error)
        return {}
    if free and not proposals:
        rhythm.add_error("first", NO_WHOLE_SET)
        return {}
    return {workshop.position: one for workshop, one in zip(free, proposals, strict=True)}


def leader_in(typed: Mapping[str, Any]) -> int:
    """The position of the one that the later ones are to follow; 0, which none has, for nonsense."""
    said = str(typed["follow"])
    return int(said) if said.isdecimal() and len(said) < 5 else 0


def usual_places(rhythm: RecurrenceForm, before: SeriesForm) -> Typed:
    """The usual venue and link for those that have none."""
    rhythm.is_valid()
    usual = {
        "venue": rhythm.cleaned_data.get("usual_venue"),
        "link": rhythm.cleaned_data.get("usual_link"),
    }
    return {
        field_name(workshop, name): value
        for workshop in before.open
        for name, value in usual.items()
        if value and not before[field_name(workshop, name)].value()
    }
