from celery import shared_task
from django.conf import settings
from django.db import transaction

from outbox.bounces import imap
from outbox.delivery.loop import take_turn


@shared_task
def turn() -> None:
    """Carries no data and has no result: whatever Redis loses is worked out again a minute later."""
    take_turn()


def hint_turn() -> None:
    """Asks for a turn once this is committed, so that nobody waits for the next minute. If it is lost, they do wait."""
    if settings.CELERY_BROKER_URL:
        transaction.on_commit(ask_for_turn, robust=True)


def ask_for_turn() -> None:
    """Tried once, and for a second at most: a page waits for it."""
    once = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}
    with turn.app.connection_for_write(transport_options=once) as connection:
        turn.app.send_task(turn.name, connection=connection, retry=False, expires=55)


@shared_task
def read_bounces() -> None:
    """What it does not come to, the next run does."""
    imap.try_to_read()
