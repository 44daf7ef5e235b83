"""Switching “Before and after” on and off for a cohort."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from cohorts.models import Cohort
from surveys.before_after.colleagues import erase_letters
from surveys.before_after.timing import with_times
from surveys.models import Colleague, Occasion, Wave, WaveBox, WaveReceipt, WaveResponse
from surveys.models.ballot_boxes import padded


@transaction.atomic
def follow_features(cohort: Cohort, *, at: datetime) -> None:
    """Create a cohort's waves if it uses “Before and after”, or else delete them.

    Does nothing if the switch has not changed. Raises ValidationError if “Before and after” is
    switched off after somebody has answered, or once colleagues can answer. See
    settings.ON_FEATURES_CHANGED.
    """
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    has_waves = cohort.waves.exists()
    if cohort.uses_before_after and not has_waves:
        create_waves(cohort, at=at)
    elif has_waves and not cohort.uses_before_after:
        delete_waves(cohort, at=at)


def create_waves(cohort: Cohort, *, at: datetime) -> None:
    for occasion in Occasion:
        wave = Wave.objects.create(cohort=cohort, occasion=occasion, made_at=at)
        WaveBox.objects.create(wave=wave, content=padded([]))


def delete_waves(cohort: Cohort, *, at: datetime) -> None:
    """Delete the cohort's waves and colleagues, and erase the e-mails to the colleagues.

    Raises ValidationError if a participant has answered a wave, or a colleague could have answered.
    """
    waves = cohort.waves.select_for_update()
    list(waves.values_list("pk"))
    if has_answers(cohort) or colleagues_can_answer(cohort, at):
        raise ValidationError(
            {
                "uses_before_after": _(
                    "Keep this ticked. Somebody has answered already, or could have, so you can’t "
                    "switch it off."
                )
            }
        )
    Colleague.objects.filter(membership__cohort=cohort).delete()
    erase_letters(at=at)
    waves.delete()


def has_answers(cohort: Cohort) -> bool:
    """Return whether somebody has answered a wave of the cohort."""
    answered = cohort.waves.filter(
        Exists(WaveReceipt.objects.filter(wave=OuterRef("pk")))
        | Exists(WaveResponse.objects.filter(wave=OuterRef("pk")))
    )
    named = Colleague.objects.filter(membership__cohort=cohort, has_answered=True)
    return answered.exists() or named.exists()


def colleagues_can_answer(cohort: Cohort, moment: datetime) -> bool:
    """Return whether the colleagues' wave has opened.

    Ignores whether anybody has answered the wave, because that would reveal that a participant had
    named a colleague.
    """
    waves = with_times(Wave.objects.filter(cohort=cohort, occasion=Occasion.COLLEAGUES))
    return waves.filter(opens__lte=moment).exists()
