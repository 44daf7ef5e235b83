"""Tests that erasure removes a person's data from every table, and changes no figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.anonymisation import ANONYMOUS_NAME, PersonalDetails
from accounts.models import SignInLink, User
from cohorts.models import Cohort, Membership
from outbox.anonymisation import ERASED
from outbox.bounces.suppression import record_bounce
from outbox.delivery.claims import claim
from outbox.delivery.worker import Worker
from outbox.models import Message, SuppressedAddress
from outbox.preferences.links import PREFERENCES_LINK
from privacy.data_inventory import DATA_INVENTORY
from privacy.erasure import LAST_FACILITATOR, erase, erase_words, obstacle, sweep
from privacy.models import Erasure
from reflections.models import Draft, Reflection, Reply, Tombstone
from reports.figures import figures_of
from reports.rows import rows_of
from tests.concurrency import run_concurrently
from tests.factories import MARCH
from tests.people import just_signed_in
from tests.privacy.conftest import (
    BEFORE,
    EMAIL,
    MARKERS,
    NAME,
    OTHER_WORDS,
    WORDS,
    make_message,
    make_workshop,
)
from tests.privacy.test_data_inventory import count_rows, person_columns
from tests.reports.hand_worked import FINISHED, HandWorked, draw
from tests.workshops.announcement_helpers import create_draft
from workshops.models import CalendarFeed

TRANSACTIONAL = pytest.mark.django_db(transaction=True)


def all_rows() -> Iterator[str]:
    """Yield every row of every table as text, including tables without a model."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            yield from (f"{table}: {row!r}" for row in cursor.fetchall())


def rows_containing(*markers: str) -> list[str]:
    return [row for row in all_rows() if any(marker.lower() in row.lower() for marker in markers)]


def test_no_table_contains_the_erased_persons_data(wren: User) -> None:
    just_signed_in(wren)
    tables = {row.split(":")[0] for row in rows_containing(*MARKERS)}
    assert tables > {
        "accounts_user",
        "outbox_message",
        "django_admin_log",
        "workshops_announcement",
        "surveys_feedbackreply",
    }
    erase(user=wren, by=wren, at=MARCH)
    assert rows_containing(*MARKERS) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)
    assert [(entry.body, entry.author.name) for entry in Reflection.objects.all()] == [
        (OTHER_WORDS, "Amina Rahman")
    ]
    assert [reply.body for reply in Reply.objects.all()] == []


def test_data_is_deleted_or_anonymised_as_the_inventory_says(wren: User) -> None:
    before = {column: count_rows(column, wren) for column in person_columns()}
    erase(user=wren, by=wren, at=MARCH)
    after = {column: count_rows(column, wren) for column in person_columns()}
    stays = {column for one in DATA_INVENTORY if one.stays for column in one.covers}
    goes = {column for one in DATA_INVENTORY if not one.stays for column in one.covers}
    grown = {
        "privacy.Erasure.person": 1,
        "privacy.Erasure.by": 1,
        "reflections.Tombstone.author": 4,
    }
    grown |= {"cohorts.Membership.left_by": 2, "cohorts.PeopleFile.uploaded_by": -1}
    assert {column: after[column] for column in goes} == dict.fromkeys(goes, 0)
    assert {column: after[column] - before[column] for column in stays} == {
        column: grown.get(column, 0) for column in stays
    }
    anonymised = User.objects.get(pk=wren.pk)
    assert (
        anonymised.name,
        anonymised.is_active,
        anonymised.is_administrator,
        anonymised.erased_at,
    ) == (
        ANONYMOUS_NAME,
        False,
        False,
        MARCH,
    )
    assert (anonymised.email, anonymised.public_id != wren.public_id) == (
        f"{anonymised.public_id}@erased.invalid",
        True,
    )
    assert list(
        anonymised.memberships.values_list("organisation__name", "left_at").order_by("pk")
    ) == [
        ("Tynewick Council", MARCH),
        (None, MARCH),
    ]


