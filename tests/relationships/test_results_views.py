"""The page “Relationships”: what it shows to whom, and what it says instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort
from relationships.figures import compare
from relationships.models import Occasion, Round, RoundFigures
from relationships.results import OFF, relationships_of
from tests.relationships.closed import answered, close_rounds, counts_of

CLOSED = datetime(2027, 5, 14, 8, tzinfo=UTC)


def page_text(user: User, cohort: Cohort) -> str:
    with time_machine.travel(CLOSED + timedelta(days=1), tick=False):
        client = Client()
        client.force_login(user)
        page = client.get(reverse("relationships:cohort_relationships", args=[cohort.public_id]))
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def test_page_shows_the_figures_the_sentence_two_pictures_and_the_table(
    facilitator: User, cohort: Cohort
) -> None:
    close_rounds(cohort, counts_of(3), at=CLOSED)
    text = page_text(facilitator, cohort)
    assert "24 of 24 people answered both times." in text
    for value in ("2.3 → 9.6", "28 → 115", "10% → 41%", "13 → 64"):
        assert f"<b>{value}</b>" in text
    assert "of 276 possible; lost: 17, new: 104" in text
    assert (
        "Of all pairs of people from different sectors, more help each other after the last "
        "workshop: 41%, and 10% before the first."
    ) in text
    assert text.count('<svg role="img"') == 2
    assert text.count('class="ribbon"') == 6
    for row in ("Public – Voluntary and community", "Within the private sector"):
        assert f'<th scope="row">{row}</th>' in text
    assert "Fewer than five people, or nobody, have no helping relationship" in text


def test_participants_see_the_page_once_the_round_has_closed(
    cohort: Cohort, participant: User
) -> None:
    assert "Nothing to show yet" in page_text(participant, cohort)
    close_rounds(cohort, counts_of(3), at=CLOSED)
    assert "28 → 115" in page_text(participant, cohort)


def test_figures_are_shown_from_the_moment_of_closing(cohort: Cohort) -> None:
    close_rounds(cohort, counts_of(3), at=CLOSED)
    assert not relationships_of(cohort, CLOSED - timedelta(seconds=1)).has_results
    assert relationships_of(cohort, CLOSED).has_results


@pytest.mark.parametrize(
    ("silent", "reason"),
    [
        (5, "19 of 24 people answered both times. From 80%, all figures are shown;"),
        (9, "15 of 24 people answered both times. Figures are shown from 65%:"),
        (15, "9 people answered both times. Figures are shown from 10 people."),
    ],
)
def test_page_says_why_figures_are_hidden(
    facilitator: User, cohort: Cohort, silent: int, reason: str
) -> None:
    close_rounds(cohort, counts_of(3, silent=silent), at=CLOSED)
    text = page_text(facilitator, cohort)
    assert reason in text
    assert ("people each can turn to" in text) == (silent == 5)
    assert ("in other organisations, on average; indicative" in text) == (silent == 5)
    for hidden in ("helping relationships<", "<svg role", "on the edge?", "across sectors<"):
        assert hidden not in text


def test_page_of_a_cohort_without_a_first_round_says_so(facilitator: User, cohort: Cohort) -> None:
    close_rounds(cohort, counts_of(3), at=CLOSED)
    RoundFigures.objects.all().delete()
    text = page_text(facilitator, cohort)
    assert "There is nothing to compare with" in text


def test_six_months_on_is_shown_below(facilitator: User, cohort: Cohort) -> None:
    people, before, after = answered(3, after=0.3)
    close_rounds(cohort, counts_of(3), at=CLOSED)
    later = Round.objects.get(cohort=cohort, occasion=Occasion.LATER)
    later.opened_at, later.closing_at, later.closed_at = CLOSED - timedelta(1), CLOSED, CLOSED
    later.save()
    first = Round.objects.get(cohort=cohort, occasion=Occasion.START)
    counts = compare(people, before, after, shows_first=False)
    RoundFigures.objects.create(before=first, after=later, counts=counts)
    text = page_text(facilitator, cohort)
    assert text.index("From the start to the end") < text.index("From the start to six months on")
    # The first round is not shown again.
    assert text.count('<svg role="img"') == 3
    assert "help each other six months on." in text


def test_cohort_that_does_not_use_relationships_has_no_page(
    client: Client, facilitator: User, cohort: Cohort
) -> None:
    client.force_login(facilitator)
    Cohort.objects.update(uses_relationships=False)
    cohort.refresh_from_db()
    close_rounds(cohort, counts_of(3), at=CLOSED)
    url = reverse("relationships:cohort_relationships", args=[cohort.public_id])
    assert client.get(url).status_code == 404
    assert relationships_of(cohort, CLOSED) == OFF


def test_page_is_hidden_from_strangers_and_former_members(
    client: Client, cohort: Cohort, outsider: User, participant: User
) -> None:
    url = reverse("relationships:cohort_relationships", args=[cohort.public_id])
    client.force_login(outsider)
    assert client.get(url).status_code == 404
    client.force_login(participant)
    assert client.post(url).status_code == 405
    cohort.memberships.filter(user=participant).update(left_at=CLOSED)
    assert client.get(url).status_code == 403
