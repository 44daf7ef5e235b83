from celery import shared_task
from django.conf import settings
from django.db import transaction

from outbox.bounces import imap
from outbox.delivery.loop import take_turn


@shared_task
def turn() -> None:
    """Run the sending loop once. If a task is lost, the next one sends its messages."""
    take_turn()


def queue_sending_on_commit() -> None:
    """Queue the task `turn` when this transaction commits, so that e-mails are sent sooner.

    Does nothing without a broker. Celery's beat queues the task every minute anyway.
    """
    if settings.CELERY_BROKER_URL:
        transaction.on_commit(queue_sending, robust=True)


def queue_sending() -> None:
    """Queue the task `turn`, which sends due messages.

    Doesn't retry, and times out after one second per socket operation, because a request is
    waiting.
    """
    once = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}
    with turn.app.connection_for_write(transport_options=once) as connection:
        turn.app.send_task(turn.name, connection=connection, retry=False, expires=55)


@shared_task
def read_bounces() -> None:
    """Read the bounce mailbox. E-mails that this run doesn't reach are read by the next run."""
    imap.try_to_read()
