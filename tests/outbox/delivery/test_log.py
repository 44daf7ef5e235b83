"""The log line of each attempt to send a message, and the private data that it must not contain."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from outbox.models import Message, SuppressedAddress
from tests.factories import STARTS
from tests.people import signed_in
from tests.services import Letterbox
from workshops.models import Workshop
from workshops.register.rsvp import RSVP_LINK

pytestmark = pytest.mark.django_db(transaction=True)

MADE = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
DAY_BEFORE = STARTS - timedelta(days=1, minutes=30)
MARKER = "the heron at the weir"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Yield a buffer that gets everything that the site's own log handlers write."""
    written = StringIO()
    named = logging.Logger.manager.loggerDict.values()
    loggers = [logging.getLogger(), *(one for one in named if isinstance(one, logging.Logger))]
    # Handlers of this exact class are the site's; pytest's are subclasses.
    handlers = {
        one for logger in loggers for one in logger.handlers if type(one) is logging.StreamHandler
    }
    before = {handler: handler.setStream(written) for handler in handlers}
    yield written
    for handler, stream in before.items():
        handler.setStream(stream)


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title=MARKER,
        purpose="Tell leading from the job title.",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=3),
        scheduled_at=MADE,
        venue=MARKER,
    )


def join(cohort: Cohort, name: str) -> User:
    user = User.objects.create_user(f"{name}@example.org", name.title())
    Membership.objects.create(cohort=cohort, user=user, joined_at=MADE)
    return user


def turn(at: datetime) -> None:
    take_turn(lambda: at)


def lines(log: StringIO, kind: str) -> list[dict[str, object]]:
    logged = [json.loads(line) for line in log.getvalue().splitlines() if line.startswith("{")]
    return [line for line in logged if line["kind"] == kind]


def test_each_delivery_attempt_is_logged_with_its_outcome(
    workshop: Workshop, cohort: Cohort, smtp_server: Letterbox, log: StringIO
) -> None:
    people = {name: join(cohort, name) for name in ("good", "gone", "busy", "left")}
    smtp_server.answers["gone@example.org"] = "550 5.1.1 No such person <gone@example.org>"
    turn(DAY_BEFORE - timedelta(minutes=1))
    smtp_server.answers["busy@example.org"] = "451 4.7.1 Not now"
    Membership.objects.filter(user=people["left"]).update(left_at=DAY_BEFORE)
    turn(DAY_BEFORE)
    turn(DAY_BEFORE + timedelta(minutes=2))
    turn(STARTS + timedelta(minutes=1))

    ids = dict(
        Message.objects.filter(kind="day-before").values_list("recipient__email", "public_id")
    )
    logged = [
        (line["message"], line["became"], line["attempts"], line.get("server_code"))
        for line in sorted(
            lines(log, "day-before"), key=lambda one: (str(one["at"]), str(one["message"]))
        )
    ]
    good, gone, busy = (ids[f"{name}@example.org"] for name in ("good", "gone", "busy"))
    assert sorted(logged, key=str) == sorted(
        [
            (good, "sent", 1, None),
            (gone, "failed", 1, 550),
            (busy, "waiting", 1, 451),
            (busy, "waiting", 2, 451),
            (busy, "dropped", 2, None),
        ],
        key=str,
    )
    assert {line["cohort"] for line in lines(log, "day-before")} == {cohort.pk}
    assert all(
        isinstance(line["milliseconds"], int)
        for line in lines(log, "day-before")
        if line["became"] != "dropped"
    )


def test_missed_message_is_logged_as_dropped(
    log: StringIO, workshop: Workshop, cohort: Cohort, smtp_server: Letterbox
) -> None:
    join(cohort, "dev")
    turn(MADE)
    turn(STARTS + timedelta(days=1))

    [week, day] = [*lines(log, "week-before"), *lines(log, "day-before")]
    assert (week["became"], week["attempts"]) == (day["became"], day["attempts"]) == ("dropped", 0)


def test_log_contains_no_address_private_link_or_message_text(
    workshop: Workshop,
    cohort: Cohort,
    facilitator: User,
    smtp_server: Letterbox,
    settings: Settings,
    log: StringIO,
) -> None:
    dev = join(cohort, "dev")
    smtp_server.answers["dev@example.org"] = "550 5.1.1 <dev@example.org> is unknown here"
    join(cohort, "ama")
    turn(MADE)
    SuppressedAddress.objects.get().delete()
    smtp_server.answers["dev@example.org"] = f"451 4.7.1 dev@example.org: {MARKER}"
    turn(DAY_BEFORE)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    turn(DAY_BEFORE + timedelta(minutes=5))
    settings.EMAIL_PORT = port
    smtp_server.answers.clear()
    turn(DAY_BEFORE + timedelta(hours=1))
    Message.objects.filter(kind="day-before", recipient=dev).update(
        kind="unheard-of", outcome="pending", sent_at=None
    )
    path = RSVP_LINK.path(workshop.public_id, dev.memberships.get().public_id)
    client = signed_in(facilitator)
    client.get(path)
    client.post(path, {"answer": "apologies", "note": MARKER})
    client.get(reverse("home:message_list", args=[cohort.public_id]))
    turn(STARTS - timedelta(hours=2))

    written = log.getvalue()
    assert '"became": "sent"' in written
    assert "could not be rendered" in written
    assert '"server_code": 550' in written
    assert [
        line
        for line in written.splitlines()
        if "@" in line or MARKER in line or path.split("/")[2] in line
    ] == []
