"""The content that a programme's workshop plans and a cohort's workshops have in common."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from programmes.agenda import RunningOrder
from programmes.durations import duration
from programmes.questions import QuestionsField
from programmes.text_validation import check_characters, check_name

HALF_DAY_MINUTES = 210


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class PlanContent(models.Model):
    """An abstract model with the fields that workshop plans and workshops have in common."""

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
        "own_questions",
    )

    position = models.PositiveSmallIntegerField(_("position"), editable=False)
    title = models.CharField(_("title"), max_length=120, validators=[check_name])
    theme = models.CharField(
        _("theme"),
        max_length=120,
        blank=True,
        validators=[check_characters],
        help_text=_("The topic, in two or three words."),
    )
    purpose = models.TextField(
        _("purpose"),
        max_length=1000,
        blank=True,
        validators=[check_characters],
        help_text=_("Why the workshop is worth half a day."),
    )
    outcomes = models.TextField(
        _("outcomes"),
        max_length=2000,
        blank=True,
        validators=[check_characters],
        help_text=_("What people can do afterwards. One on each line."),
    )
    prework = models.TextField(
        _("prework"),
        max_length=2000,
        blank=True,
        validators=[check_characters],
        help_text=_("What people do before the workshop."),
    )
    prework_minutes = models.PositiveSmallIntegerField(
        _("minutes of prework"), default=0, validators=[MaxValueValidator(600)]
    )
    prompts = models.TextField(
        _("reflection prompts"),
        max_length=2000,
        blank=True,
        validators=[check_characters],
        help_text=_("Questions to write about afterwards. One on each line."),
    )
    agenda = models.TextField(
        _("agenda"),
        max_length=4000,
        blank=True,
        validators=[check_characters],
        help_text=_(
            "One part on each line, starting with its length in minutes, "
            "for example “15 Arrive and coffee”."
        ),
    )
    length_minutes = models.PositiveSmallIntegerField(
        _("length in minutes"),
        default=HALF_DAY_MINUTES,
        validators=[MinValueValidator(30), MaxValueValidator(720)],
        help_text=_("A half day is 210."),
    )
    own_questions = QuestionsField(
        _("questions of its own"),
        default=tuple,
        blank=True,
        editable=False,
        help_text=_("Questions that the survey after this workshop adds to those after each."),
    )

    class Meta:
        abstract = True

    def content(self) -> dict[str, object]:
        """Return the values of the CONTENT fields, to copy them to another plan or workshop."""
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
        """The length as people read it, for example “3½ hours”."""
        return duration(self.length_minutes)

    @property
    def prework_length(self) -> str:
        """The prework's length as people read it, for example “25 minutes”. Empty for 0 minutes."""
        return duration(self.prework_minutes) if self.prework_minutes else ""
