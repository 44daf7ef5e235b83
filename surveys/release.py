"""The release of a closed survey's answers: from its ballot box into responses."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import connection, transaction

from surveys.models import BallotBox, Response, Survey, UnreadableBoxError

logger = logging.getLogger(__name__)


def release_due(*, at: datetime) -> int:
    """Release the answers of every survey that has closed. Return the number of surveys released.

    If one survey fails, the error is logged and the other surveys are released.
    """
    released = 0
    for pk in list(BallotBox.objects.filter(survey__closing_at__lte=at).values_list("pk")):
        try:
            released += release(*pk, at=at)
        except UnreadableBoxError:
            logger.error(
                "The answers to survey %d can't be decrypted: its key is not in REFLECTION_KEYS.",
                *pk,
            )
        except Exception:
            logger.exception("The answers to survey %d could not be released.", *pk)
    return released


@transaction.atomic
def release(survey: int, *, at: datetime) -> bool:
    """Save the answers in a closed survey's ballot box as responses, and delete the box.

    The responses are in random order. `survey` is a pk. Does nothing and returns False if the
    survey has not closed, or its answers have been released. Raises UnreadableBoxError if the
    encryption key is missing. If the workshop is cancelled, the answers are deleted with the box,
    because nobody can see them.
    """
    closed = Survey.objects.filter(pk=survey, closing_at__lte=at)
    # The row lock serialises the release with submissions and with other releases.
    locked = closed.select_for_update(of=("self",)).select_related("workshop").first()
    box = BallotBox.objects.filter(survey=locked).first() if locked else None
    if locked is None or box is None:
        return False
    if not locked.workshop.is_cancelled:
        Response.objects.bulk_create(Response(survey=locked, **one) for one in box.read())
    box.delete()
    transaction.on_commit(truncate_write_ahead_log, robust=True)
    return True


def truncate_write_ahead_log() -> None:
    """Empty SQLite's write-ahead log, which contains earlier versions of the ballot box.

    Somebody with the encryption keys could compare those versions, and learn in which order the
    answers came. If other connections are busy, SQLite leaves the log as it is, and overwrites it
    later.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
