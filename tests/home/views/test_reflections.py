"""The page of a cohort's reflections: its figures don't tell facilitators who wrote nothing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort
from reflections.entries import share, write
from reflections.models import Audience, Reflection
from reports.models import WritersBand
from reports.reflection_rate import store_bands
from tests.people import signed_in
from tests.queries import CapturedQueries
from tests.reflections.pages import text_of
from tests.reports.hand_worked import DAY, FINISHED, STARTS, HandWorked, draw


@pytest.fixture(autouse=True)
def finished() -> Iterator[Any]:
    with time_machine.travel(FINISHED) as traveller:
        yield traveller


@pytest.fixture
def hand_worked(cohort: Cohort) -> HandWorked:
    return draw(cohort)


def url(cohort: Cohort) -> str:
    return reverse("home:cohort_reflections", args=[cohort.public_id])


def shared_by(
    name: str,
    hand_worked: HandWorked,
    position: int,
    audience: Audience,
    at: datetime = FINISHED,
) -> Reflection:
    """Create an entry by this person about that workshop."""
    return write(
        author=User.objects.get(name=name),
        cohort=hand_worked.cohort,
        workshop=hand_worked.workshops[position - 1],
        body=f"{name}’s words.",
        audience=audience,
        at=at,
    )


def test_facilitators_see_workshops_counts_and_bands(hand_worked: HandWorked) -> None:
    shared_by("Amina", hand_worked, 5, Audience.FACILITATORS)
    shared_by("Ben", hand_worked, 5, Audience.COHORT)
    shared_by("Hari", hand_worked, 2, Audience.COHORT)
    text = text_of(signed_in(hand_worked.ruth).get(url(hand_worked.cohort)))
    table = text.split("Wrote something ", 1)[1].split(" Wrote something:")[0]
    # Of the 12 who attended workshop 5, 9 wrote; of the 13 at workshop 1, 3 wrote. The survey about
    # workshop 6 is still open, so its band is not shown yet.
    assert table == (
        "6. What next, together 0 after the feedback closes "
        "5. Try, learn, be wrong 2 three quarters or more "
        "3. Trust under strain 0 a quarter to a half "
        "2. Seeing the whole 1 a half to three quarters "
        "1. Who leads here? 0 fewer than a quarter"
    )
    assert "5 · Try, learn, be wrong 2 shared with you" in text
    assert {name for name in ("Amina", "Ben", "Cleo", "Dev", "Hari", "Pia") if name in text} == {
        "Amina",
        "Ben",
        "Hari",
    }


def test_band_does_not_reveal_private_writers(hand_worked: HandWorked) -> None:
    """Three of the 13 at the first workshop wrote, so the band would be “fewer than a quarter”.

    All three share their entries before the band is calculated, so the page shows a wider band.
    """
    WritersBand.objects.all().delete()
    for entry in Reflection.objects.filter(workshop=hand_worked.workshops[0]).exclude(
        author=hand_worked.ruth
    ):
        share(reflection=entry, audience=Audience.FACILITATORS, by=entry.author, at=FINISHED)
    store_bands(at=FINISHED)
    text = text_of(signed_in(hand_worked.ruth).get(url(hand_worked.cohort)))
    assert "1. Who leads here? 4 fewer than a half" in text
    # The page is the same if another member has written privately.
    WritersBand.objects.all().delete()
    shared_by("Dev", hand_worked, 1, Audience.ONLY_ME, at=STARTS[0] + 2 * DAY)
    store_bands(at=FINISHED)
    assert text_of(signed_in(hand_worked.ruth).get(url(hand_worked.cohort))) == text


def test_small_workshop_has_no_band(cohort: Cohort, finished: Any, hand_worked: HandWorked) -> None:
    WritersBand.objects.all().delete()
    hand_worked.workshops[4].attendances.filter(membership__user__name__gt="Dev").delete()
    store_bands(at=FINISHED)
    text = text_of(signed_in(hand_worked.ruth).get(url(cohort)))
    assert "5. Try, learn, be wrong 0 not shown: fewer than 5 marked as attending" in text


def test_reflections_about_no_workshop_are_counted_separately(hand_worked: HandWorked) -> None:
    amina = User.objects.get(name="Amina")
    write(
        author=amina,
        cohort=hand_worked.cohort,
        body="Anyhow.",
        audience=Audience.COHORT,
        at=FINISHED,
    )
    text = text_of(signed_in(hand_worked.ruth).get(url(hand_worked.cohort)))
    assert "1 more entry about no workshop in particular is shared with you." in text
    assert "At other times 1 shared with you" in text


def test_participants_see_shared_reflections_without_bands(hand_worked: HandWorked) -> None:
    shared_by("Amina", hand_worked, 5, Audience.COHORT)
    shared_by("Cleo", hand_worked, 5, Audience.FACILITATORS)
    text = text_of(signed_in(User.objects.get(name="Ben")).get(url(hand_worked.cohort)))
    assert "5 · Try, learn, be wrong 1 shared with you Amina" in text
    for hidden in ("Cleo", "Wrote something", "three quarters"):
        assert hidden not in text


def test_page_has_no_figures_before_the_first_workshop(
    hand_worked: HandWorked, finished: Any
) -> None:
    finished.move_to(STARTS[0])
    text = text_of(signed_in(hand_worked.ruth).get(url(hand_worked.cohort)))
    assert "Workshop by workshop" not in text
    assert "Nobody has shared anything with you here yet" in text


def test_page_is_not_found_for_outsiders_and_administrators(
    hand_worked: HandWorked, administrator_client: Client, other_facilitator_client: Client
) -> None:
    for client in (administrator_client, other_facilitator_client):
        assert client.get(url(hand_worked.cohort)).status_code == 404


def test_query_count_does_not_depend_on_the_number_of_entries(hand_worked: HandWorked) -> None:
    client = signed_in(hand_worked.ruth)

    def queries() -> int:
        with CapturedQueries() as queries:
            assert client.get(url(hand_worked.cohort)).status_code == 200
        return len(queries)

    shared_by("Amina", hand_worked, 5, Audience.COHORT)
    one = queries()
    for name in ["Ben", "Cleo", "Dev"] * 10:
        shared_by(name, hand_worked, 3, Audience.COHORT)
    assert queries() == one
    assert one <= 15
