"""The audience history of a reflection (who could read it, and when), and its page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from cohorts.enrolment import amend
from cohorts.models import Cohort, Membership
from reflections.audience.history import periods_of
from reflections.audience.readers import readers_of
from reflections.entries import change, share
from reflections.models import Audience, AudiencePeriod, Reflection
from tests.queries import CapturedQueries
from tests.reflections.pages import reflection_url, text_of

Entry = Callable[..., Reflection]
ME, FACILITATORS, COHORT = Audience.ONLY_ME, Audience.FACILITATORS, Audience.COHORT


def day(number: int) -> datetime:
    return datetime(2026, 1, 1, 9, 30, tzinfo=UTC) + timedelta(days=number)


@pytest.fixture(autouse=True)
def members_joined_on_day_zero(facilitator: User, participant: User, peer: User) -> None:
    Membership.objects.update(joined_at=day(0))


def history(entry: Reflection) -> list[tuple[str, datetime, datetime | None, list[str], list[str]]]:
    return [
        (
            one.audience,
            one.began_at,
            one.ended_at,
            [person.first_name for person in one.remaining_readers],
            [person.first_name for person in one.former_readers],
        )
        for one in periods_of(entry)[::-1]
    ]


def test_private_entry_has_one_period_without_readers(entry: Entry) -> None:
    assert history(entry(at=day(1))) == [(ME, day(1), None, [], [])]
    assert not AudiencePeriod.objects.exists()


def test_each_change_of_audience_starts_a_period(entry: Entry, participant: User) -> None:
    kept = entry(at=day(1))
    for number, audience in (
        (2, FACILITATORS),
        (3, COHORT),
        (4, FACILITATORS),
        (5, ME),
        (6, COHORT),
    ):
        kept = share(reflection=kept, audience=audience, by=participant, at=day(number))
    assert history(kept) == [
        (ME, day(1), day(2), [], []),
        (FACILITATORS, day(2), day(3), ["Ruth"], []),
        (COHORT, day(3), day(4), ["Dev", "Ruth"], []),
        (FACILITATORS, day(4), day(5), ["Ruth"], []),
        (ME, day(5), day(6), [], []),
        (COHORT, day(6), None, ["Dev", "Ruth"], []),
    ]


def test_same_audience_again_starts_no_period(entry: Entry, participant: User) -> None:
    kept = entry(at=day(1), audience=COHORT)
    share(reflection=kept, audience=COHORT, by=participant, at=day(2))
    entry(at=day(1), audience=COHORT, public_id=kept.public_id)
    assert history(kept) == [(COHORT, day(1), None, ["Dev", "Ruth"], [])]


def test_later_member_is_not_in_earlier_periods(
    entry: Entry, participant: User, peer: User
) -> None:
    Membership.objects.filter(user=peer).update(joined_at=day(2))
    kept = entry(at=day(1), audience=COHORT)
    kept = share(reflection=kept, audience=FACILITATORS, by=participant, at=day(3))
    kept = share(reflection=kept, audience=COHORT, by=participant, at=day(4))
    assert [one[3] for one in history(kept)] == [["Ruth"], ["Ruth"], ["Dev", "Ruth"]]


def test_former_member_is_in_the_period_they_left_in_but_no_later_one(
    entry: Entry, participant: User, peer: User
) -> None:
    kept = entry(at=day(1), audience=COHORT)
    Membership.objects.filter(user=peer).update(left_at=day(2))
    assert history(kept) == [(COHORT, day(1), None, ["Dev", "Ruth"], [])]
    kept = change(reflection=kept, body="Other words", by=participant, at=day(3))
    assert history(kept) == [(COHORT, day(1), None, ["Ruth"], ["Dev"])]
    kept = share(reflection=kept, audience=ME, by=participant, at=day(4))
    kept = share(reflection=kept, audience=COHORT, by=participant, at=day(5))
    assert history(kept) == [
        (COHORT, day(1), day(4), ["Dev", "Ruth"], []),
        (ME, day(4), day(5), [], []),
        (COHORT, day(5), None, ["Ruth"], []),
    ]


def test_facilitator_who_left_before_narrowing_still_reads_unchanged_text(
    entry: Entry, participant: User, facilitator: User
) -> None:
    kept = entry(at=day(1), audience=COHORT)
    Membership.objects.filter(user=facilitator).update(left_at=day(2))
    kept = share(reflection=kept, audience=FACILITATORS, by=participant, at=day(3))
    assert readers_of(kept) == [facilitator]
    assert history(kept)[-1] == (FACILITATORS, day(3), None, ["Ruth"], [])


def test_facilitator_who_left_before_a_change_is_not_in_the_narrower_period(
    entry: Entry, participant: User, facilitator: User
) -> None:
    kept = entry(at=day(1), audience=COHORT)
    Membership.objects.filter(user=facilitator).update(left_at=day(2))
    kept = change(reflection=kept, body="Other words", by=participant, at=day(3))
    kept = share(reflection=kept, audience=FACILITATORS, by=participant, at=day(4))
    assert history(kept) == [
        (COHORT, day(1), day(4), ["Dev", "Ruth"], []),
        (FACILITATORS, day(4), None, [], []),
    ]


def test_rejoined_member_cannot_read_text_changed_in_their_absence(
    entry: Entry, cohort: Cohort, participant: User, peer: User
) -> None:
    """The member can't read later changes of the text either, until the author shares it again."""
    kept = entry(at=day(1), audience=COHORT)
    Membership.objects.filter(user=peer).update(left_at=day(2))
    Membership.objects.create(cohort=cohort, user=peer, joined_at=day(4))
    assert peer in readers_of(kept)
    for number in (3, 5):
        kept = change(
            reflection=kept, body=f"Words of day {number}", by=participant, at=day(number)
        )
        assert history(kept) == [(COHORT, day(1), None, ["Ruth"], ["Dev"])]
        assert not Reflection.objects.readable_by(peer).exists()
    kept = share(reflection=kept, audience=ME, by=participant, at=day(6))
    kept = share(reflection=kept, audience=COHORT, by=participant, at=day(7))
    assert [one[3] for one in history(kept)] == [["Dev", "Ruth"], [], ["Dev", "Ruth"]]


