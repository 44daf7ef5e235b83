"""The one e-mail with the first calendar entries of all workshops, and what follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from accounts.models import User
from cohorts.enrolment import leave
from cohorts.models import Cohort, Membership
from outbox.models import Message, OptOut, Outcome
from outbox.preferences.preferences import opt_out
from tests.factories import STARTS
from tests.queries import CapturedQueries
from tests.services import Letterbox
from tests.workshops.entries import (
    DAY,
    MINUTE,
    PLANNED,
    WEEK,
    arrange,
    entries_in,
    event_of,
    parts,
    status_line,
    text_of,
    turn_at,
)
from workshops.calendar.entries import ENTRIES
from workshops.calendar.ical import uid_of
from workshops.calendar.news import ENTRIES_KIND, INVITE_KIND
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

Join = Callable[..., Membership]
Schedule = Callable[..., Workshop]
HER = "amina.rahman@example.org"


@pytest.fixture
def six(workshops: list[Workshop], schedule: Schedule) -> list[Workshop]:
    """The cohort's six workshops, which got their dates together."""
    for number, workshop in enumerate(workshops):
        schedule(workshop, STARTS + number * WEEK, at=PLANNED)
    return workshops


def calendar_program(mails: Iterable[EmailMessage]) -> dict[str, Any]:
    """Return the events of a calendar after its owner opened each file and accepted each update.

    A calendar program keys events by UID and ignores a lower SEQUENCE (RFC 5546, 2.1.5).
    """
    events: dict[str, Any] = {}
    for mail in mails:
        for part in mail.walk():
            if part.get_content_type() == "application/ics":
                for event in Calendar.from_ical(part.get_content()).walk("VEVENT"):
                    uid = str(event["UID"])
                    known = events.get(uid)
                    if known is None or known["SEQUENCE"] <= event["SEQUENCE"]:
                        events[uid] = event
    return events


def imip_of_outlook(mail: EmailMessage) -> str | None:
    """Return the UID that Outlook takes from an e-mail by itself; None if it shows a file.

    It ignores all but the first VEVENT, and knows no PUBLISH (MS-STANOICAL, 2.2.175).
    """
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            if part.get_param("method") in (None, "PUBLISH"):
                return None
            return str(Calendar.from_ical(part.get_content()).walk("VEVENT")[0]["UID"])
    return None


def test_member_gets_one_email_with_all_entries(
    calendar_mail_server: Letterbox, six: list[Workshop], amina: Membership
) -> None:
    for moment in (PLANNED, PLANNED + MINUTE, PLANNED + DAY):
        turn_at(moment)

    [mail] = calendar_mail_server.to(HER)
    assert mail["Subject"] == "For your calendar: 6 workshops of North East, spring 2027"
    assert parts(mail) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/ics",
    ]
    events = entries_in(mail)
    assert [event["UID"] for event in events] == [uid_of(one) for one in six]
    assert [event.start for event in events] == [STARTS + number * WEEK for number in range(6)]
    assert {event["ORGANIZER"] for event in events} == {"mailto:calendar@convenor.example.org"}
    assert not any("ATTENDEE" in event for event in events)  # RFC 5546, 3.2.1
    words = text_of(mail)
    settings_url = "https://convenor.example.org" + reverse("workshops:calendar_settings")
    assert words.index("Subscribe once") < words.index("open the attached file")
    assert settings_url in words
    assert "/reflections/" not in words
    assert "Stop e-mails with calendar entries" in words
    assert "private-link.invalid" not in mail.as_string()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_outlook_shows_several_entries_as_a_file_and_later_changes_as_updates(
    calendar_mail_server: Letterbox, six: list[Workshop], amina: Membership
) -> None:
    turn_at(PLANNED)
    arrange(six[3], STARTS + 3 * WEEK + DAY, at=PLANNED + DAY)
    turn_at(PLANNED + DAY)

    entries, update = calendar_mail_server.to(HER)
    assert imip_of_outlook(entries) is None
    assert imip_of_outlook(update) == uid_of(six[3])


def test_change_updates_the_imported_entry(
    calendar_mail_server: Letterbox, six: list[Workshop], amina: Membership, facilitator: User
) -> None:
    turn_at(PLANNED)
    arrange(six[3], STARTS + 3 * WEEK + DAY, at=PLANNED + DAY)
    turn_at(PLANNED + DAY)
    six[4].cancel(by=facilitator, at=PLANNED + 2 * DAY)
    turn_at(PLANNED + 2 * DAY)

    mails = calendar_mail_server.to(HER)
    assert [status_line(mail) for mail in mails[1:]] == [
        "REQUEST 2 CONFIRMED",
        "CANCEL 2 CANCELLED",
    ]
    assert "It was Thursday 8 April 2027" in text_of(mails[1])
    events = calendar_program(mails)
    assert len(events) == 6
    assert events[uid_of(six[3])].start == STARTS + 3 * WEEK + DAY
    assert events[uid_of(six[4])]["STATUS"] == "CANCELLED"
    organisers = {event["ORGANIZER"] for event in events.values()}
    assert len(organisers) == 1


def test_workshop_planned_later_is_sent_alone_as_an_invitation(
    calendar_mail_server: Letterbox,
    workshops: list[Workshop],
    schedule: Schedule,
    amina: Membership,
) -> None:
    for number in (0, 1):
        schedule(workshops[number], STARTS + number * WEEK, at=PLANNED)
    turn_at(PLANNED)
    schedule(workshops[2], STARTS + 2 * WEEK, at=PLANNED + DAY)
    turn_at(PLANNED + DAY)

    both, third = calendar_mail_server.to(HER)
    assert len(entries_in(both)) == 2
    assert status_line(third) == "REQUEST 1 CONFIRMED"
    assert event_of(third)["UID"] == uid_of(workshops[2])
    assert third["Subject"] == "For your calendar: Trust and conflict, Thursday 1 April"


