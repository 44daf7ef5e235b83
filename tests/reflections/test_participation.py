from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from reflections.models import Audience, Reflection, Tombstone
from reflections.participation import Writing, writing_about
from workshops.models import Workshop


def test_writing_about_a_workshop_counts_each_person_once(
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
    silent = Workshop.objects.create(cohort=cohort, position=5, title="Nobody wrote")
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
    came, now = {participant.pk, peer.pk}, timezone.now() + timedelta(minutes=1)
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert writing_about(workshop, among=came, until=now) == Writing(2, sharers=1)
    assert writing_about(other, among=came, until=now) == Writing(1)
    assert writing_about(silent, among=came, until=now) == Writing()


def test_writing_about_a_workshop_counts_neither_others_nor_what_came_later(
    workshop: Workshop, entry: Callable[..., Reflection], participant: User, peer: User
) -> None:
    now = timezone.now()
    entry(workshop=workshop, author=peer, audience=Audience.COHORT)
    late = entry(workshop=workshop)
    Reflection.objects.filter(pk=late.pk).update(written_at=now + timedelta(days=1))
    Reflection.objects.exclude(pk=late.pk).update(written_at=now)

    assert writing_about(workshop, among={participant.pk}, until=now) == Writing()
    assert writing_about(workshop, among={peer.pk}, until=now) == Writing(1, sharers=1)
    Tombstone.objects.create(
        author=participant,
        cohort=workshop.cohort,
        workshop=workshop,
        kind=Tombstone.Kind.REFLECTION,
    )
    assert writing_about(workshop, among={participant.pk}, until=now) == Writing(1)
