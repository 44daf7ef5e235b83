from celery import shared_task
from django.utils import timezone

from surveys.before_after.release import release_due_waves
from surveys.before_after.retention import delete_expired
from surveys.release import release_due


@shared_task
def release_closed_surveys() -> None:
    moment = timezone.now()
    release_due(at=moment)
    release_due_waves(at=moment)


@shared_task
def delete_expired_wave_data() -> None:
    delete_expired(at=timezone.now())
