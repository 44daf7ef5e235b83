"""The moment from which a survey has its own questions: its first invitation, answer or closing."""

from django.db import transaction

from cohorts.models import Cohort
from surveys.models import BallotBox, Survey
from surveys.models.ballot_boxes import padded
from workshops.models import Workshop


def get_or_create_survey(workshop: Workshop) -> Survey:
    """Return the workshop's survey. Saves a new one with a ballot box if there is none.

    The new survey gets a copy of the questions as they are now. Call this only to invite people to
    the survey, to answer it or to close it.
    """
    return Survey.objects.filter(workshop=workshop).first() or _create(workshop)


@transaction.atomic
def _create(workshop: Workshop) -> Survey:
    # The lock serialises this with changes to the cohort's settings, so that no new survey gets a
    # kind that is being replaced by one that is more anonymous.
    Cohort.objects.select_for_update(no_key=True).get(pk=workshop.cohort_id)
    new = Survey.objects.new(Workshop.objects.select_related("cohort").get(pk=workshop.pk))
    survey, is_new = Survey.objects.get_or_create(
        workshop=workshop, defaults={"kind": new.kind, "questions": new.questions}
    )
    if is_new:
        BallotBox.objects.create(survey=survey, content=padded([]))
    return survey
