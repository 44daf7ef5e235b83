"""The survey that a preview shows: as the next invitation would send it, but never saved."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from cohorts.models import Cohort
from programmes.models import Programme, WorkshopPlan
from surveys.editor.questionnaire import PlanOrWorkshop, Questionnaire
from surveys.models import Survey
from workshops.models import Workshop


def preview_of(questionnaire: Questionnaire, *, at: datetime) -> Survey:
    """Return an unsaved survey about a workshop, which may be made up. Makes at most two queries.

    A workshop without a date ends at `at`.
    """
    group = questionnaire.group
    cohort = group if isinstance(group, Cohort) else cohort_of(group)
    about = questionnaire.owner if questionnaire.is_own else next_workshop(group)
    workshop = Workshop(
        cohort=cohort,
        position=getattr(about, "position", 1),
        title=getattr(about, "title", _("Title of the workshop")),
        own_questions=getattr(about, "own_questions", ()),
        ends_at=getattr(about, "ends_at", None) or at,
    )
    return Survey.objects.new(workshop)


def cohort_of(programme: Programme) -> Cohort:
    """Return an unsaved cohort of the programme, with its settings of surveys."""
    return Cohort(
        programme=programme, programme_name=programme.name, **programme.feedback_settings()
    )


def next_workshop(group: Programme | Cohort) -> PlanOrWorkshop | None:
    """Return the first workshop or plan whose survey nobody has been invited to; else the last."""
    found: list[PlanOrWorkshop]
    if isinstance(group, Programme):
        found = list[WorkshopPlan | Workshop](group.plans.order_by("position")[:1])
    else:
        found = [*group.workshops.filter(survey=None).order_by("position")[:1]]
        found = found or [*group.workshops.order_by("-position")[:1]]
    return found[0] if found else None
