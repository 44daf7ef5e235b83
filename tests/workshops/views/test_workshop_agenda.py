"""A workshop's agenda: its times on the page, and its form."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils.html import strip_tags

from cohorts.models import Cohort
from workshops.models import Workshop

Schedule = Callable[..., Workshop]
STARTS = datetime(2035, 3, 15, 9, 30, tzinfo=UTC)


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    return schedule(workshops[3], STARTS)


def url_of(workshop: Workshop, part: str = "") -> str:
    return f"/workshops/{workshop.public_id}/{part}"


def test_agenda_shows_local_times(
    participant_client: Client, workshop: Workshop, schedule: Schedule
) -> None:
    Workshop.objects.filter(pk=workshop.pk).update(agenda="15 Arrive and coffee\n60 Talk")
    Cohort.objects.update(time_zone="Europe/Paris")

    def lines() -> list[str]:
        page = participant_client.get(url_of(workshop)).content.decode()
        found = re.findall(
            "<li>(.*?)</li>", page.partition('<ol class="agenda"')[2].partition("</ol>")[0], re.S
        )
        return [" ".join(strip_tags(line).split()) for line in found]

    assert lines() == ["10:30am Arrive and coffee 15 min", "10:45am Talk 60 min"]
    schedule(workshop, STARTS + timedelta(hours=4))
    assert lines()[1] == "2:45pm Talk 60 min"
    Workshop.objects.filter(pk=workshop.pk).update(starts_at=None, ends_at=None, scheduled_at=None)
    assert lines()[1] == "Talk 60 min"


def test_agenda_longer_than_workshop_is_refused_and_redisplayed(
    facilitator_client: Client, workshop: Workshop
) -> None:
    shown = facilitator_client.get(url_of(workshop, "edit/")).context["form"]
    typed = {field.html_name: field.value() or "" for field in shown} | {
        "agenda": "200 Talk\n20 Walk"
    }

    page = facilitator_client.post(url_of(workshop, "edit/"), typed)

    assert page.context["form"].errors["agenda"] == [
        "Shorten the agenda. It takes 220 minutes and the workshop 210: "
        "line 2, “Walk”, ends too late."
    ]
    assert "200 Talk\n20 Walk" in page.content.decode()


def test_agenda_too_long_after_move_warns_only_conveners(
    facilitator_client: Client, participant_client: Client, workshop: Workshop
) -> None:
    Workshop.objects.filter(pk=workshop.pk).update(agenda="240 Talk")
    remark = "The agenda is 30 minutes longer than the workshop."

    assert remark in facilitator_client.get(url_of(workshop)).content.decode()
    assert remark not in participant_client.get(url_of(workshop)).content.decode()
