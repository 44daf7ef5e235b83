"""The context of a participant's dashboard (the page “Today”), and rows of the list of cohorts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.public_id import new_public_id
from cohorts.models import Cohort, Membership
from partnerships.attention import own_work
from reflections.context import Place
from reflections.experiments.follow_ups import open_experiments
from reflections.models import Draft
from sets.for_person import own_set_of
from sets.introductions.overview import proposal_for
from workshops.availability.polls import unanswered_poll
from workshops.models import Attendance, Workshop
from workshops.progress import all_held, last_of, next_of, steps


def participant_context(membership: Any, moment: datetime) -> dict[str, Any]:
    """Return the template context of a participant's dashboard, for one of their cohorts.

    The membership is annotated `has_open_poll`. Makes five queries, and at most ten if questions
    wait for the participant. `materials` and `drafts` are querysets that the template evaluates.
    """
    cohort = membership.cohort
    workshops = list(cohort.workshops.all())
    coming, held = next_of(workshops, moment), last_of(workshops, moment)
    own_set = own_set_of(membership, moment)
    return {
        "membership": membership,
        "cohort": cohort,
        "greeting": greeting(moment.astimezone(cohort.zone).hour),
        "steps": steps(workshops, moment, cohort.zone),
        "next": coming,
        "attendance": Attendance.objects.filter(membership=membership, workshop=coming).first()
        if coming
        else None,
        "materials": coming.materials.listed() if coming else (),
        "last_held": held,
        "is_over": coming is None and all_held(workshops, moment),
        "place": Place(cohort, held),
        "entry": new_public_id(),
        "version": 0,
        "drafts": Draft.objects.by(membership.user).with_place(),
        "poll": unanswered_poll(membership, moment) if membership.has_open_poll else None,
        "trying": open_experiments(membership.user, cohort, moment),
        "own_set": own_set,
        "proposal": proposal_for(membership, moment)
        if cohort.uses_introductions and own_set and own_set.is_asked_to_meet
        else None,
        "work": own_work(membership, moment),
    }


def greeting(hour: int) -> str:
    """Return “Good morning”, “Good afternoon” or “Good evening” for a local hour from 0 to 23."""
    if hour < 12:
        return _("Good morning")
    return _("Good afternoon") if hour < 18 else _("Good evening")


@dataclass(frozen=True)
class CohortRow:
    """A cohort in the list of cohorts, with counts of its participants and workshops.

    `held` is the number of workshops that took place, and `workshops` the number that are not
    cancelled. `next` is the workshop that is on now or comes next.
    """

    cohort: Cohort
    participants: int
    held: int
    workshops: int
    next: Workshop | None

    @property
    def is_over(self) -> bool:
        """Whether every workshop that is not cancelled has taken place."""
        return 0 < self.held == self.workshops

    @property
    def state(self) -> str:
        if self.next:
            return _("Running") if self.held else _("Starts soon")
        return _("Finished") if self.is_over else _("Being planned")

    @property
    def tone(self) -> str:
        """The CSS class that colours the label of the cohort's state; empty for the default."""
        if self.next:
            return "good"
        return "" if self.is_over else "sun"


def cohort_rows(cohorts: list[Cohort], moment: datetime) -> list[CohortRow]:
    """Return a row for each cohort, in the same order. Makes two queries."""
    active = Membership.objects.active().participating().filter(cohort__in=cohorts)
    participants = dict(active.values_list("cohort").annotate(Count("pk")).order_by())
    workshops: defaultdict[int, list[Workshop]] = defaultdict(list)
    for workshop in Workshop.objects.filter(cohort__in=cohorts, cancelled_at=None):
        workshops[workshop.cohort_id].append(workshop)
    return [
        CohortRow(
            cohort=cohort,
            participants=participants.get(cohort.pk, 0),
            held=sum(workshop.took_place(moment) for workshop in workshops[cohort.pk]),
            workshops=len(workshops[cohort.pk]),
            next=next_of(workshops[cohort.pk], moment),
        )
        for cohort in cohorts
    ]