def test_drafts_no_longer_go_to_the_erased_person(
    wren: User, cohort: Cohort, facilitator: User
) -> None:
    members = list(cohort.memberships.all())
    draft = create_draft(cohort, facilitator, MARCH, audience="selected", selected=members)
    erase(user=wren, by=wren, at=MARCH)
    left = [member for member in members if member.user_id != wren.pk]
    assert 0 < len(left) < len(members)
    assert sorted(draft.addressees.values_list("pk", flat=True)) == [one.pk for one in left]


def test_tombstones_count_the_deleted_items(wren: User) -> None:
    erase(user=wren, by=wren, at=MARCH)
    kinds = (
        Tombstone.objects.filter(author=wren)
        .order_by("pk")
        .values_list("kind", "workshop__position")
    )
    assert list(kinds) == [
        ("reflection", 1),
        ("reflection", 1),
        ("reflection", None),
        ("experiment", 1),
        ("learning", 1),
    ]


def test_other_people_see_a_placeholder_name(wren: User) -> None:
    erase(user=wren, by=wren, at=MARCH)
    letter = Message.objects.get(key="day-before:4")
    assert (letter.subject, letter.reply_to) == (f"From {ANONYMOUS_NAME}", "ruth@example.org")
    assert (letter.text, letter.html) == (
        f"Ask {ANONYMOUS_NAME} for the key: {ANONYMOUS_NAME}",
    ) * 2
    assert "ATTENDEE;CN=Ruth Okafor:ruth.facilitator@example.org" in letter.calendar


def test_messages_retain_only_status_and_times(wren: User) -> None:
    erase(user=wren, by=wren, at=MARCH)
    said = Message.objects.filter(recipient=wren).order_by("key")
    facts = (
        "sent_at",
        "failed_at",
        "dropped_at",
        "reason",
        "address",
        "subject",
        "text",
        "html",
        "calendar",
        "claim",
    )
    nothing = ("",) * 6
    assert list(said.values_list(*facts)) == [
        (BEFORE, None, None, "", *nothing),
        (None, BEFORE, None, ERASED, *nothing),
        (None, None, MARCH, ERASED, *nothing),
        (BEFORE, None, None, "", *nothing),
    ]


def test_erasure_does_not_change_figures(cohort: Cohort) -> None:
    hand_worked: HandWorked = draw(cohort)
    before = [str(row) for row in rows_of(figures_of(hand_worked.cohort, FINISHED))]
    people = User.objects.filter(memberships__role="participant").distinct().order_by("pk")
    for person in people[:6]:
        erase(user=person, by=None, at=FINISHED)
    erase_words(user=people[7], by=people[7], at=FINISHED)
    assert [str(row) for row in rows_of(figures_of(hand_worked.cohort, FINISHED))] == before


def test_person_who_writes_again_after_deletion_counts_once(wren: User, cohort: Cohort) -> None:
    before = figures_of(cohort, MARCH)
    erase_words(user=wren, by=wren, at=MARCH)
    workshop = cohort.workshops.get()
    Reflection.objects.create(
        author=wren,
        cohort=cohort,
        workshop=workshop,
        body="Anew",
        written_at=MARCH,
        changed_at=MARCH,
    )
    assert figures_of(cohort, MARCH) == before


def test_erasing_text_preserves_the_membership(wren: User) -> None:
    assert erase_words(user=wren, by=wren, at=MARCH) == {
        "drafts": 1,
        "words offered to a report": 1,
        "replies": 1,
        "experiments": 2,
        "reflections": 2,
        "notes of a set": 1,
        "wishes": 1,
    }
    wren.refresh_from_db()
    assert (wren.name, wren.is_active, wren.memberships.active().count()) == (NAME, True, 2)
    assert Reflection.objects.by(wren).count() == 0
    log = Erasure.objects.get(at=MARCH)
    assert (log.kind, log.person, log.by, log.counts["reflections"]) == ("words", wren, wren, 2)
    assert erase_words(user=wren, by=wren, at=MARCH) == {}
    assert Erasure.objects.filter(at=MARCH).count() == 1


