"""The page “Who sees what”: permissions, links, and whether its numbers match the settings."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort
from privacy.models import Retention
from surveys.disclosure import EXACT_MINIMUM, MINIMUM
from workshops.models import Workshop

PAGE = "/who-sees-what/"


def page_text(client: Client) -> str:
    text = re.sub(r"<[^>]+>", " ", client.get(PAGE).content.decode())
    return " ".join(text.split())


@pytest.mark.django_db
def test_page_names_the_contact_and_its_limits(client: Client, settings: Settings) -> None:
    settings.HOST_CONTACT = "Tyne Together, hello@tyne.example"
    page = client.get(PAGE).content.decode()
    assert 'Tyne Together, <a href="mailto:hello@tyne.example">hello@tyne.example</a>' in page
    words = page_text(client)
    assert "This is not the place to report harm Nobody watches what is written here." in words
    assert "anybody who runs the server and has that key could read it." in words
    shown = f"from {MINIMUM} answers: averages to the nearest half, and exact figures from"
    assert f"{shown} {EXACT_MINIMUM}" in words


@pytest.mark.django_db
def test_page_mentions_that_an_administrator_could_sign_in_as_somebody(client: Client) -> None:
    """tests/accounts/test_login_required.py tests that the person would be notified."""
    words = page_text(client)
    assert (
        "anybody who administers Convenor could take over your account by changing the address"
        in words
    )
    assert "you are told at your old address as it happens, and you are signed out." in words
    assert "No administrator" not in words
    assert "an administrator could take over your account" in render_to_string(
        "reflections/who_can_read.html"
    )


@pytest.mark.django_db
def test_page_says_who_could_find_out_who_said_what_in_a_survey(client: Client) -> None:
    """tests/surveys/test_attacks.py checks that nobody else could."""
    words = page_text(client)
    assert (
        "a copy of the database, its log files or a backup can’t tell who said what, neither while "
        "the survey is open nor later." in words
    )
    assert (
        "somebody who runs the server, holds its keys and looks while the survey is open, could."
        in words
    )
    assert "not even the people who run the server" not in words


@pytest.mark.django_db
def test_page_rejects_post(client: Client) -> None:
    assert client.post(PAGE).status_code == 405


def test_page_shows_the_retention_periods_of_the_users_cohorts(
    participant_client: Client, cohort: Cohort, facilitator: User, client: Client
) -> None:
    ends = datetime(2027, 3, 31, 12, tzinfo=UTC)
    facts = {"title": "Last", "purpose": "", "length_minutes": 180, "scheduled_at": ends}
    Workshop.objects.create(
        cohort=cohort, position=1, starts_at=ends - timedelta(hours=3), ends_at=ends, **facts
    )
    assert (
        "North East, spring 2027 : a year after its last workshop. As things stand, until Friday "
        "31 March 2028." in page_text(participant_client)
    )
    Retention.objects.create(
        cohort=cohort, months=18, reason="A study", set_at=ends, set_by=facilitator
    )
    assert (
        ": 18 months after its last workshop. As things stand, until Saturday 30 September 2028. "
        "“A study”" in page_text(participant_client)
    )
    assert "as things stand" not in page_text(client).lower()


@pytest.mark.parametrize("address", ["/sign-in/", "/", "/reflections/new/", "/cohorts/"])
def test_footer_links_to_the_page(address: str, participant_client: Client, client: Client) -> None:
    page = (client if address == "/sign-in/" else participant_client).get(address).content.decode()
    foot = page[page.index('<footer class="foot">') :]
    assert f'<a href="{PAGE}">Who sees what</a>' in foot


def test_audience_choices_link_to_the_page(participant_client: Client) -> None:
    assert f'<a href="{PAGE}">Who sees what, in full</a>' in render_to_string(
        "reflections/who_can_read.html"
    )
