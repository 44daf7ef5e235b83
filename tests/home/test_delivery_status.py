"""The page on which administrators see the state of the sending loop and of its messages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from cohorts.models import Cohort
from outbox.bounces.suppression import Source, suppress
from outbox.models import Heartbeat, Message, SuppressedAddress
from outbox.models.messages import NO_COHORT
from outbox.rules import all_rules
from tests.factories import outcome_for
from tests.queries import CapturedQueries
from tests.reflections.pages import text_of
from tests.workshops.changing import text

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HIDDEN = [
    *("survey", "survey-nudge", "survey-nudge-2", "wave", "wave-nudge", "wave-nudge-2"),
    *("wave-colleague", "look-back", "reply-digest"),
    *("partnership-agree-outside", "partnership-check-outside", "partnership-check"),
]
TOKEN = "a-token-of-monitoring"


def shown(client: Client) -> str:
    return text(client.get(reverse("home:sending")))


def words_shown(client: Client) -> str:
    """Return the page's words, without its markup."""
    return text_of(client.get(reverse("home:sending")))


def owe(cohort: Cohort, number: int, **facts: object) -> Message:
    due_at = timezone.now() - 40 * MINUTE
    usual = {
        "kind": "day-before",
        "key": f"key:{number}",
        "group_id": cohort.pk,
        "subject_id": 1,
        "made_at": due_at,
    }
    usual |= {"due_at": due_at, "try_at": due_at, "expires_at": due_at + timedelta(days=3)}
    return Message.objects.create(outcome=outcome_for(facts), **(usual | facts))


def test_page_says_that_there_are_no_problems(administrator_client: Client) -> None:
    Heartbeat.record(timezone.now() - MINUTE / 2)

    page = shown(administrator_client)
    assert "E-mail last checked under 1 minute ago. Nothing is overdue." in " ".join(page.split())
    assert "Nothing has failed in the last seven days." in page


def test_stopped_loop_and_late_messages_come_first(
    administrator_client: Client, cohort: Cohort
) -> None:
    assert "No e-mail is being sent. The sending loop has never run." in shown(administrator_client)
    Heartbeat.record(timezone.now() - 30 * MINUTE)
    assert "The sending loop last ran" in shown(administrator_client)
    Heartbeat.record(timezone.now())
    owe(cohort, 1)
    page = shown(administrator_client)
    assert "The sending loop runs, but 1 message is overdue, since" in page
    assert "the oldest for 41 minutes" in page


def test_failed_messages_link_to_their_cohort_without_names(
    administrator_client: Client, cohort: Cohort
) -> None:
    refused = {
        "failed_at": timezone.now(),
        "reason": "refused: 550 5.1.1 <dev@example.org> unknown",
    }
    plain = owe(cohort, 1, **refused)
    suppress(
        "gone@example.org",
        said="550 5.1.1 x",
        source=Source.REFUSED,
        message=None,
        at=timezone.now(),
    )

    page = shown(administrator_client)
    assert "No such mailbox: nobody has this address there." in page
    assert reverse("home:message_list", args=[cohort.public_id]) in page
    assert reverse("home:message_detail", args=[plain.public_id]) in page
    assert ("dev@example.org" in page, "gone@example.org" in page) == (False, True)


def same_page(client: Client) -> tuple[str, object]:
    """Return the page and the details of the health check, without the age of the heartbeat."""
    token = {"authorization": f"Bearer {TOKEN}"}
    health = client.get(reverse("home:health_ready"), headers=token).json()
    assert health.pop("beat_age_seconds") >= 0
    return words_shown(client), health


