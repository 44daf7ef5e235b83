import logging

from celery import shared_task
from django.utils import timezone

from privacy.retention import step

logger = logging.getLogger(__name__)


@shared_task
def purge_expired() -> None:
    logger.info("Retention: %s", step(at=timezone.now()))
