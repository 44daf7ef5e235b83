from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from accounts.models import User
from accounts.public_id import PublicIdField
from outbox.models import MessageTemplate
from programmes.agenda import RunningOrder
from programmes.text_validation import check_characters, check_name, in_hours, name_key, tidy

HALF_DAY_MINUTES = 210
USUAL_NUMBER_OF_WORKSHOPS = 6
NAME_LENGTH = 120
NAME_TAKEN = "There is a programme of this name. Give this one another."
PARKED = 10_000  # beyond any place, for plans that are being put in order


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class PlanContent(models.Model):
    """What a workshop is for and asks of people; a programme's plan and a cohort's workshop both hold it."""

    CONTENT: ClassVar[tuple[str, ...]] = (
        "position",
        "title",
        "theme",
        "purpose",
        "outcomes",
        "prework",
        "prework_minutes",
        "prompts",
        "agenda",
        "length_minutes",
    )

    position = models.PositiveSmallIntegerField(editable=False)
    title = models.CharField(max_length=120, validators=[check_name])
    theme = models.CharField(
        max_length=120,
        blank=True,
        validators=[check_characters],
        help_text="What it is about, in two or three words.",
    )
    purpose = models.TextField(
        max_length=1000,
        blank=True,
        validators=[check_characters],
        help_text="Why people give it half a day.",
    )
    outcomes = models.TextField(
        max_length=2000,
        blank=True,
        validators=[check_characters],
        help_text="What people can do afterwards; one a line.",
    )
    prework = models.TextField(
        max_length=2000,
        blank=True,
        validators=[check_characters],
        help_text="What to do before it.",
    )
    prework_minutes = models.PositiveSmallIntegerField(
        "minutes of prework", default=0, validators=[MaxValueValidator(600)]
    )
    prompts = models.TextField(
        "reflection prompts",
        max_length=2000,
        blank=True,
        validators=[check_characters],
        help_text="Questions to write about afterwards; one a line.",
    )
    agenda = models.TextField(
        max_length=4000,
        blank=True,
        validators=[check_characters],
        help_text="How the half day runs, one part a line, its minutes first: “15 Arrive and coffee”.",
    )
    length_minutes = models.PositiveSmallIntegerField(
        "length in minutes",
        default=HALF_DAY_MINUTES,
        validators=[MinValueValidator(30), MaxValueValidator(720)],
        help_text="A half day is 210.",
    )

    class Meta:
        abstract = True

    def content(self) -> dict[str, object]:
        """The facts that a copy takes along."""
        return {name: getattr(self, name) for name in self.CONTENT}

    @property
    def outcome_list(self) -> list[str]:
        return lines_of(self.outcomes)

    @property
    def prompt_list(self) -> list[str]:
        return lines_of(self.prompts)

    @property
    def running_order(self) -> RunningOrder:
        return RunningOrder(self.agenda, self.length_minutes)

    @property
    def length(self) -> str:
        """“3½ hours”."""
        return in_hours(self.length_minutes)

    @property
    def prework_length(self) -> str:
        """“25 minutes”; empty when nobody has said how long it takes."""
        return in_hours(self.prework_minutes) if self.prework_minutes else ""


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def current(self) -> ProgrammeQuerySet:
        """Those that a new cohort can be made from."""
        return self.filter(retired_at=None)

    def retired(self) -> ProgrammeQuerySet:
        return self.filter(retired_at__isnull=False)

    def with_workshop_count(self) -> ProgrammeQuerySet:
        """Each knows its `workshop_count`."""
        return self.annotate(workshop_count=Count("plans"))

    def named(self, name: str) -> Programme | None:
        """The first of this name, however its capitals and spaces are typed.

        Compared here and not in SQL, as SQLite knows no capitals beyond A to Z; there are never many programmes.
        """
        key = name_key(name)
        return next((programme for programme in self if name_key(programme.name) == key), None)