def test_erasure_log_records_time_requester_and_counts(wren: User, administrator: User) -> None:
    erase(user=wren, by=administrator, at=MARCH)
    log = Erasure.objects.get(kind="person")
    assert (log.person_id, log.by, log.at) == (wren.pk, administrator, MARCH)
    assert log.counts == {
        "drafts": 1,
        "words offered to a report": 1,
        "replies": 1,
        "experiments": 2,
        "reflections": 2,
        "notes of a set": 1,
        "wishes": 1,
        "e-mails": 4,
    }


def test_second_erasure_does_nothing(wren: User) -> None:
    assert erase(user=wren, by=wren, at=MARCH) is not None
    rows = list(all_rows())
    assert erase(user=wren, by=wren, at=MARCH + timedelta(days=1)) is None
    assert list(all_rows()) == rows


def test_private_links_stop_working(wren: User) -> None:
    link = SignInLink.objects.get(user=wren).get_absolute_url()
    feed = reverse("workshops:calendar_feed", args=[CalendarFeed.objects.get().token])
    choices = PREFERENCES_LINK.url(wren.public_id).removeprefix("http://127.0.0.1:8000")
    assert [Client().get(address).status_code for address in (link, feed, choices)] == [
        200,
        200,
        200,
    ]
    erase(user=wren, by=wren, at=MARCH)
    assert [Client().get(address).status_code for address in (link, feed)] == [404, 404]
    assert "This link doesn’t work" in Client().get(choices).content.decode()


def test_confirmation_goes_to_the_old_address(
    wren: User, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        erase(user=wren, by=wren, at=MARCH)
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        ([EMAIL], "Your data at Convenor is deleted")
    ]
    assert "Dear Wren," in str(mailoutbox[0].body)


# People whose erasure is refused ------------------------------------------------------------------


def test_last_administrator_cannot_be_erased(administrator: User, outsider: User) -> None:
    User.objects.create_superuser("gone@example.org", "Gone", is_active=False)
    with pytest.raises(ValidationError, match="There would be no administrator left"):
        erase(user=administrator, by=administrator, at=MARCH)
    assert User.objects.get(pk=administrator.pk).name == "Ada Administrator"
    User.objects.create_superuser("sam@example.org", "Sam")
    assert obstacle(administrator, at=MARCH) == ""


