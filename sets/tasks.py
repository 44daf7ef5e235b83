from celery import shared_task
from django.utils import timezone

from sets.introductions.making import make_due_rounds
from sets.making import jobs


@shared_task
def make_pending_sets() -> None:
    jobs.make_pending()


@shared_task
def delete_old_tables() -> None:
    jobs.delete_old_tables(at=timezone.now())


@shared_task
def make_introductions() -> None:
    make_due_rounds(at=timezone.now())
