"""The context of an entry in a URL: a cohort, and optionally a workshop and a prompt."""

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
    """The context of an entry. `prompt` is the text of the question, or empty."""

    cohort: Cohort
    workshop: Workshop | None = None
    prompt: str = ""

    @property
    def asked(self) -> dict[str, str]:
        """Return the query parameters that `place_of` reads."""
        if self.workshop is None:
            return {"cohort": self.cohort.public_id}
        prompts = self.workshop.prompt_list
        number = {"prompt": str(prompts.index(self.prompt) + 1)} if self.prompt in prompts else {}
        return {"workshop": self.workshop.public_id, **number}


def own_cohorts(user: User) -> list[Cohort]:
    """Return the user's current cohorts, newest first, or their former ones if they have left all.

    Makes one query.
    """
    memberships = list(
        Membership.objects.filter(user=user)
        .select_related("cohort")
        .order_by("-cohort__made_at", "-pk")
    )
    current = [membership.cohort for membership in memberships if membership.is_active]
    return list(dict.fromkeys(current or [membership.cohort for membership in memberships]))


def place_of(user: User, asked: Mapping[str, str]) -> Place | None:
    """Return the context given by the parameters `workshop` and `prompt`, or `cohort`.

    Returns None if they are missing. Raises Http404 if the user was
    never in the cohort.
    """
    joined = Cohort.objects.joined_by(user)
    if workshop_id := asked.get("workshop"):
        workshops = Workshop.objects.filter(cohort__in=joined).select_related("cohort")
        workshop = workshops.filter(public_id=checked(workshop_id)).first()
        if workshop is None:
            raise Http404
        return Place(workshop.cohort, workshop, prompt_of(workshop, asked))
    if cohort_id := asked.get("cohort"):
        cohort = joined.filter(public_id=checked(cohort_id)).first()
        if cohort is None:
            raise Http404
        return Place(cohort)
    return None


def checked(public_id: str) -> str:
    """Return the id.

    Raises Http404 if it is malformed, because PostgreSQL rejects NUL even in a query.
    """
    if not PUBLIC_ID.fullmatch(public_id):
        raise Http404
    return public_id


def prompt_of(workshop: Workshop, asked: Mapping[str, str]) -> str:
    """Return the prompt.

    Links give its number; forms its text, because the numbers may have changed since.
    """
    prompts = workshop.prompt_list
    if "question" in asked:
        return asked["question"] if asked["question"] in prompts else ""
    number = asked.get("prompt", "")
    if (
        number.isascii()
        and number.isdigit()
        and len(number) < 4
        and 0 < int(number) <= len(prompts)
    ):
        return prompts[int(number) - 1]
    return ""


def latest_workshop(cohort: Cohort, moment: datetime) -> Workshop | None:
    """Return the workshop that started last.

    Its prompts are offered if the entry has no context.
    """
    return cohort.workshops.on().filter(starts_at__lte=moment).order_by("-starts_at").first()
