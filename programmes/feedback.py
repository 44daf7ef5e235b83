"""The settings of feedback surveys that programmes and cohorts have, and the ready questions."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from programmes.questions import Question, QuestionKind, Questions, QuestionsField

LONG, SCALE, NUMBER = QuestionKind.LONG_TEXT, QuestionKind.SCALE, QuestionKind.NUMBER
FEWEST_SURVEY_DAYS, MOST_SURVEY_DAYS = 3, 28
# The largest number of people that somebody can name in a question about trust.
MOST_PEOPLE = 60


class SurveyKind(models.TextChoices):
    """How answers are linked to people, from the most to the least anonymous."""

    ANONYMOUS = "anonymous", _("Anonymous")
    LINKED = "linked", _("Confidential and linked")
    NAMED = "named", _("Named")

    @property
    def promise(self) -> StrPromise:
        """Who can see a person's answers, as it is printed on the survey."""
        return PROMISES[self]

    def is_at_least_as_strong_as(self, other: SurveyKind) -> bool:
        """Return whether this kind protects people as much as `other`, or more."""
        order = list(SurveyKind)
        return order.index(self) <= order.index(other)


PROMISES = {
    SurveyKind.ANONYMOUS: _("Anonymous: your answers are not linked to your name."),
    SurveyKind.LINKED: _(
        "Confidential: your answers are linked to your other answers by a code, not by your name. "
        "Nobody sees the answers of one person."
    ),
    SurveyKind.NAMED: _(
        "Named: your facilitators and the administrators can see your name beside your answers."
    ),
}


def scale(name: str, text: StrPromise, low: StrPromise, high: StrPromise) -> Question:
    return Question(name, SCALE, str(text), str(low), str(high))


def default_questions() -> Questions:
    """Return the five questions of a new programme, in the current language."""
    return (
        scale("spoke_openly", _("I could speak openly"), _("Not at all"), _("Completely")),
        scale(
            "new_perspective",
            _("I met a perspective that was new to me"),
            _("Not at all"),
            _("Several times"),
        ),
        scale(
            "do_differently",
            _("I know one thing I will do differently"),
            _("Not yet"),
            _("Clearly"),
        ),
        scale("worth_time", _("The half day was worth my time"), _("No"), _("Yes")),
        Question("change", LONG, str(_("What should we change for next time?"))),
    )


def ready_questions() -> Questions:
    """Return the questions that facilitators can add with one click, in the current language.

    The three counts of people are how Convenor asks about trust: never by name.
    """
    trust = (
        ("disagree_openly", _("disagree openly")),
        ("ask_for_help", _("ask for help that you’d be embarrassed to need")),
        ("act_on_word", _("act on their word")),
    )
    people = _("With how many people here from other organisations could you %(do_what)s?")
    return (
        *default_questions(),
        *(
            Question(name, NUMBER, str(people) % {"do_what": what}, most=MOST_PEOPLE)
            for name, what in trust
        ),
        scale("was_heard", _("People listened to me"), _("Not at all"), _("All the time")),
        scale("pace", _("The pace suited me"), _("Not at all"), _("Completely")),
        Question("helped_most", LONG, str(_("What helped you most today?"))),
        Question("will_try", LONG, str(_("What will you try before we meet again?"))),
    )


class FeedbackSettings(models.Model):
    """An abstract model with the settings of the surveys after workshops."""

    # Change these on the pages of the survey editor: they check what may still be changed.
    FEEDBACK: ClassVar = ("questions", "survey_kind", "survey_days")

    questions = QuestionsField(
        _("questions"), default=default_questions, blank=True, editable=False
    )
    survey_kind = models.CharField(
        _("kind of survey"),
        max_length=10,
        choices=SurveyKind.choices,
        default=SurveyKind.ANONYMOUS,
    )
    survey_days = models.PositiveSmallIntegerField(
        _("days to answer"),
        default=10,
        validators=[MinValueValidator(FEWEST_SURVEY_DAYS), MaxValueValidator(MOST_SURVEY_DAYS)],
        help_text=_("How many days after the workshop its survey closes."),
    )

    class Meta:
        abstract = True
        constraints = (
            models.CheckConstraint(
                condition=Q(survey_kind__in=SurveyKind.values),
                name="%(class)s_survey_kind_known",
                violation_error_message=_("Choose a kind of survey."),
            ),
            models.CheckConstraint(
                condition=Q(survey_days__gte=FEWEST_SURVEY_DAYS, survey_days__lte=MOST_SURVEY_DAYS),
                name="%(class)s_survey_days_3_to_28",
                violation_error_message=_("Enter a number of days from 3 to 28."),
            ),
        )

    def feedback_settings(self) -> dict[str, object]:
        """Return the values of the FEEDBACK fields, to copy them to a cohort or programme."""
        return {name: getattr(self, name) for name in self.FEEDBACK}