@pytest.mark.parametrize("kind", HIDDEN)
@pytest.mark.parametrize("became", ["sent", "failed", "bounced", "overdue", "due soon"])
def test_message_of_a_kind_that_nobody_may_know_of_changes_nothing(
    kind: str, became: str, administrator_client: Client, cohort: Cohort, settings: Settings
) -> None:
    """An administrator who reloads the page every minute learns nothing about hidden messages."""
    settings.HEALTH_TOKEN = TOKEN
    now = timezone.now().replace(microsecond=0)
    refused = "refused: 550 5.1.1 <dev@example.org> unknown"
    facts: dict[str, dict[str, object]] = {
        "sent": {"sent_at": now - 3 * MINUTE},
        "failed": {"failed_at": now - 3 * MINUTE, "reason": refused},
        "bounced": {"sent_at": now - 9 * MINUTE, "bounced_at": now, "reason": refused},
        # The message is overdue, but for less than LATE. Pages may say later that surveys wait.
        "overdue": {"made_at": now - 2 * MINUTE},
        "due soon": {"due_at": now + MINUTE, "try_at": now + MINUTE},
    }
    with time_machine.travel(now, tick=False):
        Heartbeat.record(now)
        owe(cohort, 1, sent_at=now - 5 * MINUTE)
        owe(cohort, 2, failed_at=now - 5 * MINUTE, reason=refused)
        owe(cohort, 3, made_at=now - 5 * MINUTE)
        before = same_page(administrator_client)
        owe(cohort, 4, kind=kind, **facts[became])

        assert same_page(administrator_client) == before


def test_notice_about_what_somebody_has_written_since_changes_nothing(
    administrator_client: Client, cohort: Cohort, settings: Settings
) -> None:
    """The message has no cohort, because it goes only to people who wrote after a deletion."""
    settings.HEALTH_TOKEN = TOKEN
    with time_machine.travel(timezone.now(), tick=False):
        Heartbeat.record(timezone.now())
        before = same_page(administrator_client)
        owe(cohort, 1, kind="removal", group_id=NO_COHORT, sent_at=timezone.now())

        assert same_page(administrator_client) == before


def test_page_says_that_surveys_wait_without_a_number(
    administrator_client: Client, cohort: Cohort
) -> None:
    Heartbeat.record(timezone.now())
    owe(cohort, 1, kind="survey")
    one = words_shown(administrator_client)
    assert "The sending loop runs, but surveys wait." in one
    owe(cohort, 2, kind="survey")
    assert words_shown(administrator_client) == one


@pytest.mark.parametrize("kind", HIDDEN)
def test_page_says_which_kinds_are_not_counted(
    kind: str, administrator_client: Client, cohort: Cohort
) -> None:
    page = words_shown(administrator_client)

    assert f"{all_rules()[kind].text.title} not counted" in page


def test_suppressed_addresses_are_listed_by_address_without_their_time(
    administrator_client: Client,
) -> None:
    """Pages must not reveal who got a survey reminder, but the order of bounces could."""
    pages = set()
    for order in (["a@example.org", "b@example.org"], ["b@example.org", "a@example.org"]):
        SuppressedAddress.objects.all().delete()
        for days, address in enumerate(order):
            at = timezone.now() - timedelta(days=20 + 3 * days)
            suppress(address, said="550 5.1.1", source=Source.REPORT, message=None, at=at)
        page = words_shown(administrator_client)
        listed = page.split("Addresses that bounce")[1].split("Nothing is sent to them")[0]
        pages.add(listed)
    assert len(pages) == 1
    assert not re.search(r"\d{1,2} [A-Z][a-z]+", pages.pop())


def test_query_count_does_not_depend_on_the_number_of_messages(
    administrator_client: Client, cohort: Cohort
) -> None:
    def asked() -> int:
        with CapturedQueries() as queries:
            shown(administrator_client)
        return len(queries)

    def fill(numbers: range) -> None:
        for number in numbers:
            owe(cohort, 3 * number)
            owe(cohort, 3 * number + 1, sent_at=timezone.now() - number * MINUTE)
            owe(cohort, 3 * number + 2, failed_at=timezone.now(), reason="550 5.1.1 unknown")
            said = {"said": "550", "source": Source.REFUSED, "message": None, "at": timezone.now()}
            suppress(f"gone{number}@example.org", **said)  # type: ignore[arg-type]

    fill(range(1))
    once = asked()
    fill(range(1, 30))
    assert asked() == once