def test_move_before_sending_replaces_the_email(
    calendar_mail_server: Letterbox, six: list[Workshop], amina: Membership
) -> None:
    calendar_mail_server.answers[HER] = "451 4.7.1 Try again later"
    turn_at(PLANNED)
    calendar_mail_server.answers.clear()
    arrange(six[5], STARTS + 9 * WEEK, at=PLANNED + 5 * MINUTE)
    turn_at(PLANNED + 5 * MINUTE)

    [mail] = calendar_mail_server.to(HER)
    assert entries_in(mail)[5].start == STARTS + 9 * WEEK


def test_cancelled_and_past_workshops_are_left_out(
    calendar_mail_server: Letterbox, six: list[Workshop], join: Join, facilitator: User
) -> None:
    six[4].cancel(by=facilitator, at=PLANNED + DAY)
    joined = STARTS + DAY
    join("Bryn Hughes", joined_at=joined)
    turn_at(joined)

    [mail] = calendar_mail_server.to("bryn.hughes@example.org")
    assert [event["UID"] for event in entries_in(mail)] == [
        uid_of(six[number]) for number in (1, 2, 3, 5)
    ]
    turn_at(joined + DAY)  # no cancellation of an entry that Bryn never had
    assert len(calendar_mail_server.to("bryn.hughes@example.org")) == 1


def test_opted_out_member_reads_of_changes_without_entries(
    calendar_mail_server: Letterbox, six: list[Workshop], amina: Membership, facilitator: User
) -> None:
    assert opt_out(person=amina.user, kind=ENTRIES_KIND, at=PLANNED)
    turn_at(PLANNED)
    assert calendar_mail_server.to(HER) == []

    arrange(six[0], STARTS + DAY, at=PLANNED + DAY, reason="The hall is being painted.")
    turn_at(PLANNED + DAY)
    six[1].cancel(by=facilitator, at=PLANNED + 2 * DAY)
    turn_at(PLANNED + 2 * DAY)
    turn_at(PLANNED + 3 * DAY)
    leave(membership=amina, by=facilitator, at=PLANNED + 4 * DAY)
    turn_at(PLANNED + 4 * DAY)

    moved, cancelled = calendar_mail_server.to(HER)
    assert moved["Subject"] == "Moved: Leadership and authority is now on Friday 19 March"
    assert cancelled["Subject"] == "Cancelled: Seeing the whole system, Thursday 25 March"
    for mail in (moved, cancelled):
        assert list(mail.iter_attachments()) == []
        assert "text/calendar" not in parts(mail)
        assert "You chose to get no calendar entries by e-mail." in text_of(mail)


def test_entry_sent_before_opting_out_is_still_updated(
    calendar_mail_server: Letterbox, six: list[Workshop], amina: Membership
) -> None:
    turn_at(PLANNED)
    OptOut.objects.create(person=amina.user, kind=ENTRIES_KIND, at=PLANNED)
    arrange(six[0], STARTS + DAY, at=PLANNED + DAY)
    turn_at(PLANNED + DAY)

    assert status_line(calendar_mail_server.to(HER)[1]) == "REQUEST 2 CONFIRMED"


def test_entries_that_were_emails_of_their_own_are_not_sent_again(
    calendar_mail_server: Letterbox, six: list[Workshop], amina: Membership, cohort: Cohort
) -> None:
    """Before, each first entry was a message about its workshop: sent, or ended otherwise."""
    for number, workshop in enumerate(six):
        ended = {"outcome": Outcome.SENT, "sent_at": PLANNED}
        if number == 5:
            ended = {"outcome": Outcome.REFUSED, "failed_at": PLANNED, "reason": "550"}
        Message.objects.create(
            kind=INVITE_KIND,
            key=f"{INVITE_KIND}:{workshop.pk}:{workshop.sequence}:{amina.pk}",
            recipient=amina.user,
            group_id=cohort.pk,
            subject_id=workshop.pk,
            membership_id=amina.pk,
            subject_version=workshop.sequence,
            made_at=PLANNED,
            due_at=PLANNED,
            expires_at=PLANNED + 14 * DAY,
            try_at=PLANNED,
            **ended,
        )
    Membership.objects.exclude(pk=amina.pk).delete()

    assert turn_at(PLANNED + MINUTE).owed == 0


def test_queries_do_not_depend_on_the_number_of_entries(
    calendar_mail_server: Letterbox,
    workshops: list[Workshop],
    schedule: Schedule,
    amina: Membership,
) -> None:
    counts = []
    for number in (2, 6):
        for position, workshop in enumerate(workshops[:number]):
            schedule(workshop, STARTS + position * WEEK, at=PLANNED)
        message = Message(
            kind=ENTRIES_KIND,
            recipient=amina.user,
            membership_id=amina.pk,
            subject_id=amina.cohort_id,
            group_id=amina.cohort_id,
            due_at=PLANNED,
        )
        with CapturedQueries() as seen:
            ENTRIES.compose(message)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_preferences_page_stops_and_restarts_the_entries(
    calendar_mail_server: Letterbox, six: list[Workshop], amina: Membership, client: Client
) -> None:
    client.force_login(amina.user)
    page = client.get(reverse("outbox:choices")).content.decode()
    assert "Your workshops for your calendar, in one e-mail." in page
    client.post(reverse("outbox:choices"), {"wanted": []})
    assert turn_at(PLANNED).owed == 0
    client.post(reverse("outbox:choices"), {"wanted": [ENTRIES_KIND]})
    turn_at(PLANNED + MINUTE)
    assert len(calendar_mail_server.to(HER)) == 1
