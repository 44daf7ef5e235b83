"""The place of a reflection or experiment (cohort, workshop, prompt), read from request data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404

from accounts.models import User
from accounts.public_id import PublicIdConverter
from cohorts.models import Cohort, Membership
from workshops.models import Workshop

PUBLIC_ID = re.compile(PublicIdConverter.regex)


@dataclass(frozen=True)
class Place:
    """The cohort that a reflection or experiment belongs to, and optionally workshop and prompt.

    `prompt` is the text of one of the workshop's questions, or empty.
    """

    cohort: Cohort
    workshop: Workshop | None = None
    prompt: str = ""

    @property
    def query_parameters(self) -> dict[str, str]:
        """Return the query parameters from which `place_of` makes this place.

        A prompt that the workshop no longer has is left out.
        """
        if self.workshop is None:
            return {"cohort": self.cohort.public_id}
        prompts = self.workshop.prompt_list
        number = {"prompt": str(prompts.index(self.prompt) + 1)} if self.prompt in prompts else {}
        return {"workshop": self.workshop.public_id, **number}


def own_cohorts(user: User) -> list[Cohort]:
    """Return the cohorts that the user is in now or, if there are none, those they have left.

    The newest cohort comes first. Makes one query.
    """
    memberships = list(
        Membership.objects.filter(user=user)
        .select_related("cohort")
        .order_by("-cohort__made_at", "-pk")
    )
    current = [membership.cohort for membership in memberships if membership.is_active]
    return list(dict.fromkeys(current or [membership.cohort for membership in memberships]))


def place_of(user: User, parameters: Mapping[str, str]) -> Place | None:
    """Return the place that request parameters name, or None if they name none.

    The parameters are `workshop`, optionally with a prompt (see `prompt_of`), or `cohort`. Raises
    Http404 if the id is malformed or unknown, or if the user was never in the cohort.
    """
    joined = Cohort.objects.joined_by(user)
    if workshop_id := parameters.get("workshop"):
        workshops = Workshop.objects.filter(cohort__in=joined).select_related("cohort")
        workshop = workshops.filter(public_id=checked(workshop_id)).first()
        if workshop is None:
            raise Http404
        return Place(workshop.cohort, workshop, prompt_of(workshop, parameters))
    if cohort_id := parameters.get("cohort"):
        cohort = joined.filter(public_id=checked(cohort_id)).first()
        if cohort is None:
            raise Http404
        return Place(cohort)
    return None


def checked(public_id: str) -> str:
    """Return the id unchanged. Raises Http404 if it is malformed.

    Without this check, PostgreSQL would raise an error for an id that contains a NUL character.
    """
    if not PUBLIC_ID.fullmatch(public_id):
        raise Http404
    return public_id


def prompt_of(workshop: Workshop, parameters: Mapping[str, str]) -> str:
    """Return the workshop's prompt that request parameters name, or an empty string.

    Links send the prompt's number, counted from 1, as `prompt`. Forms send its text as `question`,
    because the workshop's prompts may have been edited while the form was open.
    """
    prompts = workshop.prompt_list
    if "question" in parameters:
        return parameters["question"] if parameters["question"] in prompts else ""
    number = parameters.get("prompt", "")
    if (
        number.isascii()
        and number.isdigit()
        and len(number) < 4
        and 0 < int(number) <= len(prompts)
    ):
        return prompts[int(number) - 1]
    return ""


def latest_workshop(cohort: Cohort, moment: datetime) -> Workshop | None:
    """Return the cohort's latest workshop that had started by `moment`, or None.

    Cancelled workshops are left out.
    """
    return cohort.workshops.on().filter(starts_at__lte=moment).order_by("-starts_at").first()
