"""The plan page: its two forms, the draft plan that was typed into them, and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.models import Cohort
from workshops.availability.polls import (
    PollSummary,
    Unavailable,
    poll_summary,
    summarise_unavailable,
)
from workshops.forms.plan import (
    DatesForm,
    RecurrenceForm,
    field_name,
    typed_recurrence,
    typed_slot,
)
from workshops.models import Workshop
from workshops.planning.constraints import constraints_for
from workshops.planning.default_recurrence import default_recurrence, default_slots
from workshops.planning.draft_plan import DraftPlan
from workshops.planning.proposals import Proposal
from workshops.times import Slot

# What was typed into the page: the values of its inputs by name.
Typed = dict[str, Any]


@dataclass(frozen=True)
class PlanRow:
    """One workshop in the list of dates.

    `fields` is empty if the workshop has begun or is cancelled. `is_expanded` says whether its
    fields are open on the page. `is_in_poll` says whether the latest poll asked about its slot.
    `breaks_recurrence` says whether the next workshop is on another day than the recurrence says.
    """

    workshop: Workshop
    slot: Slot | None
    fields: Mapping[str, BoundField]
    proposal: Proposal | None
    problems: tuple[str, ...]
    override_reason: str
    is_new: bool
    is_moved: bool
    is_relocated: bool
    is_expanded: bool
    breaks_recurrence: bool
    unavailable: Unavailable
    is_in_poll: bool

    @property
    def when(self) -> list[BoundField]:
        return [self.fields[name] for name in ("day", "starts", "ends")]

    @property
    def where(self) -> list[BoundField]:
        return [self.fields[name] for name in ("venue", "link")]

    @property
    def why(self) -> str:
        """Why the date differs from the recurrence, or why no date is free; otherwise empty."""
        if self.proposal is None:
            return ""
        return self.proposal.why if self.slot else " ".join(self.proposal.problems)

    @property
    def needs_reason(self) -> bool:
        return bool(self.problems) and not self.override_reason

    @property
    def has_errors(self) -> bool:
        return any(field.errors for field in self.fields.values())

    @property
    def asks_for_reason(self) -> bool:
        field = self.fields["override"]
        return bool(self.problems or field.value() or field.errors)

    @property
    def is_cancelled(self) -> bool:
        return self.workshop.is_cancelled

    @property
    def place(self) -> str:
        """The venue that was typed, or else the joining link."""
        shown = [field.value() for field in self.where] if self.fields else []
        return next(filter(None, shown or [self.workshop.venue, self.workshop.joining_link]), "")


@dataclass(frozen=True)
class PlanPage:
    """The content of the plan page.

    `typed` holds the values of its inputs. `proposed` maps the positions of workshops to proposals
    that the user has asked for with a button.
    """

    cohort: Cohort
    user: User
    workshops: list[Workshop]
    recurrence_form: RecurrenceForm
    dates_form: DatesForm
    typed: Typed
    availability: PollSummary
    proposed: Mapping[int, Proposal]

    @cached_property
    def draft(self) -> DraftPlan:
        return draft_plan(self.cohort, self.workshops, self.recurrence_form, self.dates_form)

    def rows(self) -> list[PlanRow]:
        expected = self.draft.recurrence_proposals()
        reasons = {**expected, **self.proposed}
        return [self._row(one, reasons.get(one.position), expected) for one in self.workshops]

    def _row(
        self, workshop: Workshop, proposal: Proposal | None, expected: Mapping[int, Proposal]
    ) -> PlanRow:
        form, draft, answers = self.dates_form, self.draft, self.availability
        is_open = workshop in form.plannable
        slot = form.slots.get(workshop.position) if is_open else workshop.slot
        has_slot = is_open and slot is not None
        judged = form.judged.get(workshop.position)
        return PlanRow(
            workshop=workshop,
            slot=slot,
            fields=form.fields_of(workshop),
            proposal=proposal if proposal and draft.matches(slot, proposal) else None,
            problems=form.problems(workshop),
            override_reason=form.override_reason(workshop) if is_open else "",
            is_new=has_slot and workshop.slot is None,
            is_moved=is_open and workshop.slot is not None and slot != workshop.slot,
            is_relocated=is_open
            and (workshop.venue, workshop.joining_link) != form.place_of(workshop),
            is_expanded=self.typed.get("open") == str(workshop.position),
            breaks_recurrence=has_slot and draft.breaks_recurrence(workshop, expected),
            unavailable=summarise_unavailable(
                judged.unavailable if judged else (), answers.members, named=answers.shows_names
            ),
            is_in_poll=is_open and slot is not None and answers.covers(slot, self.cohort.zone),
        )

    def picks(self, rows: Sequence[PlanRow]) -> dict[date, list[tuple[int, str]]]:
        """Return a dict that maps days of workshops to those workshops that can still be planned.

        Each is given by its position and label. Cancelled workshops are left out.
        """
        found: dict[date, list[tuple[int, str]]] = {}
        for row in rows:
            if row.slot and not row.is_cancelled:
                on_day = found.setdefault(self.draft.day_of(row.slot), [])
                if row.fields:
                    label = _("workshop %(workshop)s") % {"workshop": row.workshop}
                    on_day.append((row.workshop.position, label))
        return found

    @property
    def seen(self) -> str:
        """The `sequence_token` of the workshops when the page was opened."""
        return str(self.typed.get("seen", self.draft.version))

    def missed_changes(self) -> list[str]:
        return self.draft.missed_changes(self.seen)

    def is_valid(self) -> bool:
        return self.recurrence_form.is_valid() and self.dates_form.is_valid()

    def inputs(self) -> Typed:
        """Return the values of the page's inputs, without those of buttons, as data for JSON."""
        names = [*self.recurrence_form.fields, *self.dates_form.fields]
        return {name: self.typed[name] for name in names if name in self.typed}

    def hidden_inputs(self) -> list[tuple[str, str]]:
        """Return the names and values of the page's inputs, for the confirmation page."""
        return [
            (name, one)
            for name, value in self.inputs().items()
            for one in (value if isinstance(value, list) else [value])
        ]


