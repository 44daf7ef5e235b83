from celery import shared_task
from django.utils import timezone

from partnerships.contacts import delete_expired_contacts


@shared_task
def delete_unneeded_contacts() -> None:
    delete_expired_contacts(at=timezone.now())
