"""Who reads a set's notes: the people who were in it when a note was written and are in it now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.models import User
from cohorts.models import Cohort
from outbox.models import Message
from sets.anonymisation import anonymise_in_sets, delete_set_words
from sets.editing import add, swap
from sets.messages.published import SETS
from sets.models import ChangeWish, Grouping, KeepApart, Meeting, Set, SetMembership, SetNote
from sets.notes import reads_more_notes_than, save_wish, write_note
from tests.sets.conftest import LATER, MOMENT, Fill, person_in

WORDS = "the heron at the weir"


def readers(note: SetNote) -> set[str]:
    return {
        user.email
        for user in User.objects.all()
        if SetNote.objects.readable_by(user).filter(pk=note.pk).exists()
    }


def emails_in(found: Set) -> set[str]:
    return set(found.places.active().values_list("membership__user__email", flat=True))


def test_note_is_read_by_the_set_and_nobody_else(
    own_set: Set,
    participant: User,
    facilitator: User,
    administrator: User,
    outsider: User,
    other_facilitator: User,
) -> None:
    note = write_note(of=own_set, author=participant, body=WORDS, at=LATER)
    assert readers(note) == emails_in(own_set)
    assert len(readers(note)) == 4


def test_late_joiner_reads_what_is_written_from_then_on(
    own_set: Set, published: Grouping, participant: User, fill: Fill
) -> None:
    before = write_note(of=own_set, author=participant, body=WORDS, at=LATER)
    late, joined = fill(1)[0], LATER + timedelta(hours=1)
    add(grouping=published, member=late, to=own_set, seen=str(published.version), at=joined)
    after = write_note(of=own_set, author=participant, body=WORDS, at=joined)
    assert late.user.email not in readers(before)
    assert late.user.email in readers(after)


def test_person_who_moved_or_left_reads_nothing_any_more(
    own_set: Set, other_set: Set, published: Grouping, participant: User
) -> None:
    note = write_note(of=own_set, author=participant, body=WORDS, at=LATER)
    mover = person_in(own_set, besides=participant)
    places = SetMembership.objects.select_related("set")
    one = places.get(set=own_set, membership__user=mover)
    other = places.filter(set=other_set)[0]
    swap(grouping=published, one=one, other=other, seen=str(published.version), at=LATER)
    assert mover.email not in readers(note)
    gone = participant.memberships.get()
    gone.leave(by=None, at=LATER)
    assert participant.email not in readers(note)
    with pytest.raises(PermissionDenied):
        write_note(of=own_set, author=participant, body=WORDS, at=LATER)


def test_note_of_a_draft_or_a_cohort_without_sets_is_read_by_nobody(
    own_set: Set, cohort: Cohort, participant: User
) -> None:
    note = write_note(of=own_set, author=participant, body=WORDS, at=LATER)
    Cohort.objects.update(uses_sets=False)
    assert readers(note) == set()


def test_double_click_saves_one_note(own_set: Set, participant: User) -> None:
    for _click in range(2):
        write_note(of=own_set, author=participant, body=WORDS, at=LATER, public_id="abcdefghjkmn")
    assert SetNote.objects.count() == 1


def test_text_and_reasons_are_encrypted_in_the_database(
    own_set: Set, cohort: Cohort, participant: User
) -> None:
    write_note(of=own_set, author=participant, body=WORDS, at=LATER)
    first, second = cohort.memberships.order_by("pk")[:2]
    KeepApart.objects.create(
        cohort=cohort, first=first, second=second, reason=WORDS, made_at=MOMENT
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM sets_setnote UNION ALL SELECT reason FROM sets_keepapart")
        stored = [row[0] for row in cursor.fetchall()]
    assert [WORDS in text for text in stored] == [False, False]


def test_facilitator_cannot_take_an_account_that_reads_a_set(
    own_set: Set, participant: User, facilitator: User
) -> None:
    """Otherwise a facilitator could read the notes by changing the address of a silent member."""
    assert not reads_more_notes_than(participant, facilitator)
    write_note(of=own_set, author=participant, body=WORDS, at=LATER)
    assert reads_more_notes_than(participant, facilitator)


def test_erasure_deletes_notes_wishes_pairs_and_places(
    own_set: Set, cohort: Cohort, participant: User
) -> None:
    membership = participant.memberships.get()
    other = person_in(own_set, besides=participant)
    write_note(of=own_set, author=participant, body=WORDS, at=LATER)
    kept = write_note(of=own_set, author=other, body="another", at=LATER)
    save_wish(membership=membership, text=WORDS, at=LATER)
    first, second = sorted((membership, other.memberships.get()), key=lambda one: one.pk)
    KeepApart.objects.create(cohort=cohort, first=first, second=second, made_at=MOMENT)
    meeting = Meeting.objects.create(
        set=own_set,
        starts_at=LATER,
        ends_at=LATER + timedelta(hours=1),
        place=WORDS,
        planned_by=participant,
        changed_at=LATER,
    )
    letter = f"Amina: {WORDS}"
    told = Message.objects.create(
        kind=SETS.kind,
        key="sets:1",
        recipient=other,
        group_id=cohort.pk,
        subject_id=own_set.pk,
        made_at=LATER,
        due_at=LATER,
        expires_at=LATER,
        try_at=LATER,
        text=letter,
        outcome="sent",
        sent_at=LATER,
    )
    assert delete_set_words(participant, at=LATER) == {"notes of a set": 1, "wishes": 1}
    told.refresh_from_db()
    assert (told.outcome, WORDS in told.text) == ("sent", False)
    anonymise_in_sets(participant.memberships.all())
    meeting.refresh_from_db()
    assert list(SetNote.objects.all()) == [kept]
    assert (meeting.place, meeting.is_cancelled) == ("", False)
    assert not ChangeWish.objects.exists()
    assert not KeepApart.objects.exists()
    assert SetMembership.objects.filter(membership=membership).exists()
