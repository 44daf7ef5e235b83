from celery import shared_task

from accounts.sessions import SessionStore


@shared_task
def delete_expired_sessions() -> None:
    SessionStore.clear_expired()
