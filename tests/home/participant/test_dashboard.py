"""A participant's Today page, the list of cohorts, and a cohort's page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from reflections.models import Audience, Reflection
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.models import Attendance, Workshop

NOW = datetime(2027, 3, 17, 12, tzinfo=UTC)
MOST_QUERIES = 15


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """Stop the clock: these tests count days, which midnight would change while they run."""
    with time_machine.travel(NOW, tick=False):
        yield


def workshop_in(cohort: Cohort, days: int, position: int, title: str) -> Workshop:
    starts = (NOW + timedelta(days=days)).replace(hour=9, minute=30, second=0, microsecond=0)
    return Workshop.objects.create(
        cohort=cohort,
        position=position,
        title=title,
        purpose="To meet.",
        prompts="What did you overlook?",
        starts_at=starts,
        ends_at=starts + timedelta(hours=3, minutes=30),
        scheduled_at=NOW - timedelta(days=60),
    )


@pytest.fixture
def series(cohort: Cohort, participant: User, facilitator: User) -> list[Workshop]:
    """The cohort's two workshops: one was two days ago, the other is in six days."""
    Membership.objects.update(joined_at=NOW - timedelta(days=60))
    return [
        workshop_in(cohort, -2, 1, "Who leads here?"),
        workshop_in(cohort, 6, 2, "Seeing the whole"),
    ]


def test_today_begins_with_the_next_workshop(
    participant_client: Client, series: list[Workshop]
) -> None:
    page = participant_client.get(reverse("home:today"))

    assert page.context["next"] == series[1]
    assert "in 6 days" in page.content.decode()
    assert [step.state for step in page.context["steps"]] == ["held", "next"]


def test_today_saves_and_shows_an_rsvp(participant_client: Client, series: list[Workshop]) -> None:
    answer = reverse("workshops:workshop_answer", args=[series[1].public_id])

    page = participant_client.post(
        answer, {"answer": "apologies", "next": reverse("home:today")}, follow=True
    )

    assert "✓ You can’t make it" in page.content.decode()
    assert Attendance.objects.get().answer == "apologies"


def test_today_saves_a_reflection_that_only_its_author_can_read(
    participant_client: Client, participant: User, series: list[Workshop]
) -> None:
    fields = {
        "cohort": series[0].cohort.public_id,
        "workshop": series[0].public_id,
        "audience": "me",
    }

    participant_client.post(
        reverse("reflections:reflection_create"), {**fields, "body": "She knew first."}
    )

    entry = Reflection.objects.get()
    assert (entry.author, entry.body, entry.audience) == (
        participant,
        "She knew first.",
        Audience.ONLY_ME,
    )
    assert entry.workshop == series[0]


def test_today_links_to_the_survey_of_a_recent_workshop(
    participant_client: Client, series: list[Workshop]
) -> None:
    page = participant_client.get(reverse("home:today"))

    [due] = page.context["surveys_due"]
    assert due.title == series[0].title
    assert participant_client.get(due.url).status_code == 200


def test_today_links_to_the_users_other_cohort(
    participant_client: Client, participant: User, cohort: Cohort
) -> None:
    Membership.objects.update(joined_at=NOW - timedelta(days=60))
    other = Cohort.objects.create(programme=cohort.programme, name="Second", place="There")
    Membership.objects.create(cohort=other, user=participant, joined_at=NOW - timedelta(days=1))

    latest = participant_client.get(reverse("home:today"))
    first = participant_client.get(reverse("home:today"), {"cohort": cohort.public_id})

    assert latest.context["cohort"] == other
    assert f"?cohort={cohort.public_id}" in latest.content.decode()
    assert first.context["cohort"] == cohort


def test_today_of_a_user_without_cohort_explains_the_page(outsider_client: Client) -> None:
    assert (
        "You aren’t in a cohort at the moment"
        in outsider_client.get(reverse("home:today")).content.decode()
    )


def test_today_of_a_former_member_links_to_their_reflections(
    participant_client: Client, participant: User
) -> None:
    Membership.objects.get(user=participant).leave(by=None, at=NOW + timedelta(minutes=1))

    page = participant_client.get(reverse("home:today")).content.decode()

    assert reverse("reflections:reflection_list") in page


def test_today_of_an_administrator_is_the_list_of_cohorts(
    administrator_client: Client,
) -> None:
    assert administrator_client.get(reverse("home:today"))["Location"] == reverse(
        "home:cohort_list"
    )


def test_list_shows_the_progress_of_each_cohort(
    facilitator_client: Client, facilitator: User, cohort: Cohort, series: list[Workshop]
) -> None:
    for name, days in (("Over", -9), ("Soon", 9), ("Empty", None)):
        other = Cohort.objects.create(programme=cohort.programme, name=name, place="There")
        Membership.objects.create(cohort=other, user=facilitator, role=Membership.Role.FACILITATOR)
        if days is not None:
            workshop_in(other, days, 1, "Only one")

    rows = facilitator_client.get(reverse("home:cohort_list")).context["rows"]

    assert {row.cohort.name: row.state for row in rows} == {
        cohort.name: "Running",
        "Over": "Finished",
        "Soon": "Starts soon",
        "Empty": "Being planned",
    }


