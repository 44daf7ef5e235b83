from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, F, Max, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_id import PublicIdField
from outbox.models import MessageTemplate
from programmes.features import Features, Part
from programmes.feedback import FeedbackSettings
from programmes.plan_content import PlanContent
from programmes.text_validation import check_characters, check_name, name_key, tidy

DEFAULT_WORKSHOP_COUNT = 6
NAME_LENGTH = 120
NAME_TAKEN = _("Enter another name. There is already a programme with this name.")
# Added to positions while plans are renumbered, so that no two plans ever have the same position.
TEMPORARY_OFFSET = 10_000


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def current(self) -> ProgrammeQuerySet:
        """Return the programmes that are not retired, from which cohorts can be created."""
        return self.filter(retired_at=None)

    def retired(self) -> ProgrammeQuerySet:
        return self.filter(retired_at__isnull=False)

    def with_workshop_count(self) -> ProgrammeQuerySet:
        """Annotate each programme with its number of workshop plans, as `workshop_count`."""
        return self.annotate(workshop_count=Count("plans"))

    def named(self, name: str) -> Programme | None:
        """Return the first programme whose name has the same name key as `name`, or None.

        Evaluates the queryset and compares in Python, because SQLite's LOWER() handles only ASCII.
        """
        key = name_key(name)
        return next((programme for programme in self if name_key(programme.name) == key), None)


