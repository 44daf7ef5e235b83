import logging

from celery import shared_task
from django.utils import timezone

from privacy.retention import step

logger = logging.getLogger(__name__)


@shared_task
def purge_expired() -> None:
    """What it does not come to, the next run does."""
    logger.info("Keeping no longer: %s", step(at=timezone.now()))