def test_last_facilitator_of_an_unfinished_cohort_cannot_be_erased(
    cohort: Cohort, facilitator: User, participant: User
) -> None:
    sentence = LAST_FACILITATOR % {"cohort": "North East, spring 2027"}
    assert obstacle(facilitator, at=MARCH) == sentence  # it has no date yet
    make_workshop(cohort, 1, MARCH + timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        erase(user=facilitator, by=facilitator, at=MARCH)
    assert refused.value.messages == [sentence]
    assert obstacle(facilitator, at=MARCH + timedelta(days=2)) == ""
    colleague = User.objects.create_user("tom@example.org", "Tom")
    Membership.objects.create(cohort=cohort, user=colleague, role="facilitator")
    assert obstacle(facilitator, at=MARCH) == ""
    erase(user=facilitator, by=facilitator, at=MARCH)
    assert obstacle(colleague, at=MARCH) == sentence


# Erasure concurrent with other changes ------------------------------------------------------------


@TRANSACTIONAL
def test_double_click_erases_once(wren: User) -> None:
    results = run_concurrently([lambda: erase(user=wren, by=wren, at=MARCH)] * 3)
    assert [bool(one) for one in results].count(True) == 1
    assert Erasure.objects.filter(kind="person").count() == 1
    assert Tombstone.objects.filter(author=wren).count() == 5


@TRANSACTIONAL
def test_last_two_administrators_cannot_be_erased_concurrently(administrator: User) -> None:
    other = User.objects.create_superuser("sam@example.org", "Sam")
    acts = [
        lambda user=user: erase(user=user, by=user, at=MARCH) for user in (administrator, other)
    ]
    results = run_concurrently(acts, refused=ValidationError)
    assert sorted(isinstance(one, ValidationError) for one in results) == [False, True]
    assert User.objects.filter(is_administrator=True, is_active=True).count() == 1


@TRANSACTIONAL
def test_members_of_one_cohort_are_erased_concurrently(wren: User, participant: User) -> None:
    acts = [lambda user=user: erase(user=user, by=user, at=MARCH) for user in (wren, participant)]
    assert all(run_concurrently(acts))
    assert User.objects.filter(erased_at=MARCH).count() == 2


@TRANSACTIONAL
@pytest.mark.parametrize(("goes", "sent"), [(False, ["For Amina Rahman"]), (True, [])])
def test_claimed_message_is_sent_only_if_its_recipient_is_not_erased(
    goes: bool,
    sent: list[str],
    cohort: Cohort,
    participant: User,
    facilitator: User,
    mailoutbox: list[EmailMessage],
) -> None:
    """If the recipient is erased after a worker has claimed the message, it is not sent."""
    workshop = make_workshop(cohort, 1, MARCH + timedelta(hours=20))
    Membership.objects.update(joined_at=BEFORE)
    key = f"day-before:{workshop.pk}:{workshop.version}:{participant.memberships.get().pk}"
    due = MARCH.replace(hour=9)
    message = make_message(
        participant, cohort, workshop.pk, key=key, sent_at=None, due_at=due, try_at=due
    )
    worker = Worker(lambda: MARCH, get_connection())
    batch = claim(worker.token, MARCH)
    assert batch == [message]
    if goes:
        erase(user=participant, by=None, at=MARCH)
        mailoutbox.clear()  # the confirmation of the erasure
    worker.deliver_batch(batch)
    assert [mail.subject for mail in mailoutbox] == sent
    assert Message.objects.get(pk=message.pk).status == ("dropped" if goes else "sent")
    assert rows_containing(participant.email) == [] or not goes


def test_late_bounce_stores_no_address(wren: User) -> None:
    erase(user=wren, by=wren, at=MARCH)
    message = Message.objects.get(key="day-before:1")
    source = SuppressedAddress.Source.REPORT
    said = f"550 {EMAIL} unknown"
    assert not record_bounce(message, said=said, refuses_address=True, source=source, at=MARCH)
    assert rows_containing(EMAIL) == []


def test_sweep_deletes_data_saved_after_the_erasure(wren: User, cohort: Cohort) -> None:
    erase(user=wren, by=wren, at=MARCH)
    message = make_message(wren, cohort, 9, address=EMAIL)
    SuppressedAddress.objects.create(
        address=EMAIL, bounced_at=MARCH, source="refused", message=message
    )
    Draft.objects.create(
        entry="draft0000009", author=wren, cohort=cohort, body=WORDS, typed_at=MARCH
    )
    assert sweep(at=MARCH) == 2
    assert rows_containing(EMAIL, WORDS) == []
    assert (sweep(at=MARCH), Draft.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Al and Alice, al@x.org", f"{ANONYMOUS_NAME} and Alice, {ANONYMOUS_NAME}"),
        ("ask AL@X.ORG", f"ask {ANONYMOUS_NAME}"),
        ("Alas, ball, metal@x.org.uk", "Alas, ball, metal@x.org.uk"),
    ],
)
def test_names_are_removed_only_as_whole_words(text: str, left: str) -> None:
    assert PersonalDetails(User(name="Al", email="al@x.org")).redact(text) == left
