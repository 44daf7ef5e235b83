from celery import shared_task
from django.conf import settings
from django.db import transaction

from outbox.bounces import imap
from outbox.delivery.loop import take_turn


@shared_task
def turn() -> None:
    """Take a turn. A lost task does no harm: it has no arguments, and the next one does its work."""
    take_turn()


def queue_sending_on_commit() -> None:
    """Request a turn after this transaction commits, so that e-mails leave sooner.

    If the request is lost, the next turn is at most a minute away.
    """
    if settings.CELERY_BROKER_URL:
        transaction.on_commit(queue_sending, robust=True)


def queue_sending() -> None:
    """Queue a turn. Tries once, for at most a second, because a page waits for it."""
    once = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}
    with turn.app.connection_for_write(transport_options=once) as connection:
        turn.app.send_task(turn.name, connection=connection, retry=False, expires=55)


@shared_task
def read_bounces() -> None:
    """Read the bounce mailbox. A report that this run does not reach is read by the next."""
    imap.try_to_read()
