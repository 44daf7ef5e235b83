"""Permission checks for questionnaires and the settings of surveys.

Administrators edit those of programmes. Facilitators and administrators edit those of cohorts.
"""

from __future__ import annotations

from collections.abc import Callable

from django.urls.converters import StringConverter

from accounts.models import User
from cohorts.access import convened_cohort
from cohorts.models import Cohort
from programmes.access import changeable_plan, changeable_programme
from programmes.models import Programme, WorkshopPlan
from surveys.editor.questionnaire import Questionnaire
from workshops.access import convened_workshop
from workshops.models import Workshop

FETCH: dict[str, Callable[[User, str], Programme | Cohort | WorkshopPlan | Workshop]] = {
    "programmes": changeable_programme,
    "cohorts": convened_cohort,
    "plans": changeable_plan,
    "workshops": convened_workshop,
}


class PlaceConverter(StringConverter):
    """The URL converter for the first part of a questionnaire's URLs."""

    regex = "|".join(FETCH)


class GroupConverter(StringConverter):
    """The URL converter for places that have settings of surveys: programmes and cohorts."""

    regex = "programmes|cohorts"


def editable_questionnaire(user: User, place: str, public_id: str) -> Questionnaire:
    """Return the questionnaire that a URL names. Raises Http404 or PermissionDenied."""
    return Questionnaire(place, FETCH[place](user, public_id))


def editable_settings(user: User, place: str, public_id: str) -> Programme | Cohort:
    """Return the programme or cohort that a URL names. Raises Http404 or PermissionDenied."""
    return editable_questionnaire(user, place, public_id).group
