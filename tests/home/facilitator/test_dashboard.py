"""A facilitator's Today page: this week, the to-do list, and participants without a reply."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from home.facilitator.todo import MAX_ITEMS_PER_COHORT
from home.facilitator.workload import MOST_COHORTS
from outbox.bounces.suppression import Source, suppress
from reflections.models import Audience, Reflection, Reply
from surveys.models import Response, Survey
from tests.home.facilitator.days import LONG_AGO, NOW, Make, attend, day_of, message, needs_of
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.models import Workshop

# Today's list of this week's workshops


def test_week_lists_the_workshops_of_all_cohorts_for_seven_days(
    workshop: Make, cohort: Cohort, facilitator: User, member: Membership, other_facilitator: User
) -> None:
    second = Cohort.objects.create(programme=cohort.programme, name="Second", place="There")
    Membership.objects.create(cohort=second, user=facilitator, role=Membership.Role.FACILITATOR)
    elsewhere = Cohort.objects.get(name="Essex, spring 2027")
    workshop(-1, "Yesterday's")
    over = workshop(-0.2, "Over this morning")
    soon = workshop(3, "In three days")
    also = workshop(6, "Of the second", cohort=second)
    workshop(8, "Too far")
    workshop(2, "Off", cancelled_at=NOW, cancelled_by=facilitator)
    workshop(2, "Not mine", cohort=elsewhere)
    attend(soon, member, answer="coming")

    week = day_of(facilitator)["week"]

    assert [one.workshop for one in week] == [over, soon, also]
    assert [one.register_is_open for one in week] == [True, False, False]
    assert [(one.rsvp_counts.coming, one.rsvp_counts.unanswered) for one in week] == [
        (0, 1),
        (1, 0),
        (0, 0),
    ]


def test_page_begins_with_the_open_register(workshop: Make, facilitator_client: Client) -> None:
    now_on = workshop(0.01, "Now")

    page = facilitator_client.get(reverse("home:today")).content.decode()

    register = reverse("workshops:register", args=[now_on.public_id])
    assert f'<a class="button primary" href="{register}">' in page
    assert "Good morning, Ruth" in page
    assert 'href="mailto:amina.participant@example.org"' in page


def test_page_says_that_nothing_needs_attention(workshop: Make, facilitator_client: Client) -> None:
    workshop(40)

    page = facilitator_client.get(reverse("home:today")).content.decode()

    for words in (
        "No workshop today or in the next seven days.",
        "in 5 weeks",
        "Nothing needs your attention.",
        "Everybody has replied.",
    ):
        assert words in page


# Today's to-do list, “Needs your attention”


def test_items_are_ordered_by_urgency(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User, member: Membership
) -> None:
    held = workshop(-1, "Held")
    nowhere = workshop(5, "Nowhere", venue="")
    workshop(None, "Undated")
    attend(nowhere, member, answer="apologies", note="My mother is ill.")
    failed = message(participant, cohort, "day-before", failed_at=NOW, reason="550 no such user")
    empty = Cohort.objects.create(programme=cohort.programme, name="Empty", place="There")
    Membership.objects.create(cohort=empty, user=facilitator, role=Membership.Role.FACILITATOR)
    workshop(None, "First", cohort=empty)
    entry = reflection(participant, cohort, days=8)

    assert needs_of(facilitator) == [
        ("1 person is not marked at “Held”", f"/workshops/{held.public_id}/register/", ""),
        (
            "“Nowhere” is in 5 days and has no venue or link",
            f"/workshops/{nowhere.public_id}/move/",
            "",
        ),
        ("An e-mail to Amina Rahman failed", f"/messages/{failed.public_id}/", ""),
        ("“Undated” has no date", f"/cohorts/{cohort.public_id}/plan/", ""),
        ("Amina Rahman can’t come to “Nowhere”", nowhere.get_absolute_url(), "My mother is ill."),
        ("Nobody is taking part yet", reverse("cohorts:member_list", args=[empty.public_id]), ""),
        ("No workshop has a date yet", f"/cohorts/{empty.public_id}/plan/", ""),
        ("Amina Rahman’s reflection has no reply yet", entry.get_absolute_url(), ""),
    ]


def reflection(
    author: User, cohort: Cohort, days: int, audience: str = Audience.FACILITATORS
) -> Reflection:
    written = NOW - timedelta(days=days)
    return Reflection.objects.create(
        author=author,
        cohort=cohort,
        body="A thing.",
        audience=audience,
        written_at=written,
        changed_at=written,
        shared_at=None if audience == Audience.ONLY_ME else written,
    )


def test_recent_or_answered_reflection_is_not_listed(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User
) -> None:
    workshop(40)
    reflection(participant, cohort, days=6)
    reflection(participant, cohort, days=9, audience=Audience.ONLY_ME)
    answered = reflection(participant, cohort, days=9)
    Reply.objects.create(reflection=answered, author=facilitator, body="Yes.", written_at=NOW)

    assert needs_of(facilitator) == []


def test_failed_address_links_to_correcting_it(
    workshop: Make, facilitator: User, participant: User, member: Membership, cohort: Cohort
) -> None:
    workshop(20)
    failed = message(participant, cohort, "day-before", failed_at=NOW, reason="550 no such user")
    suppress(
        participant.email, said="550 no such user", source=Source.REFUSED, message=failed, at=NOW
    )

    words = "E-mail to Amina Rahman bounces. No such mailbox: nobody has this address there."
    assert (words, f"/members/{member.public_id}/address/", "") in needs_of(facilitator)
    assert "An e-mail to Amina Rahman failed" not in [
        words for words, _, _ in needs_of(facilitator)
    ]


def test_failed_survey_message_is_not_listed(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User
) -> None:
    workshop(40)
    message(participant, cohort, "nudge", failed_at=NOW, reason="550 no such user")
    message(participant, cohort, "survey", failed_at=NOW, reason="550 no such user")

    assert needs_of(facilitator) == []


def test_overlapping_workshops_are_listed_until_accepted_with_a_reason(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User
) -> None:
    second = Cohort.objects.create(programme=cohort.programme, name="Second", place="There")
    for user, role in (
        (facilitator, Membership.Role.FACILITATOR),
        (participant, Membership.Role.PARTICIPANT),
    ):
        Membership.objects.create(cohort=second, user=user, role=role)
    workshop(40, "One")
    other = workshop(40.1, "Other", cohort=second)

    assert [words for words, *_ in needs_of(facilitator)] == [
        "“Other” overlaps “One” of North East, spring 2027"
    ]
    Workshop.objects.filter(pk=other.pk).update(override_reason="Tom takes it.")
    assert needs_of(facilitator) == []


@pytest.mark.parametrize(("answers", "expected"), [(4, []), (5, ["The feedback on “Held” is in"])])
def test_survey_results_are_listed_in_the_week_of_their_release(
    workshop: Make, facilitator: User, member: Membership, answers: int, expected: list[str]
) -> None:
    held = workshop(-16, "Held")
    workshop(40)
    attend(held, member, mark="present")
    survey = Survey.objects.create(workshop=held, closing_at=NOW - timedelta(days=2))
    Response.objects.bulk_create(Response(survey=survey) for _ in range(answers))

    assert [words for words, *_ in needs_of(facilitator)] == expected
    Survey.objects.update(closing_at=NOW - timedelta(days=8))
    assert needs_of(facilitator) == []


# Who sees a facilitator's Today page, and of which cohorts


def test_facilitator_who_also_participates_sees_both_dashboards(
    workshop: Make, cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    mine = Cohort.objects.create(
        programme=cohort.programme, name="Where I take part", place="There"
    )
    Membership.objects.create(cohort=mine, user=facilitator, joined_at=LONG_AGO)
    workshop(4, "My own next", cohort=mine)
    workshop(3, "The one I run")

    page = facilitator_client.get(reverse("home:today")).content.decode()

    assert page.index("My own next") < page.index("The one I run")
    assert "No reply yet" in page


def test_participant_does_not_see_the_facilitator_dashboard(
    participant: User, workshop: Make
) -> None:
    workshop(3)

    page = signed_in(participant).get(reverse("home:today")).content.decode()

    assert "Needs your attention" not in page


def test_former_facilitator_does_not_see_the_facilitator_dashboard(
    facilitator: User, facilitator_client: Client, workshop: Make
) -> None:
    workshop(3, "Seen no more")
    Membership.objects.get(user=facilitator).leave(by=None, at=NOW)

    assert "Seen no more" not in facilitator_client.get(reverse("home:today")).content.decode()


def test_queries_do_not_grow_with_cohorts(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User, facilitator_client: Client
) -> None:
    def fill(of: Cohort) -> None:
        soon = workshop(3, cohort=of)
        workshop(-3, cohort=of)
        workshop(None, cohort=of)
        for member in of.memberships.participating():
            attend(soon, member, answer="apologies", note="Sorry.")
        message(participant, of, "day-before", failed_at=NOW, reason="550 no such user")
        reflection(participant, of, days=9)

    def queries() -> int:
        with CapturedQueries() as captured:
            assert facilitator_client.get(reverse("home:today")).status_code == 200
        return len(captured)

    fill(cohort)
    few = queries()
    for number in range(29):
        another = Cohort.objects.create(
            programme=cohort.programme, name=f"Cohort {number}", place="There"
        )
        for user, role in (
            (facilitator, Membership.Role.FACILITATOR),
            (participant, Membership.Role.PARTICIPANT),
        ):
            Membership.objects.create(cohort=another, user=user, role=role, joined_at=LONG_AGO)
        fill(another)

    assert queries() == few
    assert few <= 12


def test_page_covers_the_cohorts_with_the_nearest_workshops(
    workshop: Make, cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    for number in range(MOST_COHORTS + 3):
        another = Cohort.objects.create(
            programme=cohort.programme, name=f"Cohort {number}", place="There"
        )
        Membership.objects.create(cohort=another, user=facilitator, role="facilitator")
        workshop(number + 1, cohort=another)

    day = day_of(facilitator)

    names = {f"Cohort {number}" for number in range(MOST_COHORTS)}
    assert ({one.name for one in day["cohorts"]}, day["other_cohorts"]) == (names, 4)
    page = facilitator_client.get(reverse("home:today")).content.decode()
    assert f'<a href="{reverse("home:cohort_list")}">4 other cohorts</a> are in the list.' in page
    assert f"{MOST_COHORTS + 4} cohorts that you run" in page


def test_cohort_lists_its_most_urgent_items(
    workshop: Make, cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    for days in range(1, MAX_ITEMS_PER_COHORT + 3):
        workshop(days, f"Nowhere {days}", venue="")

    [group] = day_of(facilitator)["todo_by_cohort"]

    # The last of them is that the cohort is small.
    assert (len(group.items), group.others) == (MAX_ITEMS_PER_COHORT, 3)
    page = facilitator_client.get(reverse("home:today")).content.decode()
    assert f'<a href="{cohort.get_absolute_url()}">3 more in {cohort}</a>' in page
