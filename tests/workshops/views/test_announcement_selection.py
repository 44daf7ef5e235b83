"""The form of an announcement to people whom a facilitator selects."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from cohorts.models import Cohort, Membership
from tests.workshops.changing import text
from tests.workshops.views.test_announcements import FORM_DATA, url_of
from workshops.messages import announcements
from workshops.models import Announcement


@pytest.fixture
def people(join: Callable[..., Membership]) -> list[Membership]:
    return [join("Ama One"), join("Ben Two"), join("Cal Three")]


def test_create_saves_the_ticked_people_and_edit_ticks_them_again(
    facilitator_client: Client, cohort: Cohort, people: list[Membership]
) -> None:
    ticked = [people[0].public_id, people[2].public_id]
    data = FORM_DATA | {"audience": "selected", "people": ticked}
    facilitator_client.post(url_of(cohort, "create"), data)

    draft = Announcement.objects.get()
    assert (draft.audience, draft.workshop) == ("selected", None)
    page = facilitator_client.get(draft.get_absolute_url())
    assert "To selected people." in text(page)
    assert page.context["audience"].people == [people[0], people[2]]
    form = facilitator_client.get(url_of(draft, "edit")).context["form"]
    assert sorted(form["people"].value()) == sorted(ticked)

    seen = announcements.draft_version(draft)
    facilitator_client.post(url_of(draft, "edit"), data | {"audience": "everybody", "seen": seen})
    draft.refresh_from_db()
    assert (draft.audience, list(draft.addressees.all())) == ("everybody", [])


@pytest.mark.parametrize(
    ("ticked", "words"),
    [
        ([], "Tick at least one person."),
        (["nobody"], "Somebody has left meanwhile. Check the ticks, and save again."),
    ],
)
def test_create_refuses_no_people_and_strangers(
    ticked: list[str],
    words: str,
    facilitator_client: Client,
    cohort: Cohort,
    people: list[Membership],
) -> None:
    data = FORM_DATA | {"audience": "selected", "people": ticked}
    form = facilitator_client.post(url_of(cohort, "create"), data).context["form"]
    assert form.errors == {"people": [words]}
    assert (form["people"].value(), form["body"].value()) == (ticked, FORM_DATA["body"])
    assert not Announcement.objects.exists()
    facilitator_client.post(url_of(cohort, "create"), data | {"audience": "everybody"})
    assert Announcement.objects.get().audience == "everybody"


def test_one_box_stands_for_all_people_without_javascript(
    facilitator_client: Client, cohort: Cohort, join: Callable[..., Membership]
) -> None:
    everybody = [join(f"Person {letter}") for letter in "ABCDE"]
    page = facilitator_client.get(url_of(cohort, "create"))
    box = '<noscript><label class="tick"><input type="checkbox" name="people" value="all">'
    assert box in page.content.decode()

    data = FORM_DATA | {"audience": "selected", "people": ["all"]}
    again = facilitator_client.post(url_of(cohort, "create"), data | {"subject": ""})
    assert again.context["form"]["body"].value() == FORM_DATA["body"]
    assert again.content.decode().count(" checked>") == 1 + len(everybody)  # the audience
    facilitator_client.post(url_of(cohort, "create"), data)
    assert list(Announcement.objects.get().addressees.by_name()) == everybody


def test_few_people_have_no_box_that_ticks_all(
    facilitator_client: Client, cohort: Cohort, people: list[Membership]
) -> None:
    page = facilitator_client.get(url_of(cohort, "create"))
    assert "Tick all" not in page.content.decode()
