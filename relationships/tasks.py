from celery import shared_task
from django.utils import timezone

from relationships.closing import close_due_rounds
from relationships.opening import open_due_rounds
from relationships.planning import plan_rounds
from relationships.retention import delete_expired_answers


@shared_task
def turn_rounds() -> None:
    """Close rounds that are over, plan those of new cohorts, and open those that are due."""
    moment = timezone.now()
    close_due_rounds(at=moment)
    plan_rounds(at=moment)
    open_due_rounds(at=moment)


@shared_task
def delete_old_answers() -> None:
    delete_expired_answers(at=timezone.now())
