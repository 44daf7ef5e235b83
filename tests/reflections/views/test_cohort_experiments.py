"""Pages of a cohort’s shared experiments, and their permissions."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from reflections.models import Audience, Experiment
from tests.queries import CapturedQueries
from tests.reflections.conftest import MARKER
from tests.reflections.pages import text_of
from workshops.models import Workshop

Begin = Callable[..., Experiment]
NEW = "/experiments/new/"


def experiment_url(experiment: Experiment, act: str) -> str:
    return reverse(f"reflections:experiment_{act}", args=[experiment.public_id])


def test_cohort_sees_shared_experiments_and_their_outcomes(
    participant_client: Client,
    peer_client: Client,
    experiment: Begin,
    cohort: Cohort,
    workshop: Workshop,
) -> None:
    here = reverse("reflections:cohort_experiments", args=[cohort.public_id])
    assert "Nobody has shared an experiment yet" in text_of(peer_client.get(here))
    kept = experiment(audience=Audience.COHORT, at=timezone.now() + timedelta(seconds=1))
    experiment(words="Mine alone")
    participant_client.post(
        experiment_url(kept, "answer"), {"outcome": "tried", "learned": "To wait."}
    )
    for text in (text_of(peer_client.get(here)), text_of(peer_client.get(kept.get_absolute_url()))):
        for words in ("Amina Rahman", MARKER, "Tried", "To wait."):
            assert words in text
        assert "Mine alone" not in text
    assert MARKER not in text_of(participant_client.get(here))


@pytest.mark.parametrize("act", ["edit", "answer", "share", "delete"])
def test_only_the_author_can_change_an_experiment(
    act: str,
    peer_client: Client,
    outsider_client: Client,
    administrator_client: Client,
    experiment: Begin,
    peer: User,
) -> None:
    shared = experiment(audience=Audience.COHORT, at=timezone.now() + timedelta(seconds=1))
    own = experiment()
    said = {"words": "x", "outcome": "tried", "audience": "me"}
    assert peer_client.post(experiment_url(shared, act), said).status_code == 403
    for client in (peer_client, outsider_client, administrator_client):
        assert client.post(experiment_url(own, act), said).status_code == 404
        assert client.get(experiment_url(own, act)).status_code == 404
    assert peer_client.put(experiment_url(shared, act)).status_code == 405
    assert {one.words for one in Experiment.objects.all()} == {MARKER}


@pytest.mark.parametrize("address", ["/", "cohort", "detail", "edit", "answer", "share"])
def test_page_query_counts_are_constant(
    participant_client: Client,
    peer_client: Client,
    cohort: Cohort,
    experiment: Begin,
    next_workshop: Workshop,
    peer: User,
    facilitator: User,
    address: str,
) -> None:
    kept = experiment(audience=Audience.COHORT, at=timezone.now() + timedelta(seconds=1))
    here = reverse("reflections:cohort_experiments", args=[cohort.public_id])
    url = {"/": "/", "cohort": here}.get(address) or experiment_url(kept, address)
    client = peer_client if address == "cohort" else participant_client

    def queries() -> int:
        with CapturedQueries() as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    few = queries()
    for _ in range(29):
        experiment(audience=Audience.COHORT, at=timezone.now() + timedelta(seconds=1))
    assert queries() == few
