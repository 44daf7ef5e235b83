from celery import shared_task
from django.utils import timezone

from reports.reflection_rate import store_bands


@shared_task
def store_bands_of_closed_surveys() -> None:
    store_bands(at=timezone.now())
