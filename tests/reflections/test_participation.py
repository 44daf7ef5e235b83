from collections.abc import Callable

from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from reflections.models import Audience, Reflection
from reflections.participation import Writing, writing_per_workshop
from workshops.models import Workshop


def test_writing_per_workshop_counts_each_participant_once(
    cohort: Cohort,
    workshop: Workshop,
    entry: Callable[..., Reflection],
    participant: User,
    peer: User,
    facilitator: User,
    programme: Programme,
    django_assert_num_queries: Callable[[int], object],
) -> None:
    other = Workshop.objects.create(cohort=cohort, position=4, title="Power and prejudice")
    Workshop.objects.create(cohort=cohort, position=5, title="Nobody wrote")
    elsewhere = Cohort.objects.create(programme=programme, name="Essex", place="Essex")
    Membership.objects.create(cohort=elsewhere, user=peer)
    entry(workshop=workshop)
    entry(workshop=workshop, audience=Audience.COHORT)
    entry(workshop=workshop, author=peer)
    entry(workshop=workshop, author=facilitator)
    entry(workshop=other, author=peer)
    entry(workshop=None)
    entry(cohort=elsewhere, author=peer)
    Membership.objects.get(cohort=cohort, user=peer).leave(by=None, at=timezone.now())
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert writing_per_workshop(cohort) == {
            workshop.pk: Writing(2, sharers=1),
            other.pk: Writing(1),
        }
