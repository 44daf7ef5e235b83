"""Where an entry belongs, as an address says it: a cohort, perhaps one of its workshops, perhaps a question of it."""

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
    """What is written about. `prompt` is the question as it is asked, empty for none."""

    cohort: Cohort
    workshop: Workshop | None = None
    prompt: str = ""

    @property
    def asked(self) -> dict[str, str]:
        """As an address asks for it; place_of reads it."""
        if self.workshop is None:
            return {"cohort": self.cohort.public_id}
        prompts = self.workshop.prompt_list
        number = {"prompt": str(prompts.index(self.prompt) + 1)} if self.prompt in prompts else {}
        return {"workshop": self.workshop.public_id, **number}


def own_cohorts(user: User) -> list[Cohort]:
    """Those that the person is in, the newest first; of somebody who left them all, those they were in. One query."""
    memberships = list(
        Membership.objects.filter(user=user)
        .select_related("cohort")
        .order_by("-cohort__made_at", "-pk")
    )
    current = [membership.cohort for membership in memberships if membership.is_active]
    return list(dict.fromkeys(current or [membership.cohort for membership in memberships]))


def place_of(user: User, asked: Mapping[str, str]) -> Place | None:
    """The place that `workshop` and `prompt`, or `cohort`, name; None if neither does.

    Raises Http404 for a place that the person never was in.
    """
    mine = Cohort.objects.joined_by(user)
    if workshop_id := asked.get("workshop"):
        workshops = Workshop.objects.filter(cohort__in=mine).select_related("cohort")
        workshop = workshops.filter(public_id=checked(workshop_id)).first()
        if workshop is None:
            raise Http404
        return Place(workshop.cohort, workshop, prompt_of(workshop, asked))
    if cohort_id := asked.get("cohort"):
        cohort = mine.filter(public_id=checked(cohort_id)).first()
        if cohort is None:
            raise Http404
        return Place(cohort)
    return None


def checked(public_id: str) -> str:
    """The id, if it can be one: PostgreSQL takes no NUL even in a question. Raises Http404 otherwise."""
    if not PUBLIC_ID.fullmatch(public_id):
        raise Http404
    return public_id


def prompt_of(workshop: Workshop, asked: Mapping[str, str]) -> str:
    """A link gives a question's number; a form the question itself, lest the numbers have moved meanwhile."""
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
    """The one that began last; its questions are offered to who comes with none."""
    return cohort.workshops.on().filter(starts_at__lte=moment).order_by("-starts_at").first()