def test_change_of_role_does_not_interrupt_reading(
    entry: Entry, cohort: Cohort, participant: User, peer: User, facilitator: User
) -> None:
    kept = entry(at=day(1), audience=COHORT)
    member = Membership.objects.get(user=peer)
    for number, role in ((2, Membership.Role.FACILITATOR), (3, Membership.Role.PARTICIPANT)):
        member = amend(
            membership=member,
            email=peer.email,
            name=peer.name,
            organisation=None,
            job_title="",
            role=role,
            by=facilitator,
            at=day(number),
        )
    kept = change(reflection=kept, body="Other words", by=participant, at=day(4))
    assert history(kept) == [(COHORT, day(1), None, ["Dev", "Ruth"], [])]
    assert Reflection.objects.readable_by(peer).get() == kept


def test_current_period_lists_the_current_readers(entry: Entry, participant: User) -> None:
    kept = entry(at=day(1))
    for audience in (FACILITATORS, COHORT, FACILITATORS):
        kept = share(reflection=kept, audience=audience, by=participant, at=day(3))
        assert periods_of(kept)[0].remaining_readers == readers_of(kept)


def test_periods_without_duration_are_omitted(entry: Entry, participant: User) -> None:
    kept = entry(at=day(1), audience=COHORT)
    for audience in (FACILITATORS, COHORT, ME):
        kept = share(reflection=kept, audience=audience, by=participant, at=day(2))
    assert [one[:3] for one in history(kept)] == [(COHORT, day(1), day(2)), (ME, day(2), None)]


def test_change_with_an_earlier_time_does_not_break_history(
    entry: Entry, participant: User
) -> None:
    kept = entry(at=day(2), audience=COHORT)
    share(reflection=kept, audience=ME, by=participant, at=day(1))
    assert history(kept) == [(ME, day(2), None, [], [])]


def test_periods_are_deleted_with_the_entry(entry: Entry) -> None:
    entry(audience=COHORT).delete()
    assert not AudiencePeriod.objects.exists()


# The page that shows the audience history ---------------------------------------------------------


def test_author_sees_the_history_linked_from_the_entry(
    participant_client: Client, entry: Entry, participant: User, peer: User
) -> None:
    kept = share(reflection=entry(at=day(1)), audience=COHORT, by=participant, at=day(2))
    share(reflection=kept, audience=FACILITATORS, by=participant, at=day(3))
    url = reflection_url(kept, "history")
    assert url in participant_client.get(kept.get_absolute_url()).content.decode()
    text = text_of(participant_client.get(url))
    assert (
        "Your facilitators Now From Sunday 4 January 2026, 9:30am Ruth Okafor can read it. "
        "Your cohort From Saturday 3 January 2026, 9:30am, until Sunday 4 January 2026, 9:30am "
        "Dev Patel, Ruth Okafor could read it. "
        "Only you From Friday 2 January 2026, 9:30am, until Saturday 3 January 2026, 9:30am" in text
    )
    assert "This record begins" not in text


def test_page_shows_when_the_record_begins(participant_client: Client, entry: Entry) -> None:
    kept = entry(at=day(1))
    Reflection.objects.update(recorded_since=day(9))
    text = text_of(participant_client.get(reflection_url(kept, "history")))
    assert "This record begins on Saturday 10 January 2026" in text


def test_only_the_author_sees_the_history(
    entry: Entry,
    facilitator_client: Client,
    peer_client: Client,
    outsider_client: Client,
    other_facilitator_client: Client,
    administrator_client: Client,
    participant_client: Client,
    client: Client,
) -> None:
    kept = entry(audience=COHORT)
    url = reflection_url(kept, "history")
    answers = {
        name: one.get(url).status_code
        for name, one in {
            "facilitator": facilitator_client,
            "peer": peer_client,
            "outsider": outsider_client,
            "other facilitator": other_facilitator_client,
            "administrator": administrator_client,
        }.items()
    }
    assert answers == {
        "facilitator": 403,
        "peer": 403,
        "outsider": 404,
        "other facilitator": 404,
        "administrator": 404,
    }
    assert client.get(url).status_code == 302
    assert participant_client.post(url).status_code == 405
    assert url not in facilitator_client.get(kept.get_absolute_url()).content.decode()


def test_page_query_count_is_constant(
    participant_client: Client, entry: Entry, participant: User, cohort: Cohort
) -> None:
    kept = entry(at=day(1), audience=COHORT)
    url = reflection_url(kept, "history")

    def queries() -> int:
        with CapturedQueries() as queries:
            assert participant_client.get(url).status_code == 200
        return len(queries)

    one = queries()
    for number in range(30):
        user = User.objects.create_user(f"more{number}@example.org", f"More {number}")
        Membership.objects.create(cohort=cohort, user=user, joined_at=day(0))
        audience = (FACILITATORS, COHORT)[number % 2]
        kept = share(reflection=kept, audience=audience, by=participant, at=day(number + 2))
    assert len(periods_of(kept)) == 31
    assert queries() == one
    assert one <= 10
