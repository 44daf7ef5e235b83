"""Actions on reflections and replies: what each of them saves, and who may not perform it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.entries import change, may_reply, reply, share, write
from reflections.latest_shared import latest_shared
from reflections.models import Audience, Reflection

Entry = Callable[..., Reflection]


def stored(reflection: Reflection) -> Reflection:
    return Reflection.objects.get(pk=reflection.pk)


def test_new_entry_is_private(entry: Entry) -> None:
    kept = stored(entry())
    assert (kept.audience, kept.shared_at, kept.changed_at) == (
        Audience.ONLY_ME,
        None,
        kept.written_at,
    )


def test_entry_written_with_an_audience_is_shared_immediately(entry: Entry) -> None:
    kept = stored(entry(audience=Audience.COHORT))
    assert (kept.audience, kept.shared_at) == (Audience.COHORT, kept.written_at)


def test_entry_sent_twice_is_saved_once(entry: Entry) -> None:
    first, second = entry(public_id="abcdefghjkmn"), entry(public_id="abcdefghjkmn")
    assert first == second
    assert Reflection.objects.count() == 1


def test_resending_an_entry_for_a_narrower_audience_narrows_it(entry: Entry, peer: User) -> None:
    kept = [
        stored(entry(public_id="abcdefghjkmn", audience=audience))
        for audience in (Audience.COHORT, Audience.FACILITATORS, Audience.ONLY_ME)
    ]
    assert [one.audience for one in kept] == [
        Audience.COHORT,
        Audience.FACILITATORS,
        Audience.ONLY_ME,
    ]
    assert (kept[1].shared_at, kept[2].shared_at) == (kept[0].shared_at, None)
    assert [one.audience for one in kept[0].audience_periods.all()] == [
        Audience.COHORT,
        Audience.FACILITATORS,
    ]
    assert Reflection.objects.count() == 1


def test_resending_an_entry_for_a_wider_audience_does_not_widen_it(
    entry: Entry, facilitator: User
) -> None:
    for audience in (Audience.FACILITATORS, Audience.COHORT):
        assert entry(public_id="abcdefghjkmn", audience=audience).audience == Audience.FACILITATORS
    assert Reflection.objects.get().audience == Audience.FACILITATORS


def test_other_text_or_author_with_the_same_id_creates_another_entry(
    entry: Entry, peer: User
) -> None:
    first = entry(public_id="abcdefghjkmn")
    second = entry(public_id="abcdefghjkmn", body="Other words")
    third = entry(public_id="abcdefghjkmn", author=peer)
    assert len({first.public_id, second.public_id, third.public_id}) == 3
    assert stored(first).body == first.body


def test_non_member_cannot_write(entry: Entry, outsider: User, administrator: User) -> None:
    for user in (outsider, administrator):
        with pytest.raises(PermissionDenied):
            entry(author=user)
    assert not Reflection.objects.exists()


def test_former_member_can_write_only_privately(
    entry: Entry, cohort: Cohort, participant: User
) -> None:
    Membership.objects.get(user=participant).leave(by=None, at=timezone.now())
    kept = entry()
    with pytest.raises(PermissionDenied):
        entry(audience=Audience.FACILITATORS)
    with pytest.raises(PermissionDenied):
        share(reflection=kept, audience=Audience.COHORT, by=participant, at=timezone.now())
    assert [one.audience for one in Reflection.objects.all()] == [Audience.ONLY_ME]


def test_former_member_can_narrow_the_audience(entry: Entry, participant: User) -> None:
    kept = entry(audience=Audience.COHORT)
    Membership.objects.get(user=participant).leave(by=None, at=timezone.now())
    share(reflection=kept, audience=Audience.ONLY_ME, by=participant, at=timezone.now())
    assert (stored(kept).audience, stored(kept).shared_at) == (Audience.ONLY_ME, None)


def test_change_preserves_audience_and_shared_at(entry: Entry, participant: User) -> None:
    kept = entry(audience=Audience.COHORT)
    later = kept.written_at + timedelta(hours=1)
    change(reflection=kept, body="Better words", by=participant, at=later)
    now = stored(kept)
    assert (now.body, now.changed_at, now.audience, now.shared_at) == (
        "Better words",
        later,
        Audience.COHORT,
        kept.shared_at,
    )


def test_change_to_the_same_text_does_not_update_changed_at(
    entry: Entry, participant: User
) -> None:
    kept = entry()
    change(reflection=kept, body=kept.body, by=participant, at=timezone.now() + timedelta(hours=1))
    assert stored(kept).changed_at == kept.written_at


@pytest.mark.parametrize(
    ("before", "after", "shared"),
    [
        (Audience.ONLY_ME, Audience.FACILITATORS, "now"),
        (Audience.ONLY_ME, Audience.COHORT, "now"),
        (Audience.FACILITATORS, Audience.COHORT, "now"),
        (Audience.COHORT, Audience.FACILITATORS, "as before"),
        (Audience.COHORT, Audience.COHORT, "as before"),
        (Audience.FACILITATORS, Audience.ONLY_ME, "never"),
        (Audience.COHORT, Audience.ONLY_ME, "never"),
    ],
)
def test_shared_at_changes_when_the_audience_widens_or_becomes_private(
    entry: Entry, participant: User, before: Audience, after: Audience, shared: str
) -> None:
    kept = entry(audience=before)
    later = kept.written_at + timedelta(hours=1)
    share(reflection=kept, audience=after, by=participant, at=later)
    times = {"now": later, "as before": kept.shared_at, "never": None}
    assert (stored(kept).audience, stored(kept).shared_at) == (after, times[shared])
    assert stored(kept).changed_at == kept.written_at


def test_only_the_author_can_change_or_share(
    entry: Entry, facilitator: User, administrator: User
) -> None:
    kept = entry(audience=Audience.COHORT)
    for user in (facilitator, administrator):
        with pytest.raises(PermissionDenied):
            change(reflection=kept, body="Theirs", by=user, at=timezone.now())
        with pytest.raises(PermissionDenied):
            share(reflection=kept, audience=Audience.ONLY_ME, by=user, at=timezone.now())
    assert (stored(kept).body, stored(kept).audience) == (kept.body, Audience.COHORT)


def test_only_author_and_readers_can_reply(
    entry: Entry,
    participant: User,
    facilitator: User,
    peer: User,
    administrator: User,
    other_facilitator: User,
) -> None:
    kept = entry(audience=Audience.FACILITATORS, at=timezone.now() + timedelta(seconds=1))
    said = reply(reflection=kept, author=facilitator, body="Thank you", at=timezone.now())
    assert (said.author, said.body, list(kept.replies.all())) == (facilitator, "Thank you", [said])
    may = {
        user
        for user in (participant, facilitator, peer, administrator, other_facilitator)
        if may_reply(kept, user)
    }
    assert may == {participant, facilitator}
    with pytest.raises(PermissionDenied):
        reply(reflection=kept, author=peer, body="I can’t see this", at=timezone.now())


def test_reply_to_an_entry_made_private_is_refused(
    entry: Entry, facilitator: User, participant: User
) -> None:
    kept = entry(audience=Audience.FACILITATORS, at=timezone.now() + timedelta(seconds=1))
    share(reflection=kept, audience=Audience.ONLY_ME, by=participant, at=timezone.now())
    for user in (facilitator, participant):
        with pytest.raises(PermissionDenied):
            reply(reflection=kept, author=user, body="Too late", at=timezone.now())


def test_former_member_can_read_earlier_entries_but_not_reply(
    entry: Entry, facilitator: User, participant: User
) -> None:
    kept = entry(audience=Audience.FACILITATORS, at=timezone.now() + timedelta(seconds=1))
    Membership.objects.get(user=facilitator).leave(
        by=None, at=timezone.now() + timedelta(seconds=2)
    )
    assert list(Reflection.objects.readable_by(facilitator)) == [kept]
    with pytest.raises(PermissionDenied):
        reply(reflection=kept, author=facilitator, body="From outside", at=timezone.now())


def test_reply_to_a_deleted_entry_is_refused(entry: Entry, facilitator: User) -> None:
    kept = entry(audience=Audience.FACILITATORS)
    Reflection.objects.all().delete()
    with pytest.raises(PermissionDenied):
        reply(reflection=kept, author=facilitator, body="Too late", at=timezone.now())


@pytest.mark.parametrize(
    "wrong",
    [
        {"audience": Audience.ONLY_ME, "shared_at": timezone.now()},
        {"audience": Audience.COHORT, "shared_at": None},
        {"audience": "employer", "shared_at": timezone.now()},
    ],
)
def test_database_rejects_invalid_audience_or_shared_at(
    entry: Entry, wrong: dict[str, object]
) -> None:
    kept = entry()
    with pytest.raises(IntegrityError):
        Reflection.objects.filter(pk=kept.pk).update(**wrong)


def test_latest_shared_returns_the_latest_entry_by_another_author(
    entry: Entry, cohort: Cohort, facilitator: User, participant: User, peer: User
) -> None:
    now = timezone.now()
    entry(at=now)
    entry(at=now + timedelta(minutes=1), audience=Audience.COHORT)
    latest = entry(at=now + timedelta(minutes=2), audience=Audience.COHORT)
    entry(at=now + timedelta(minutes=3), audience=Audience.FACILITATORS)
    write(
        author=peer,
        cohort=cohort,
        body="Peer’s",
        at=now + timedelta(minutes=4),
        audience=Audience.COHORT,
    )
    shown = latest_shared(peer, cohort)
    assert shown is not None
    assert (shown.public_id, shown.body) == (latest.public_id, latest.body)
    shown = latest_shared(facilitator, cohort)
    assert shown is not None
    assert (shown.author, shown.body) == (peer.name, "Peer’s")


def test_latest_shared_takes_one_query(
    entry: Entry,
    cohort: Cohort,
    facilitator: User,
    django_assert_num_queries: Callable[..., object],
) -> None:
    entry(audience=Audience.COHORT)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        shown = latest_shared(facilitator, cohort)
        assert shown is not None
        assert (shown.author, shown.position) == ("Amina Rahman", None)
