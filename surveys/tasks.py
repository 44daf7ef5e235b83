from celery import shared_task
from django.utils import timezone

from surveys.release import release_due


@shared_task
def release_closed_surveys() -> None:
    release_due(at=timezone.now())