@pytest.mark.parametrize(
    ("has_undated", "words", "state"),
    [
        (False, "All your workshops have taken place", "Finished"),
        (True, "The next date is being planned", "Being planned"),
    ],
)
def test_workshops_are_over_only_if_none_is_without_a_date(
    participant_client: Client,
    cohort: Cohort,
    participant: User,
    has_undated: bool,
    words: str,
    state: str,
) -> None:
    Membership.objects.update(joined_at=NOW - timedelta(days=60))
    workshop_in(cohort, -2, 1, "Who leads here?")
    cancelled = Workshop.objects.create(cohort=cohort, position=2, title="Called off")
    Workshop.objects.filter(pk=cancelled.pk).update(cancelled_at=NOW)
    if has_undated:
        Workshop.objects.create(cohort=cohort, position=3, title="To be agreed")

    page = participant_client.get(reverse("home:today")).content.decode()
    listed = participant_client.get(reverse("home:cohort_list"))

    headings = ("All your workshops have taken place", "The next date is being planned")
    assert [one for one in headings if one in page] == [words]
    assert [row.state for row in listed.context["rows"]] == [state]
    assert ("The next workshop has no date yet." in listed.content.decode()) == has_undated


def test_list_excludes_other_peoples_cohorts(
    participant_client: Client, other_facilitator: User
) -> None:
    rows = participant_client.get(reverse("home:cohort_list")).context["rows"]

    assert [row.cohort.name for row in rows] == ["North East, spring 2027"]


def test_page_of_a_new_cohort_offers_the_first_step(
    administrator_client: Client, cohort: Cohort
) -> None:
    page = administrator_client.get(cohort.get_absolute_url()).content.decode()

    assert "Nobody is in this cohort yet" in page
    assert "No dates yet" in page


def test_cohort_page_counts_who_is_coming(
    facilitator_client: Client, participant_client: Client, series: list[Workshop]
) -> None:
    participant_client.post(
        reverse("workshops:workshop_answer", args=[series[1].public_id]), {"answer": "coming"}
    )

    page = facilitator_client.get(series[0].cohort.get_absolute_url())

    assert page.context["rsvp_counts"].coming == 1
    assert "1 coming" in page.content.decode()


def test_cohort_page_shows_shared_reflections_to_their_audience(
    participant: User,
    facilitator_client: Client,
    administrator_client: Client,
    series: list[Workshop],
) -> None:
    Reflection.objects.create(
        author=participant,
        cohort=series[0].cohort,
        body="It felt like forty.",
        audience=Audience.FACILITATORS,
        written_at=NOW,
        changed_at=NOW,
        shared_at=NOW,
    )
    peer = User.objects.create_user("peer@example.org", "Peer")
    Membership.objects.create(cohort=series[0].cohort, user=peer, joined_at=NOW - timedelta(days=9))
    address = series[0].cohort.get_absolute_url()

    assert "It felt like forty." in facilitator_client.get(address).content.decode()
    assert "It felt like forty." not in administrator_client.get(address).content.decode()
    assert "It felt like forty." not in signed_in(peer).get(address).content.decode()


def test_cohort_page_hides_register_and_messages_from_participants(
    participant_client: Client, series: list[Workshop]
) -> None:
    page = participant_client.get(series[0].cohort.get_absolute_url()).content.decode()

    assert "Attendance" not in page
    assert "Messages" not in page


@pytest.mark.parametrize("name", ["home:cohort_detail", "home:message_list", "home:cohort_list"])
def test_queries_do_not_grow_with_people(
    name: str, facilitator_client: Client, series: list[Workshop], council: Organisation
) -> None:
    cohort = series[0].cohort
    address = (
        reverse(name) if name == "home:cohort_list" else reverse(name, args=[cohort.public_id])
    )

    def queries() -> int:
        with CapturedQueries() as captured:
            assert facilitator_client.get(address).status_code == 200
        return len(captured)

    Attendance.objects.create(
        workshop=series[0],
        membership=Membership.objects.participating().get(),
        mark="absent",
        marked_at=NOW,
    )
    few = queries()
    for number in range(29):
        user = User.objects.create_user(f"person{number}@example.org", f"Person {number}")
        joined = NOW - timedelta(days=50)
        member = Membership.objects.create(
            cohort=cohort, user=user, organisation=council, joined_at=joined
        )
        Attendance.objects.create(
            workshop=series[0], membership=member, mark="present", marked_at=NOW
        )
    many = queries()

    assert few == many
    assert many <= MOST_QUERIES


def test_attendance_of_a_cohort_appears_with_its_first_register(
    facilitator_client: Client, cohort: Cohort, participant: User
) -> None:
    """A table in which nobody can be marked yet would be a wall of dots."""
    workshop_in(cohort, 6, 1, "Who leads here?")
    before = facilitator_client.get(cohort.get_absolute_url()).content.decode()
    assert ('class="register"' in before, "when the first register opens" in before) == (
        False,
        True,
    )
    workshop_in(cohort, -2, 2, "Seeing the whole")
    after = facilitator_client.get(cohort.get_absolute_url()).content.decode()
    assert ('class="register"' in after, "when the first register opens" in after) == (True, False)
