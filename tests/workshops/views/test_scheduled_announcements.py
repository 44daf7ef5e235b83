"""The pages of announcements that go out at a time that a facilitator chose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.people import signed_in
from tests.workshops.announcement_helpers import create_draft
from tests.workshops.changing import text
from tests.workshops.views.test_announcements import FORM_DATA, send, url_of
from workshops.messages import announcements
from workshops.models import Announcement, Workshop

NOW = datetime.now(UTC)
DAY = (NOW + timedelta(days=3)).date()


@pytest.fixture
def people(join: Callable[..., Membership]) -> list[Membership]:
    return [join("Ama One"), join("Ben Two")]


@pytest.fixture
def scheduled(
    facilitator_client: Client, cohort: Cohort, facilitator: User, people: list[Membership]
) -> Announcement:
    draft = create_draft(cohort, facilitator, NOW)
    draft.sends_at = datetime.combine(DAY, time(9, 30), cohort.zone)
    announcements.save_draft(draft, by=facilitator, at=NOW)
    send(facilitator_client, draft)
    draft.refresh_from_db()
    return draft


def typed(day: object = "", clock: str = "") -> dict[str, str]:
    return FORM_DATA | {"day": str(day), "clock": clock}


def test_time_is_in_the_cohorts_zone_and_shown_before_and_after_sending(
    facilitator_client: Client, cohort: Cohort, people: list[Membership]
) -> None:
    facilitator_client.post(url_of(cohort, "create"), typed(DAY, "09:30"))

    draft = Announcement.objects.get()
    assert draft.sends_at == datetime.combine(DAY, time(9, 30), cohort.zone)
    form = facilitator_client.get(url_of(draft, "edit")).context["form"]
    assert (form["day"].value(), form["clock"].value()) == (DAY, time(9, 30))
    page = text(facilitator_client.get(draft.get_absolute_url()))
    assert "at 9:30am. Until then you can edit or cancel it." in page
    assert "Send to 2 people later" in page

    words = send(facilitator_client, draft)
    assert (words[:27], words[-11:]) == ("It goes out to 2 people on ", " at 9:30am.")
    page = text(facilitator_client.get(draft.get_absolute_url()))
    assert ("To be sent later" in page, "Cancel the sending" in page) == (True, True)
    assert "Send to" not in page
    assert send(facilitator_client, draft, "").endswith(" already. It goes out once.")


@pytest.mark.parametrize(
    ("day", "clock", "field", "words"),
    [
        (DAY, "", "clock", "Enter a time, or leave the date empty too."),
        ("", "09:30", "day", "Enter a date, or leave the time empty too."),
        (NOW.date() - timedelta(days=1), "09:30", "day", "Enter a date and time to come"),
        (NOW.date() + timedelta(days=367), "09:30", "day", "Enter a date within a year."),
        ("soon", "09:30", "day", "Enter a real date"),
        (DAY, "soon", "clock", "Enter a time, for example 09:30."),
        (date(NOW.year + 2, 1, 1), "09:30", "day", "Enter a date within a year."),
    ],
)
def test_wrong_times_are_refused_and_shown_again(
    day: object,
    clock: str,
    field: str,
    words: str,
    facilitator_client: Client,
    cohort: Cohort,
    people: list[Membership],
) -> None:
    form = facilitator_client.post(url_of(cohort, "create"), typed(day, clock)).context["form"]
    assert list(form.errors) == [field]
    assert form.errors[field][0].startswith(words)
    assert (form["day"].value(), form["clock"].value()) == (str(day), clock)
    assert not Announcement.objects.exists()


@pytest.mark.parametrize(
    ("month", "words"),
    [
        (3, "Choose another time. The clocks go forward, so 1:30am does not exist on"),
        (10, "Choose another time. The clocks go back, so 1:30am happens twice on"),
    ],
)
def test_time_in_a_clock_change_is_refused(
    month: int, words: str, facilitator_client: Client, cohort: Cohort, people: list[Membership]
) -> None:
    """In the United Kingdom, the clocks change on the last Sundays of March and October."""
    assert cohort.time_zone == "Europe/London"
    year = NOW.year if NOW.month < month else NOW.year + 1
    last = date(year, month, 31)
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    page = facilitator_client.post(url_of(cohort, "create"), typed(sunday, "01:30"))
    [error] = page.context["form"].errors["clock"]
    assert error.startswith(words)


def test_message_to_silent_people_goes_before_the_workshop_ends(
    facilitator_client: Client,
    cohort: Cohort,
    workshops: list[Workshop],
    people: list[Membership],
    schedule: Callable[..., Workshop],
) -> None:
    workshop = schedule(workshops[3], NOW + timedelta(days=2))
    data = typed(DAY, "23:30") | {"audience": "silent", "workshop": str(workshop.pk)}
    form = facilitator_client.post(url_of(cohort, "create"), data).context["form"]
    assert form.errors == {"day": ["Enter a date and time before the workshop ends."]}


def test_cancel_makes_a_draft_again(facilitator_client: Client, scheduled: Announcement) -> None:
    words = "Cancelled. The message is a draft, and does not go out."
    page = facilitator_client.post(url_of(scheduled, "cancel"), follow=True)
    assert ("Send to 2 people later" in text(page), words in text(page)) == (True, True)
    page = facilitator_client.post(url_of(scheduled, "cancel"), follow=True)
    assert "This message is a draft." in text(page)

    long_ago = NOW - timedelta(days=1)
    Announcement.objects.update(sends_at=long_ago, confirmed_at=long_ago)
    page = facilitator_client.post(url_of(scheduled, "cancel"), follow=True)
    assert "This message has been sent, so you can’t cancel it." in text(page)
    assert facilitator_client.get(url_of(scheduled, "cancel")).status_code == 405


def test_edit_says_that_it_makes_a_draft(
    facilitator_client: Client, scheduled: Announcement
) -> None:
    page = facilitator_client.get(url_of(scheduled, "edit"))
    assert "Once you save it here, it is a draft" in text(page)
    data = typed(DAY, "10:00") | {"seen": page.context["seen"]}
    page = facilitator_client.post(url_of(scheduled, "edit"), data, follow=True)
    assert "Saved as a draft. It does not go out until you send it again." in text(page)
    scheduled.refresh_from_db()
    assert (scheduled.is_draft, scheduled.subject) == (True, FORM_DATA["subject"])


def test_scheduled_message_is_not_deleted(
    facilitator_client: Client, scheduled: Announcement
) -> None:
    page = facilitator_client.post(url_of(scheduled, "delete"), follow=True)
    assert "Cancel the sending before you delete this message." in text(page)
    assert Announcement.objects.get() == scheduled


def test_draft_whose_time_has_passed_is_not_sent(
    facilitator_client: Client, cohort: Cohort, facilitator: User, people: list[Membership]
) -> None:
    draft = create_draft(cohort, facilitator, NOW)
    Announcement.objects.update(sends_at=NOW - timedelta(hours=1))
    page = text(facilitator_client.get(draft.get_absolute_url()))
    words = "The time chosen for this message has passed. Edit it to choose another."
    assert (words in page, "Send to" in page) == (True, False)
    assert send(facilitator_client, draft) == words


def test_timeline_and_today_list_it(
    facilitator_client: Client, facilitator: User, scheduled: Announcement
) -> None:
    address = scheduled.get_absolute_url()
    timeline = reverse("home:message_list", args=[scheduled.cohort.public_id])
    for page in (timeline, reverse("home:today")):
        assert address in text(facilitator_client.get(page)), page
    facilitator_client.post(url_of(scheduled, "cancel"))
    today = text(facilitator_client.get(reverse("home:today")))
    assert ("Messages to be sent" in today, address in today) == (False, False)


def test_cancelling_requires_convener(
    scheduled: Announcement, people: list[Membership], other_facilitator_client: Client
) -> None:
    address = url_of(scheduled, "cancel")
    assert signed_in(people[0].user).post(address).status_code == 403
    assert other_facilitator_client.post(address).status_code == 404
    scheduled.refresh_from_db()
    assert not scheduled.is_draft
