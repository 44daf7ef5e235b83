from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts.models import User
from cohorts.models import Cohort
from sets.meetings import meeting_version, plan_meeting
from sets.models import ChangeWish, Meeting, Set, SetNote
from sets.notes import write_note
from tests.people import signed_in
from tests.queries import CapturedQueries
from tests.sets.conftest import person_in
from workshops.times import Slot

WORDS = "the heron at the weir"


def note_in(own_set: Set, author: User) -> SetNote:
    return write_note(of=own_set, author=author, body=WORDS, at=timezone.now())


def test_notes_are_shown_to_the_set_alone(
    own_set: Set,
    other_set: Set,
    participant: User,
    facilitator_client: Client,
    administrator_client: Client,
    outsider_client: Client,
    other_facilitator_client: Client,
) -> None:
    note_in(own_set, participant)
    page = own_set.get_absolute_url()
    peer, stranger = person_in(own_set, besides=participant), person_in(other_set)
    for reader in (participant, peer):
        assertContains(signed_in(reader).get(page), WORDS)
    for_facilitator = facilitator_client.get(page)
    assertNotContains(for_facilitator, WORDS)
    assertContains(for_facilitator, "You can’t read them, and neither can administrators.")
    assertNotContains(signed_in(stranger).get(page), WORDS, status_code=403)
    assertNotContains(administrator_client.get(page), WORDS, status_code=403)
    for client in (outsider_client, other_facilitator_client):
        assert client.get(page).status_code == 404


def test_note_is_written_once_and_deleted_by_its_author_alone(
    own_set: Set, participant: User, participant_client: Client
) -> None:
    address = reverse("sets:note_create", args=[own_set.public_id])
    facts = {"body": WORDS, "note_id": "abcdefghjkmn"}
    for _click in range(2):
        assertRedirects(participant_client.post(address, facts), own_set.get_absolute_url())
    note = SetNote.objects.get()
    delete = reverse("sets:note_delete", args=[note.public_id])
    peer = signed_in(person_in(own_set, besides=participant))
    assert peer.post(delete).status_code == 404
    assertContains(participant_client.get(delete), "Delete this note?")
    participant_client.post(delete)
    assert not SetNote.objects.exists()


def test_empty_note_is_refused_in_words(own_set: Set, participant_client: Client) -> None:
    answer = participant_client.post(reverse("sets:note_create", args=[own_set.public_id]), {})
    assertContains(answer, "Write something first.")


def test_meeting_is_planned_changed_and_cancelled(
    own_set: Set, participant_client: Client, cohort: Cohort
) -> None:
    day = timezone.now().date() + timedelta(days=9)
    facts = {"day": day.isoformat(), "starts": "16:00", "ends": "17:00", "venue": "Room 2"}
    create = reverse("sets:meeting_create", args=[own_set.public_id])
    answer = participant_client.post(create, facts, follow=True)
    assertContains(answer, "Everybody in your set gets an e-mail")
    meeting = Meeting.objects.get()
    edit = reverse("sets:meeting_edit", args=[meeting.public_id])
    seen = meeting_version(meeting)
    participant_client.post(edit, facts | {"venue": "Room 3", "seen": seen})
    meeting.refresh_from_db()
    assert (meeting.place, meeting.sequence) == ("Room 3", 1)
    stale = participant_client.post(edit, facts | {"venue": "Room 4", "seen": seen})
    assertContains(stale, "Somebody in your set has changed this meeting")
    assertContains(stale, "Room 4")
    cancel = reverse("sets:meeting_cancel", args=[meeting.public_id])
    participant_client.post(cancel, {"seen": meeting_version(meeting)})
    meeting.refresh_from_db()
    assert meeting.is_cancelled


def test_meeting_that_ends_before_it_starts_is_refused_in_words(
    own_set: Set, participant_client: Client
) -> None:
    facts = {"day": "2027-03-18", "starts": "16:00", "ends": "15:00"}
    create = reverse("sets:meeting_create", args=[own_set.public_id])
    assertContains(participant_client.post(create, facts), "Enter an end time after the start")
    for name in facts:
        answer = participant_client.post(create, facts | {name: ""})
        assertContains(answer, "Enter a")
    assert not Meeting.objects.exists()


def test_set_chooses_its_name(own_set: Set, participant_client: Client) -> None:
    participant_client.post(
        reverse("sets:set_rename", args=[own_set.public_id]), {"name": "  The  Herons "}
    )
    own_set.refresh_from_db()
    assert str(own_set) == "The Herons"


def test_wish_is_asked_for_on_today_saved_and_shown_to_the_set(
    own_set: Set, participant: User, participant_client: Client, cohort: Cohort
) -> None:
    assertContains(participant_client.get(reverse("home:today")), "would you like to change here")
    edit = reverse("sets:wish_edit", args=[cohort.public_id])
    participant_client.post(edit, {"text": "Fewer forms."})
    assertNotContains(
        participant_client.get(reverse("home:today")), "would you like to change here"
    )
    peer = signed_in(person_in(own_set, besides=participant))
    assertContains(peer.get(own_set.get_absolute_url()), "Fewer forms.")
    participant_client.post(edit, {"text": ""})
    assert not ChangeWish.objects.exists()


def test_today_and_the_cohorts_page_lead_to_the_set(
    own_set: Set, participant: User, participant_client: Client, cohort: Cohort
) -> None:
    now = timezone.now()
    slot = Slot(now + timedelta(days=3), now + timedelta(days=3, hours=1))
    plan_meeting(of=own_set, slot=slot, place="Room 2", joining_link="", by=participant, at=now)
    link = f'href="{own_set.get_absolute_url()}"'
    today = participant_client.get(reverse("home:today"))
    assertContains(today, link)
    assertContains(today, "Room 2")
    assertContains(participant_client.get(cohort.get_absolute_url()), link)


def test_sets_that_are_switched_off_leave_no_trace(
    own_set: Set, participant: User, participant_client: Client, facilitator_client: Client
) -> None:
    Cohort.objects.update(uses_sets=False, uses_introductions=False)
    cohort = Cohort.objects.get(memberships__user=participant)
    closed = [
        reverse("sets:set_list", args=[cohort.public_id]),
        reverse("sets:keep_apart_list", args=[cohort.public_id]),
        own_set.get_absolute_url(),
        reverse("sets:wish_edit", args=[cohort.public_id]),
    ]
    assert [facilitator_client.get(page).status_code for page in closed] == [404] * 4
    assert [participant_client.get(page).status_code for page in closed] == [404] * 4
    for client in (participant_client, facilitator_client):
        for page in (reverse("home:today"), cohort.get_absolute_url()):
            text = client.get(page).content.decode()
            assert [word for word in ("Your set", ">Sets<", "like to change") if word in text] == []


def test_page_makes_as_many_queries_for_many_notes(
    own_set: Set, participant: User, participant_client: Client
) -> None:
    def queries() -> int:
        with CapturedQueries() as found:
            assert participant_client.get(own_set.get_absolute_url()).status_code == 200
        return len(found)

    note_in(own_set, participant)
    one = queries()
    for _note in range(40):
        note_in(own_set, participant)
    assert queries() == one <= 12
