"""“You said, we did”: the facilitators' replies to the results of surveys."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from outbox.delivery.batch_cache import cached_per_batch
from surveys.models import FeedbackReply, Survey
from ui.version_token import check_version, version_token
from workshops.models import Workshop


def reply_about(workshop: Workshop) -> FeedbackReply | None:
    """Return the reply to the survey after a workshop, with its author. Makes one query."""
    found = FeedbackReply.objects.filter(survey__workshop=workshop)
    return found.select_related("written_by").first()


@cached_per_batch
def latest_reply(cohort: int, position: int) -> FeedbackReply | None:
    """Return the latest reply about a workshop before the one at this position, with its workshop.

    `cohort` is a pk. Makes one query, cached per batch.
    """
    found = FeedbackReply.objects.filter(
        survey__workshop__cohort=cohort, survey__workshop__position__lt=position
    )
    return found.select_related("survey__workshop").order_by("-survey__workshop__position").first()


def version_of(reply: FeedbackReply | None) -> str:
    return version_token(reply.text if reply else "")


@transaction.atomic
def save_reply(*, survey: Survey, text: str, seen: str, by: User, at: datetime) -> None:
    """Save the reply to a survey, or delete it if the text is empty.

    `seen` is the version token of the reply when the page was shown. Raises StaleError if somebody
    else has saved another since. Locks the survey.
    """
    Survey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
    stored = FeedbackReply.objects.filter(survey=survey).first()
    if (stored.text if stored else "") == text:
        return
    check_version(
        seen,
        version_of(stored),
        _("Somebody else has saved a reply meanwhile. It is above the form; save to replace it."),
    )
    if not text:
        FeedbackReply.objects.filter(survey=survey).delete()
        return
    FeedbackReply.objects.update_or_create(
        survey=survey, defaults={"text": text, "written_by": by, "written_at": at}
    )