def draft_plan(
    cohort: Cohort, workshops: Sequence[Workshop], recurrence: RecurrenceForm, form: DatesForm
) -> DraftPlan:
    form.is_valid()
    return DraftPlan(
        cohort=cohort,
        workshops=workshops,
        recurrence=recurrence.recurrence(cohort.zone),
        constraints=form.constraints,
        slots=form.slots,
        arrangements=form.arrangements(),
        override_reasons=form.override_reasons(),
    )


def opening_page(cohort: Cohort, user: User, moment: datetime) -> PlanPage:
    """Return the page with the workshops' saved dates, or with proposals if none has a date."""
    workshops = list(cohort.workshops.order_by("position"))
    recurrence = default_recurrence(workshops, cohort.zone, moment)
    typed = typed_recurrence(recurrence)
    for workshop in workshops:
        typed |= typed_slot(workshop, workshop.slot, cohort.zone)
        saved = {
            "venue": workshop.venue,
            "link": workshop.joining_link,
            "override": workshop.override_reason,
        }
        typed |= {field_name(workshop, name): value for name, value in saved.items()}
    if not any(workshop.is_planned for workshop in workshops):
        typed["propose"] = ""
        if slots := default_slots(cohort, workshops, recurrence, moment):
            typed["first"] = slots[0].starts_at.date().isoformat()
    return build_page(cohort, user, workshops, typed, moment)


def posted_page(
    cohort: Cohort, user: User, sent: QueryDict, moment: datetime, *, requires_reasons: bool = False
) -> PlanPage:
    """Return the page with the form data `sent`. Dates are proposed only if a button asks for them.

    With `requires_reasons`, a date that clashes is an error unless a reason is given.
    """
    typed = {"seen": ""} | sent.dict() | {"keep_clear": sent.getlist("keep_clear")}
    workshops = list(cohort.workshops.order_by("position"))
    return build_page(cohort, user, workshops, typed, moment, requires_reasons=requires_reasons)


def unsaved_page(cohort: Cohort, user: User, inputs: Typed, moment: datetime) -> PlanPage:
    """Return the page with the inputs of an earlier page, including its version token (`seen`)."""
    workshops = list(cohort.workshops.order_by("position"))
    return build_page(cohort, user, workshops, inputs, moment)


def build_page(
    cohort: Cohort,
    user: User,
    workshops: list[Workshop],
    typed: Typed,
    moment: datetime,
    *,
    requires_reasons: bool = False,
) -> PlanPage:
    recurrence = RecurrenceForm(typed, cohort=cohort)
    constraints = constraints_for(cohort, keep_clear=recurrence.chosen_keep_clear(), moment=moment)

    def dates_form(typed: Typed) -> DatesForm:
        return DatesForm(
            typed,
            workshops=workshops,
            zone=cohort.zone,
            constraints=constraints,
            requires_reasons=requires_reasons,
        )

    availability = poll_summary(cohort, user)
    proposals: dict[int, Proposal] = {}
    if "propose" in typed and (error := past_first_day(recurrence, cohort, moment)):
        recurrence.add_error("first", error)
    elif not {"propose", "follow", "optimise"}.isdisjoint(typed):
        draft = draft_plan(cohort, workshops, recurrence, dates_form(typed))
        try:
            proposals = requested_proposals(draft, typed, availability)
        except ValidationError as error:
            recurrence.add_error("first", error)
    for workshop in workshops:
        if workshop.position in proposals:
            typed = typed | typed_slot(workshop, proposals[workshop.position].slot, cohort.zone)
    typed = typed | default_places(recurrence, dates_form(typed))
    return PlanPage(
        cohort, user, workshops, recurrence, dates_form(typed), typed, availability, proposals
    )


def past_first_day(recurrence: RecurrenceForm, cohort: Cohort, moment: datetime) -> str:
    """Return an error if the recurrence would begin in the past, or ""."""
    recurrence.is_valid()
    first = recurrence.cleaned_data.get("first")
    if first and first < moment.astimezone(cohort.zone).date():
        return _("Enter today’s date or a later one.")
    return ""


def requested_proposals(
    draft: DraftPlan, typed: Typed, availability: PollSummary
) -> dict[int, Proposal]:
    """Return a dict that maps positions to the proposals that the pressed button asks for.

    Raises ValidationError.
    """
    if "optimise" in typed:
        return draft.optimise(availability.half_days)
    if "follow" in typed:
        position = str(typed["follow"])
        is_number = position.isdecimal() and len(position) < 5
        return draft.propose_after(int(position)) if is_number else {}
    return draft.propose()


def default_places(recurrence: RecurrenceForm, dates: DatesForm) -> Typed:
    """Return the usual venue and link, as input values for the workshops that have none."""
    recurrence.is_valid()
    usual = {
        "venue": recurrence.cleaned_data.get("usual_venue"),
        "link": recurrence.cleaned_data.get("usual_link"),
    }
    return {
        field_name(workshop, name): value
        for workshop in dates.plannable
        for name, value in usual.items()
        if value and not dates[field_name(workshop, name)].value()
    }
