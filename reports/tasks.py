from celery import shared_task
from django.utils import timezone

from reports.pdf_files import delete_old, make_pending
from reports.reflection_rate import store_bands


@shared_task
def store_bands_of_closed_surveys() -> None:
    store_bands(at=timezone.now())


@shared_task
def make_report_pdfs() -> None:
    make_pending()


@shared_task
def delete_old_report_pdfs() -> None:
    delete_old(at=timezone.now())
