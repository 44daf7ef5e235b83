"""The page on which administrators see the state of the sending loop and of its messages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cohorts.models import Cohort
from outbox.bounces.suppression import Source, suppress
from outbox.models import Heartbeat, Message
from tests.factories import outcome_for
from tests.queries import CapturedQueries
from tests.workshops.changing import text

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def shown(client: Client) -> str:
    return text(client.get(reverse("home:sending")))


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
    plain, nudge = owe(cohort, 1, **refused), owe(cohort, 2, **refused, kind="survey-nudge")
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
    assert reverse("home:message_detail", args=[nudge.public_id]) not in page
    assert ("dev@example.org" in page, "gone@example.org" in page) == (False, True)


@pytest.mark.parametrize("kind", ["look-back", "reply-digest"])
def test_failed_message_of_an_unlisted_kind_has_no_cohort_link(
    kind: str, administrator_client: Client, cohort: Cohort
) -> None:
    owe(
        cohort,
        1,
        failed_at=timezone.now(),
        reason="refused: 550 5.1.1 <dev@example.org> unknown",
        kind=kind,
    )

    page = shown(administrator_client)
    assert "No such mailbox: nobody has this address there." in page
    assert (cohort.name in page, reverse("home:message_list", args=[cohort.public_id]) in page) == (
        False,
        False,
    )


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
