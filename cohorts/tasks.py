from celery import shared_task
from django.utils import timezone

from cohorts import merging


@shared_task
def finish_merges() -> None:
    merging.finish_merges(at=timezone.now())
