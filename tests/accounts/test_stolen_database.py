"""A copy of the database, without the keys, opens no account and no private link."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as site_settings
from django.core import mail, signing
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.after_response import wait_for_work
from accounts.models import SIGNED_LINK, SignInLink, User
from accounts.signed_links import SignedLink
from cohorts.models import Membership
from outbox.preferences.links import OPT_OUT_LINK, PREFERENCES_LINK
from partnerships.links import PARTY_LINK
from partnerships.models import Party
from reflections.drafts.offline_keys import new_key
from relationships.links import ROUND_LINK
from relationships.models import Round
from sets.introductions.links import INTRODUCTION_LINK
from surveys.before_after.links import COLLEAGUE_LINK, WAVE_LINK
from surveys.links import ROOM_LINK, SURVEY_LINK
from surveys.models import Colleague, Wave
from tests.accounts.stolen_database import (
    Door,
    candidates,
    code_door,
    device_key_door,
    forged_tokens,
    link_door,
    session_door,
    webhook_door,
)
from tests.architecture.introductions import make_introduction
from tests.outbox.cast import Cast
from tests.outbox.clock import by_the_clock
from tests.outbox.every_kind import FIRST, Story
from workshops.availability.polls import ANSWER_LINK
from workshops.models import Announcement, AvailabilityPoll, CalendarFeed
from workshops.models.feeds import FEED_LINK
from workshops.register.rsvp import RSVP_LINK

pytestmark = pytest.mark.django_db
WEBHOOK_KEY = "key-0123456789abcdef0123456789abcdef"
LINKS = {
    one.url_name: one
    for one in (
        SIGNED_LINK,
        FEED_LINK,
        PREFERENCES_LINK,
        OPT_OUT_LINK,
        SURVEY_LINK,
        ROOM_LINK,
        WAVE_LINK,
        COLLEAGUE_LINK,
        ROUND_LINK,
        INTRODUCTION_LINK,
        PARTY_LINK,
        RSVP_LINK,
        ANSWER_LINK,
    )
}
DOORS = ["session", "sign-in code", "webhook", "device key", *LINKS]


def ask_for_code(client: Client, user: User) -> str:
    """Request a sign-in code and return the code in the e-mail."""
    client.post(reverse("account_login"), {"email": user.email})
    wait_for_work()
    (code,) = re.findall(r"^ +(\S+)\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    return str(code)


def sign_in(user: User) -> Client:
    client = Client()
    client.post(reverse("account_confirm_login_code"), {"code": ask_for_code(client, user)})
    return client


@pytest.fixture
def story(settings: Settings) -> Story:
    settings.BOUNCE_WEBHOOK_SERVICE, settings.BOUNCE_WEBHOOK_KEY = "mailgun", WEBHOOK_KEY
    story = Story.begin(Cast())
    story.play()
    return story


def doors_of(story: Story) -> dict[str, Door]:
    """Sign people in, create signed links, and return each place that accepts a credential."""
    person = story.participant
    member = Membership.objects.get(cohort=story.cohort, user=person)
    workshop, at = story.workshop(1), by_the_clock(FIRST, 9)
    poll = AvailabilityPoll.objects.get(cohort=story.cohort)
    client, waiting = sign_in(person), Client()
    client.post(reverse("workshops:calendar_make", args=["taking-part"]))
    doors = [
        session_door(client),
        code_door(waiting, ask_for_code(waiting, story.administrator)),
        webhook_door(WEBHOOK_KEY),
        device_key_door(person, new_key(person).box),
        link_door(SIGNED_LINK, SignInLink.objects.for_key("walk", person).public_id),
        link_door(FEED_LINK, CalendarFeed.open_for(person, "taking-part", at=at).public_id),
        link_door(PREFERENCES_LINK, person.public_id),
        link_door(OPT_OUT_LINK, person.public_id, "week-before"),
        link_door(SURVEY_LINK, workshop.public_id, member.public_id),
        link_door(ROOM_LINK, workshop.public_id),
        link_door(WAVE_LINK, Wave.objects.get(occasion="start").public_id, member.public_id),
        link_door(COLLEAGUE_LINK, Colleague.objects.get().public_id),
        link_door(ROUND_LINK, Round.objects.opened().get().public_id, member.public_id),
        link_door(INTRODUCTION_LINK, make_introduction(story.cohort, member).public_id),
        link_door(PARTY_LINK, Party.objects.latest("pk").public_id),
        link_door(RSVP_LINK, workshop.public_id, member.public_id),
        link_door(ANSWER_LINK, poll.public_id, member.public_id),
    ]
    return {door.name: door for door in doors}


def opened(doors: dict[str, Door]) -> set[str]:
    """Return the names of the places that accept a value from the database as their credential."""
    known = candidates()
    return {
        door.name
        for door in doors.values()
        if any(map(door.opens, known))
        or (door.name in LINKS and any(map(door.opens, forged_tokens(door, known))))
    }


@pytest.fixture
def doors(story: Story) -> Iterator[dict[str, Door]]:
    # Two days after the first workshop, when its survey is open.
    with time_machine.travel(by_the_clock(FIRST, 9) + timedelta(days=2), tick=True):
        yield doors_of(story)


def test_every_credential_is_tried(doors: dict[str, Door]) -> None:
    assert list(doors) == DOORS
    assert {name: door.opens(door.credential) for name, door in doors.items()} == dict.fromkeys(
        DOORS, True
    )


def test_every_kind_of_signed_link_is_tried() -> None:
    reverse("home:today")  # imports every view
    ours = [module for name, module in sys.modules.items() if not name.startswith("tests.")]
    kinds = {
        value.url_name
        for module in ours
        for value in vars(module).values()
        if isinstance(value, SignedLink)
    }
    assert kinds == set(LINKS)


def test_nothing_in_the_database_opens_anything(doors: dict[str, Door]) -> None:
    assert opened(doors) == set()
    known = candidates()
    assert len(known) > 1_000
    assert not known & {site_settings.SECRET_KEY, *site_settings.REFLECTION_KEYS}
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_walk_finds_credentials_that_are_stored(doors: dict[str, Door]) -> None:
    """The session key is saved compressed in an announcement, the other credentials as JSON."""
    credentials = {name: door.credential for name, door in doors.items()}
    hidden = signing.dumps([credentials.pop("session")], compress=True)
    Announcement.objects.update(body=f"{json.dumps(credentials)}, {hidden}")
    assert opened(doors) == set(DOORS)


def test_walk_finds_a_session_key_of_djangos_own_store(story: Story, settings: Settings) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    door = session_door(sign_in(story.participant))
    assert opened({door.name: door}) == {"session"}
