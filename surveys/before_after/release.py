"""The release of a closed wave's answers: from its box into responses."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from surveys.models import PSEUDONYM, UnreadableBoxError, Wave, WaveBox, WaveResponse
from surveys.release import truncate_write_ahead_log

logger = logging.getLogger(__name__)


def release_due_waves(*, at: datetime) -> int:
    """Release the answers to every wave that has closed. Return the number of waves released.

    If one wave fails, the error is logged and the other waves are released.
    """
    released = 0
    for pk in list(WaveBox.objects.filter(wave__closing_at__lte=at).values_list("pk", flat=True)):
        try:
            released += release(pk, at=at)
        except UnreadableBoxError:
            logger.error(
                "The answers to wave %d can't be decrypted: its key is not in REFLECTION_KEYS.", pk
            )
        except Exception:
            logger.exception("The answers to wave %d could not be released.", pk)
    return released


@transaction.atomic
def release(wave: int, *, at: datetime) -> bool:
    """Save the answers in a closed wave's box as responses in random order, and delete the box.

    `wave` is a pk. Does nothing and returns False if the wave has not closed, or its answers have
    been released. Raises UnreadableBoxError if the encryption key is missing.
    """
    locked = Wave.objects.select_for_update().filter(pk=wave, closing_at__lte=at).first()
    box = WaveBox.objects.filter(wave=locked).first() if locked else None
    if locked is None or box is None:
        return False
    WaveResponse.objects.bulk_create(
        WaveResponse(wave=locked, pseudonym=one.pop(PSEUDONYM, None), answers=one)
        for one in box.read()
    )
    box.delete()
    transaction.on_commit(truncate_write_ahead_log, robust=True)
    return True
