"""The page on which a cohort’s retention period is set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from outbox.models import MessageOverride
from privacy import retention
from privacy.models import Retention
from privacy.retention import Step, step
from programmes.models import Programme
from reflections.models import Reflection
from tests.privacy.conftest import OTHER_WORDS, WORDS, make_workshop
from workshops.models import Announcement, Workshop

LONDON = ZoneInfo("Europe/London")
ENDS = datetime(2027, 3, 31, 12, tzinfo=UTC)
DELETION_DUE = datetime(2028, 3, 31, 9, tzinfo=LONDON)
NOTICE_DUE = DELETION_DUE - timedelta(days=30)
HOUR = timedelta(hours=1)
NOTHING = Step(notices_given=0, notices_withdrawn=0, people=0, finished=0, swept=0)

Live = Callable[[datetime], Step]


@pytest.fixture
def last_workshop(cohort: Cohort, participant: User, facilitator: User) -> Workshop:
    """The cohort's last workshop, about which the participant and the facilitator have written."""
    Membership.objects.update(joined_at=ENDS - timedelta(days=90), needs="Vegan")
    workshop = make_workshop(cohort, 6, ENDS - timedelta(hours=3))
    for author in (participant, facilitator):
        Reflection.objects.create(
            author=author,
            cohort=cohort,
            workshop=workshop,
            body=WORDS,
            written_at=ENDS,
            changed_at=ENDS,
        )
    Announcement.objects.create(
        cohort=cohort, subject="Well done", body=OTHER_WORDS, written_at=ENDS, confirmed_at=ENDS
    )
    note = {"note": OTHER_WORDS, "noted_at": ENDS, "noted_by": facilitator}
    MessageOverride.objects.create(
        group_id=cohort.pk, kind="day-before", subject_id=workshop.pk, **note
    )
    return workshop


@pytest.fixture
def other_cohort(programme: Programme, facilitator: User) -> Cohort:
    """Another cohort, in which the facilitator has written too."""
    another = Cohort.objects.create(programme=programme, name="Essex", place="Essex", made_at=ENDS)
    Membership.objects.create(cohort=another, user=facilitator, role="facilitator", needs="Coeliac")
    make_workshop(another, 1, DELETION_DUE + timedelta(days=200))
    Reflection.objects.create(
        author=facilitator, cohort=another, body=OTHER_WORDS, written_at=ENDS, changed_at=ENDS
    )
    return another


def step_and_deliver(moment: datetime) -> Step:
    """Run the hourly deletion step at this moment, and then the sending loop."""
    done = step(at=moment)
    take_turn(lambda: moment)
    return done


def notified_addresses(mailoutbox: list[EmailMessage]) -> list[str]:
    return sorted(mail.to[0] for mail in mailoutbox if mail.subject.startswith("What you wrote in"))


BOTH_ADDRESSES = ["amina.participant@example.org", "ruth.facilitator@example.org"]


def test_facilitator_sets_the_retention_period(
    cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    page = f"/cohorts/{cohort.public_id}/retention/"
    assert facilitator_client.get(page).context["form"].initial["months"] == 12
    done = facilitator_client.post(page, {"months": "18", "reason": "A study"}, follow=True)
    assert "kept for 18 months after the cohort ends" in done.content.decode()
    kept = Retention.objects.get()
    assert (kept.cohort, kept.months, kept.reason, kept.set_by) == (
        cohort,
        18,
        "A study",
        facilitator,
    )
    facilitator_client.post(page, {"months": "24", "reason": ""})
    assert Retention.objects.get().months == 24


@pytest.mark.parametrize("months", ["0", "61", "-1", "a year", ""])
def test_invalid_retention_period_is_shown_again_with_an_error(
    months: str, cohort: Cohort, facilitator_client: Client
) -> None:
    page = facilitator_client.post(
        f"/cohorts/{cohort.public_id}/retention/", {"months": months, "reason": "Why"}
    )
    assert (page.status_code, list(page.context["form"].errors)) == (200, ["months"])
    assert 'value="Why"' in page.content.decode()
    assert Retention.objects.count() == 0


def test_page_shows_the_notice_that_was_given(
    last_workshop: Workshop, cohort: Cohort, facilitator_client: Client
) -> None:
    page = f"/cohorts/{cohort.public_id}/retention/"
    assert "until Friday 31 March 2028" in facilitator_client.get(page).content.decode()
    retention.give_notices(NOTICE_DUE)
    assert (
        "that it will be deleted on Saturday 1 April 2028"
        in facilitator_client.get(page).content.decode()
    )
