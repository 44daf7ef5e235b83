"""Deleting a cohort that has never held a workshop."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from outbox.models import Message
from programmes.models import Programme
from reflections import entries
from reflections.models import Audience
from tests.cohorts.test_import_undo import sent
from workshops.calendar.news import INVITE_KIND
from workshops.models import Workshop

HOUR = timedelta(hours=1)


def url(cohort: Cohort) -> str:
    return reverse("privacy:cohort_delete", args=[cohort.public_id])


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def planned(cohort: Cohort, *, hours: int, **fields: Any) -> Workshop:
    start = timezone.now() + hours * HOUR
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Trust",
        starts_at=start,
        ends_at=start + 3 * HOUR,
        scheduled_at=timezone.now() - timedelta(days=30),
        **fields,
    )


def test_page_shows_what_goes_and_asks_for_the_name(
    administrator_client: Client, cohort: Cohort, participant: User, facilitator: User
) -> None:
    planned(cohort, hours=48)
    page = text(administrator_client.get(url(cohort)))
    assert "2 people’s places in it, past or present. Their accounts stay." in page
    assert "1 workshop, with its date, replies and files" in page
    response = administrator_client.post(url(cohort), {"typed": "North"})
    assert "typed" in response.context["form"].errors
    assert Cohort.objects.filter(pk=cohort.pk).exists()


def test_typed_name_deletes_the_cohort_and_leaves_accounts_and_other_cohorts(
    administrator_client: Client, cohort: Cohort, participant: User, programme: Programme
) -> None:
    planned(cohort, hours=48)
    other = Cohort.objects.create(programme=programme, name="Essex", place="Essex")
    response = administrator_client.post(url(cohort), {"typed": cohort.name}, follow=True)
    assert f"“{cohort.name}” deleted." in text(response)
    assert list(Cohort.objects.all()) == [other]
    assert Workshop.objects.count() == 0
    assert User.objects.filter(pk=participant.pk).exists()


def test_sent_e_mail_can_still_be_read_by_its_recipient(
    administrator_client: Client, participant_client: Client, participant: User, cohort: Cohort
) -> None:
    message: Message = sent("invitation", participant.memberships.get())
    administrator_client.post(url(cohort), {"typed": cohort.name})
    page = reverse("home:message_detail", args=[message.public_id])
    assert participant_client.get(page).status_code == 200


@pytest.mark.parametrize("typed", ["", "North East, spring 2027"])
def test_cohort_that_has_held_a_workshop_cannot_be_deleted(
    administrator_client: Client, cohort: Cohort, typed: str
) -> None:
    planned(cohort, hours=-48)
    assert "One of its workshops has taken place." in text(administrator_client.get(url(cohort)))
    administrator_client.post(url(cohort), {"typed": typed})
    assert Cohort.objects.filter(pk=cohort.pk).exists()


def test_cohort_in_which_somebody_wrote_cannot_be_deleted(
    administrator_client: Client, cohort: Cohort, participant: User
) -> None:
    entries.write(
        author=participant,
        cohort=cohort,
        workshop=None,
        body="A moment.",
        audience=Audience.ONLY_ME,
        at=timezone.now(),
    )
    response = administrator_client.post(url(cohort), {"typed": cohort.name})
    assert "what they wrote is theirs" in text(response)
    assert Cohort.objects.filter(pk=cohort.pk).exists()


def test_workshops_in_calendars_must_be_cancelled_first(
    administrator_client: Client, cohort: Cohort, participant: User
) -> None:
    workshop = planned(cohort, hours=48)
    sent(INVITE_KIND, participant.memberships.get(), workshop.pk)
    response = administrator_client.post(url(cohort), {"typed": cohort.name})
    assert "Its workshops are in people’s calendars. Cancel them first." in text(response)
    workshop.cancel(by=participant, at=timezone.now())
    administrator_client.post(url(cohort), {"typed": cohort.name})
    assert not Cohort.objects.filter(pk=cohort.pk).exists()


def test_facilitator_cannot_delete_a_cohort(facilitator_client: Client, cohort: Cohort) -> None:
    assert facilitator_client.post(url(cohort), {"typed": cohort.name}).status_code == 403
    assert Cohort.objects.filter(pk=cohort.pk).exists()