class Programme(models.Model):
    """A template of workshops that cohorts are made from."""

    public_id = PublicIdField()
    name = models.CharField(max_length=NAME_LENGTH, validators=[check_name])
    purpose = models.TextField(
        max_length=1000,
        blank=True,
        validators=[check_characters],
        help_text="What the programme is for, in a sentence or two.",
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects: ClassVar = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(retired_at=None),
                name="programme_name_once",
                violation_error_message=NAME_TAKEN,
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_by=None)
                | Q(retired_at__isnull=False, retired_by__isnull=False),
                name="programme_retired_by_somebody",
                violation_error_message="A retired programme says who retired it.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("programmes:programme_detail", args=[self.public_id])

    def clean(self) -> None:
        """A form leaves out constraints on facts that it does not show, so the name is asked about here as well."""
        self.name = tidy(self.name)
        if self.is_retired:
            return
        if Programme.objects.current().exclude(pk=self.pk).named(self.name):
            raise ValidationError({"name": NAME_TAKEN})

    @property
    def is_retired(self) -> bool:
        return self.retired_at is not None

    def retire(self, *, by: User, at: datetime) -> None:
        """No new cohort is made from it; those that run go on. Who retired it first stays on record."""
        Programme.objects.current().filter(pk=self.pk).update(retired_at=at, retired_by=by)
        self.refresh_from_db()

    def bring_back(self) -> None:
        """Raises ValidationError, or IntegrityError in a race, if another programme has taken its name meanwhile."""
        self.retired_at = self.retired_by = None
        self.full_clean()
        self.save(update_fields=["retired_at", "retired_by"])

    def locked_plans(self) -> list[WorkshopPlan]:
        """Its plans in order; until the transaction ends nobody else can add to them, move or remove them."""
        Programme.objects.select_for_update().get(pk=self.pk)
        return list(self.plans.order_by("position"))

    @transaction.atomic
    def add(self, *plans: WorkshopPlan) -> None:
        """Puts the plans after those that are there."""
        last = max((plan.position for plan in self.locked_plans()), default=0)
        for position, plan in enumerate(plans, last + 1):
            plan.programme, plan.position = self, position
        WorkshopPlan.objects.bulk_create(plans)

    @transaction.atomic
    def duplicate(self) -> Programme:
        """A current programme that says the same; a copy that nobody has changed yet is given again, not made twice."""
        plans = self.locked_plans()
        others = Programme.objects.current().exclude(pk=self.pk)
        for name in names_of_copies(self.name):
            taken: Programme | None = others.named(name)
            if taken is None:
                break
            if taken.says_the_same_as(self):
                return taken
        copy = Programme.objects.create(name=name, purpose=self.purpose)
        copy.add(*(WorkshopPlan(**plan.content()) for plan in plans))
        ProgrammeMessageTemplate.objects.bulk_create(
            ProgrammeMessageTemplate(programme=copy, **wording.content())
            for wording in self.message_templates.all()
        )
        return copy

    def says_the_same_as(self, other: Programme) -> bool:
        """Are the purpose, every plan and every wording alike, whatever the names?"""
        mine, theirs = (
            [plan.content() for plan in programme.plans.order_by("position")]
            + [wording.content() for wording in programme.message_templates.order_by("kind")]
            for programme in (self, other)
        )
        return self.purpose == other.purpose and mine == theirs

    def reword(self, kind: str, content: Mapping[str, object]) -> None:
        """Keeps how its cohorts to come word and time a kind of e-mail; what is empty is as usual."""
        if any(said not in ("", None) for said in content.values()):
            self.message_templates.update_or_create(kind=kind, defaults=content)
        else:
            self.message_templates.filter(kind=kind).delete()


def names_of_copies(name: str) -> Iterator[str]:
    """“X (copy)”, “X (copy 2)” and so on; a copy of a copy is X's too. A long X is cut, so that all of it fits."""
    original = re.sub(r" \(copy( \d+)?\)$", "", name)
    for number in count(1):
        suffix = " (copy)" if number == 1 else f" (copy {number})"
        candidate = original[: NAME_LENGTH - len(suffix)].rstrip() + suffix
        if candidate != name:
            yield candidate


class WorkshopPlan(PlanContent):
    """One of a programme's workshops, before it has a date."""

    public_id = PublicIdField()
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="plans")

    class Meta:
        ordering = ("programme_id", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("programme", "position"),
                name="plan_position_once",
                violation_error_message="Another workshop stands at this place.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"

    def get_absolute_url(self) -> str:
        return f"{self.programme.get_absolute_url()}#plan-{self.public_id}"

    def clean(self) -> None:
        self.title, self.theme = tidy(self.title), tidy(self.theme)

    def rewrite(self, **content: object) -> bool:
        """Keeps new words, and only them: its place may have changed meanwhile. False if it has been deleted."""
        return bool(WorkshopPlan.objects.filter(pk=self.pk).update(**content))

    @transaction.atomic
    def move(self, *, to: int) -> None:
        """Puts this plan at that place, from 1; a place beyond the ends is the end. The others close up."""
        plans = self.programme.locked_plans()
        if self not in plans:  # deleted meanwhile
            return
        plans.remove(self)
        plans.insert(max(0, to - 1), self)
        number(plans)

    @transaction.atomic
    def remove(self) -> None:
        """Deletes this plan; those after it close up."""
        plans = self.programme.locked_plans()
        WorkshopPlan.objects.filter(pk=self.pk).delete()
        number([plan for plan in plans if plan != self])


def number(plans: list[WorkshopPlan]) -> None:
    """Numbers the plans from 1 in this order; by way of high numbers, as no two may share one even for a moment."""
    WorkshopPlan.objects.filter(pk__in=[plan.pk for plan in plans]).update(
        position=F("position") + PARKED
    )
    for position, plan in enumerate(plans, 1):
        plan.position = position
    WorkshopPlan.objects.bulk_update(plans, ["position"])


class ProgrammeMessageTemplate(MessageTemplate):
    """How a programme words and times one kind of message; its later cohorts copy it."""

    programme = models.ForeignKey(
        Programme, on_delete=models.CASCADE, related_name="message_templates"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("programme", "kind"),
                name="programme_wording_once",
                violation_error_message="Somebody else has just changed this wording.",
            ),
        )
