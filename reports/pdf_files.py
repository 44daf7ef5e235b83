"""The PDFs of reports: made by a worker, stored encrypted, and reused while nothing changes."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from reports.downloads import as_document
from reports.figures import figures_of
from reports.models import ReportPdf
from ui.pdf import SECONDS, TypesettingError, typeset_apart
from ui.version_token import version_token

logger = logging.getLogger(__name__)

# The lease of a worker. After it expires, another worker can claim the PDF.
LEASE = timedelta(seconds=2 * SECONDS)
MOST_ATTEMPTS = 3
LIFETIME = timedelta(days=1)


def current_pdf(cohort: Cohort, *, at: datetime) -> bytes | None:
    """Return the stored PDF; None if there is none, or if the report has changed since."""
    stored = ReportPdf.objects.filter(cohort=cohort, made_at__isnull=False).first()
    if stored is None or stored.version != version_token(as_document(figures_of(cohort, at))):
        return None
    return stored.content()


@transaction.atomic
def request_pdf(cohort: Cohort, *, by: User, at: datetime) -> None:
    """Have the cohort's PDF made, unless a worker is making it already. Locks the PDF's row."""
    ReportPdf.objects.get_or_create(cohort=cohort, defaults={"asked_at": at, "asked_by": by})
    stored = ReportPdf.objects.select_for_update().get(cohort=cohort)
    if not stored.is_pending:
        ReportPdf.objects.filter(pk=stored.pk).delete()
        ReportPdf.objects.create(cohort=cohort, asked_at=at, asked_by=by)
    queue_on_commit()


def queue_on_commit() -> None:
    """Queue the task that makes PDFs when this transaction commits.

    Does nothing without a broker. Then `send_due --loop` makes the PDFs. With a broker, Celery beat
    also runs the task each minute.
    """
    if settings.CELERY_BROKER_URL:
        transaction.on_commit(queue, robust=True)


def queue() -> None:
    """Queue the task. Doesn't retry, because a request is waiting."""
    from reports.tasks import make_report_pdfs  # noqa: PLC0415 (tasks import this module)

    app = make_report_pdfs.app
    once = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}
    with app.connection_for_write(transport_options=once) as connection:
        app.send_task(make_report_pdfs.name, connection=connection, retry=False, expires=600)


def make_pending() -> int:
    """Make the PDFs that were asked for, one after the other; return how many."""
    count = 0
    while stored := claim(timezone.now()):
        make(stored)
        count += 1
    return count


@transaction.atomic
def claim(now: datetime) -> ReportPdf | None:
    """Claim and return the PDF that was asked for first; None if there is nothing to do.

    If a person has asked for several PDFs, they are made one at a time. Locks that person's row, so
    that concurrent workers don't claim two of their PDFs.
    """
    waiting = waiting_at(now).values_list("pk", "asked_by").first()
    if waiting is None:
        return None
    pk, asked_by = waiting
    list(User.objects.select_for_update(no_key=True).filter(pk=asked_by).values("pk"))
    stored: ReportPdf | None = (
        waiting_at(now).select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
    )
    if stored is None:
        return None
    stored.claimed_until, stored.attempts = now + LEASE, stored.attempts + 1
    if stored.attempts > MOST_ATTEMPTS:
        stored.claimed_until, stored.failed_at = None, now
    stored.save(update_fields=["claimed_until", "attempts", "failed_at"])
    return stored


def waiting_at(now: datetime) -> QuerySet[ReportPdf]:
    being_made = ReportPdf.objects.filter(
        asked_by=OuterRef("asked_by"), claimed_until__gt=now, made_at=None, failed_at=None
    )
    return ReportPdf.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lte=now),
        ~Exists(being_made),
        made_at=None,
        failed_at=None,
    ).order_by("asked_at", "pk")


def make(stored: ReportPdf) -> None:
    """Make the PDF of a claimed row, and store it or the failure."""
    if stored.failed_at:
        return
    try:
        document = as_document(figures_of(stored.cohort, timezone.now()))
        content = typeset_apart(document)
    except TypesettingError:
        logger.exception("The PDF of report %s could not be made", stored.pk)
        claimed = ReportPdf.objects.filter(pk=stored.pk, claimed_until=stored.claimed_until)
        claimed.update(failed_at=timezone.now(), claimed_until=None)
    else:
        stored.made(content, version=version_token(document), at=timezone.now())


def delete_old(*, at: datetime) -> int:
    """Delete the PDFs that were asked for more than a day ago; return how many."""
    return ReportPdf.objects.filter(asked_at__lt=at - LIFETIME).delete()[0]