class Programme(FeedbackSettings, Features):
    """A series of workshop plans. A cohort is created from a programme and copies its plans."""

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=NAME_LENGTH, validators=[check_name])
    purpose = models.TextField(
        _("purpose"),
        max_length=1000,
        blank=True,
        validators=[check_characters],
        help_text=_("What the programme is for, in a sentence or two."),
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
            *FeedbackSettings.Meta.constraints,
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
                violation_error_message=_(
                    "Set both when the programme was retired and who retired it, or neither."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("programmes:programme_detail", args=[self.public_id])

    def clean(self) -> None:
        """Tidy the name. Raise ValidationError if another current programme has the same name.

        The unique constraint does not suffice: a model form skips a constraint whose condition uses
        a field that is not on the form, here `retired_at`.
        """
        self.name = tidy(self.name)
        if self.is_retired:
            return
        if Programme.objects.current().exclude(pk=self.pk).named(self.name):
            raise ValidationError({"name": NAME_TAKEN})

    @property
    def is_retired(self) -> bool:
        return self.retired_at is not None

    def retire(self, *, by: User, at: datetime) -> None:
        """Stop new cohorts being created from this programme. Does nothing if already retired."""
        Programme.objects.current().filter(pk=self.pk).update(retired_at=at, retired_by=by)
        self.refresh_from_db()

    def restore(self) -> None:
        """Make a retired programme current again.

        Raises ValidationError if another current programme has the same name, or IntegrityError
        if a concurrent request takes the name.
        """
        self.retired_at = self.retired_by = None
        self.full_clean()
        self.save(update_fields=["retired_at", "retired_by"])

    def locked_plans(self) -> list[WorkshopPlan]:
        """Lock this programme's row, and return its plans in order of position.

        The lock serialises concurrent changes to the plans. Requires a transaction.
        """
        Programme.objects.select_for_update().get(pk=self.pk)
        return list(self.plans.order_by("position"))

    @transaction.atomic
    def add(self, *plans: WorkshopPlan) -> None:
        """Save these new plans at the end of the programme, in this order."""
        last = max((plan.position for plan in self.locked_plans()), default=0)
        for position, plan in enumerate(plans, last + 1):
            plan.programme, plan.position = self, position
        WorkshopPlan.objects.bulk_create(plans)

    @transaction.atomic
    def duplicate(self) -> Programme:
        """Return a copy of this programme under another name.

        Returns an earlier copy if it still has the same content, so that submitting twice creates
        one copy. Raises IntegrityError if a concurrent request takes the name.
        """
        plans = self.locked_plans()
        others = Programme.objects.current().exclude(pk=self.pk)
        for name in names_of_copies(self.name):
            taken: Programme | None = others.named(name)
            if taken is None:
                break
            if taken.has_same_content_as(self):
                return taken
        copy = Programme.objects.create(
            name=name, purpose=self.purpose, **self.feedback_settings(), **self.features()
        )
        copy.add(*(WorkshopPlan(**plan.content()) for plan in plans))
        ProgrammeMessageTemplate.objects.bulk_create(
            ProgrammeMessageTemplate(programme=copy, **template.content())
            for template in self.message_templates.all()
        )
        return copy

    def has_same_content_as(self, other: Programme) -> bool:
        """Return whether all but the name is equal: purpose, settings, plans, message templates."""
        mine, theirs = (
            [plan.content() for plan in programme.plans.order_by("position")]
            + [template.content() for template in programme.message_templates.order_by("kind")]
            for programme in (self, other)
        )
        return (
            self.purpose == other.purpose
            and self.feedback_settings() == other.feedback_settings()
            and self.features() == other.features()
            and mine == theirs
        )

    def save_message_template(self, kind: str, content: Mapping[str, object]) -> None:
        """Save the template of a kind of e-mail, or delete it if all values are the default.

        A value that is empty or None means the default.
        """
        if any(value not in ("", None) for value in content.values()):
            self.message_templates.update_or_create(kind=kind, defaults=content)
        else:
            self.message_templates.filter(kind=kind).delete()


def names_of_copies(name: str) -> Iterator[str]:
    """Yield names for copies of a programme: “X (copy)”, “X (copy 2)”, “X (copy 3)” and so on.

    X is the name without such a suffix, truncated so that the result fits in NAME_LENGTH. Leaves
    out `name` itself.
    """
    word = gettext("copy")
    original = re.sub(rf" \({re.escape(word)}( \d+)?\)$", "", name)
    for number in count(1):
        suffix = f" ({word})" if number == 1 else f" ({word} {number})"
        candidate = original[: NAME_LENGTH - len(suffix)].rstrip() + suffix
        if candidate != name:
            yield candidate


class WorkshopPlan(PlanContent):
    """One workshop of a programme, without a date. Each cohort has a copy of it with a date."""

    public_id = PublicIdField()
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="plans")

    class Meta:
        ordering = ("programme_id", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("programme", "position"),
                name="plan_position_once",
                violation_error_message=_(
                    "Choose another position. Another workshop has this one."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"

    def get_absolute_url(self) -> str:
        return f"{self.programme.get_absolute_url()}#plan-{self.public_id}"

    def clean(self) -> None:
        self.title, self.theme = tidy(self.title), tidy(self.theme)

    def parts(self) -> list[Part]:
        """Return what the programme's features add, if this is its first or last workshop.

        Makes one query.
        """
        last = self.programme.plans.aggregate(last=Max("position"))["last"]
        first_parts = self.programme.first_parts() if self.position == 1 else []
        return first_parts + (self.programme.last_parts() if self.position == last else [])

    def update_content(self, **content: object) -> bool:
        """Save these fields and no others. Return whether the plan still exists."""
        return bool(WorkshopPlan.objects.filter(pk=self.pk).update(**content))

    @transaction.atomic
    def move(self, *, to: int) -> None:
        """Move this plan to a position, counted from 1, and renumber the others.

        A position beyond either end means that end. Does nothing if the plan has been deleted.
        """
        plans = self.programme.locked_plans()
        if self not in plans:
            return
        plans.remove(self)
        plans.insert(max(0, to - 1), self)
        renumber(plans)

    @transaction.atomic
    def remove(self) -> None:
        """Delete this plan and renumber those after it."""
        plans = self.programme.locked_plans()
        WorkshopPlan.objects.filter(pk=self.pk).delete()
        renumber([plan for plan in plans if plan != self])


def renumber(plans: list[WorkshopPlan]) -> None:
    """Give the plans positions from 1 in this order, and save them."""
    WorkshopPlan.objects.filter(pk__in=[plan.pk for plan in plans]).update(
        position=F("position") + TEMPORARY_OFFSET
    )
    for position, plan in enumerate(plans, 1):
        plan.position = position
    WorkshopPlan.objects.bulk_update(plans, ["position"])


class ProgrammeMessageTemplate(MessageTemplate):
    """A programme's template for one kind of message. New cohorts copy it."""

    programme = models.ForeignKey(
        Programme, on_delete=models.CASCADE, related_name="message_templates"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("programme", "kind"),
                name="programme_message_template_unique",
                violation_error_message=_(
                    "Somebody else has just saved this e-mail. Open it again to see their version."
                ),
            ),
        )
