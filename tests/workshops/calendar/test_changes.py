"""The calendar e-mails that the sending loop sends when workshops or memberships change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from cohorts.enrolment import amend, enrol, leave
from cohorts.models import Cohort, Membership
from outbox.forecast import foresee_after
from tests.factories import STARTS
from tests.services import Letterbox
from tests.workshops.entries import (
    DAY,
    MINUTE,
    PLANNED,
    WEEK,
    arrange,
    event_of,
    status_line,
    text_of,
    turn_at,
)
from workshops.models import Workshop
from workshops.planning.scheduling import update_content

pytestmark = pytest.mark.django_db(transaction=True)

Join = Callable[..., Membership]
Schedule = Callable[..., Workshop]


# E-mails that change a calendar entry


def test_move_updates_entry_with_reason(
    invited_server: Letterbox, dated_workshop: Workshop, facilitator: User
) -> None:
    moved = PLANNED + DAY
    arrange(
        dated_workshop, STARTS + WEEK, at=moved, by=facilitator, reason="The hall is being painted."
    )
    turn_at(moved)

    [mail] = invited_server.to("amina.rahman@example.org")
    assert status_line(mail) == "REQUEST 2 CONFIRMED"
    assert event_of(mail).start == STARTS + WEEK
    assert mail["Subject"] == "Moved: Trust and conflict is now on Thursday 25 March"
    assert mail["Reply-To"] == "ruth.facilitator@example.org"
    for words in (
        "It was Thursday 18 March 2027, 9:30am to 1pm. "
        "It is now Thursday 25 March 2027, 9:30am to 1pm.",
        "Why: The hall is being painted.",
        "Please say again if you’re coming.",
    ):
        assert words in text_of(mail)


def test_venue_change_updates_entry(invited_server: Letterbox, dated_workshop: Workshop) -> None:
    arrange(dated_workshop, STARTS, "Town Hall", at=PLANNED + 30 * DAY)
    turn_at(PLANNED + 30 * DAY)

    [mail] = invited_server.messages
    assert (status_line(mail), event_of(mail)["LOCATION"]) == ("REQUEST 2 CONFIRMED", "Town Hall")
    assert mail["Subject"] == "New place: Trust and conflict, Thursday 18 March"
    assert "It was" not in text_of(mail)


def test_move_to_the_past_updates_entries_of_those_who_have_one(
    invited_server: Letterbox, dated_workshop: Workshop, join: Join
) -> None:
    moved = PLANNED + 5 * DAY
    held = PLANNED + DAY
    join("Bryn Hughes", joined_at=moved - MINUTE)
    arrange(dated_workshop, held, at=moved)
    turn_at(moved)
    turn_at(moved + DAY)

    [mail] = invited_server.messages
    assert mail["To"] == "amina.rahman@example.org"
    assert status_line(mail) == "REQUEST 2 CONFIRMED"
    assert event_of(mail).start == held
    assert mail["Subject"] == "Date corrected: Trust and conflict was on Tuesday 5 January"
    assert "has been corrected, in your calendar too." in text_of(mail)
    assert "say again" not in text_of(mail)
    assert "Say if you’re coming" not in text_of(mail)


def test_move_to_the_past_is_not_sent_without_entry(
    calendar_mail_server: Letterbox, dated_workshop: Workshop, amina: Membership
) -> None:
    calendar_mail_server.answers["amina.rahman@example.org"] = "550 5.1.1 No such person"
    turn_at(PLANNED)
    arrange(dated_workshop, PLANNED + DAY, at=PLANNED + 5 * DAY)

    assert turn_at(PLANNED + 5 * DAY).owed == 0


def test_workshop_planned_in_the_past_sends_no_entry(
    calendar_mail_server: Letterbox, workshops: list[Workshop], amina: Membership
) -> None:
    arrange(workshops[0], PLANNED - DAY, at=PLANNED)
    arrange(workshops[0], PLANNED - 2 * DAY, at=PLANNED + MINUTE)

    assert turn_at(PLANNED + MINUTE).owed == 0


def test_new_title_updates_entry(
    invited_server: Letterbox, dated_workshop: Workshop, facilitator: User
) -> None:
    renamed = PLANNED + DAY
    update_content(workshop=dated_workshop, content={"title": "Trust"}, by=facilitator, at=renamed)
    turn_at(renamed)

    [mail] = invited_server.to("amina.rahman@example.org")
    assert (status_line(mail), event_of(mail).start) == ("REQUEST 2 CONFIRMED", STARTS)
    assert event_of(mail)["SUMMARY"].startswith("Trust")
    assert "conflict" not in event_of(mail)["SUMMARY"]
    assert mail["Subject"] == "New title: Trust, Thursday 18 March"
    assert "Workshop 3 is now called “Trust”" in text_of(mail)


def test_other_content_sends_no_update(
    invited_server: Letterbox, dated_workshop: Workshop, facilitator: User
) -> None:
    content = {"title": dated_workshop.title, "prework": "Read one page."}
    update_content(workshop=dated_workshop, content=content, by=facilitator, at=PLANNED + DAY)
    turn_at(PLANNED + DAY)

    assert invited_server.to("amina.rahman@example.org") == []


def test_two_quick_moves_send_one_update_from_last_known_date(
    invited_server: Letterbox, dated_workshop: Workshop
) -> None:
    arrange(dated_workshop, STARTS + WEEK, at=PLANNED + DAY, reason="The hall is being painted.")
    arrange(dated_workshop, STARTS + 2 * WEEK, at=PLANNED + DAY)
    turn_at(PLANNED + DAY)

    [mail] = invited_server.messages
    assert (
        "It was Thursday 18 March 2027, 9:30am to 1pm. It is now Thursday 1 April 2027"
        in text_of(mail)
    )
    assert "Why: The hall is being painted." in text_of(mail)


def test_move_is_announced_to_member_without_entry(
    calendar_mail_server: Letterbox, dated_workshop: Workshop, amina: Membership
) -> None:
    """The member got no entry for the first date, for example because the site sent no e-mail."""
    arrange(dated_workshop, STARTS + WEEK, at=PLANNED + 30 * DAY)
    Membership.objects.update(joined_at=PLANNED + DAY)
    turn_at(PLANNED + 30 * DAY)

    assert "It was Thursday 18 March 2027" in text_of(calendar_mail_server.messages[0])


def test_new_member_is_not_notified_of_earlier_move(
    invited_server: Letterbox, dated_workshop: Workshop, join: Join
) -> None:
    arrange(dated_workshop, STARTS + WEEK, at=PLANNED + DAY)
    join("Bryn Hughes", joined_at=PLANNED + 2 * DAY)
    turn_at(PLANNED + 2 * DAY)

    [mail] = invited_server.to("bryn.hughes@example.org")
    assert mail["Subject"] == "For your calendar: Trust and conflict, Thursday 25 March"
    assert "It was" not in text_of(mail)


def test_move_before_sending_produces_one_email(
    calendar_mail_server: Letterbox, dated_workshop: Workshop, amina: Membership
) -> None:
    calendar_mail_server.answers["amina.rahman@example.org"] = "451 4.7.1 Try again later"
    turn_at(PLANNED)
    calendar_mail_server.answers.clear()
    arrange(dated_workshop, STARTS + WEEK, at=PLANNED + 5 * MINUTE)

    assert (turn_at(PLANNED + 5 * MINUTE).dropped, len(calendar_mail_server.messages)) == (1, 1)
    assert status_line(calendar_mail_server.messages[0]) == "REQUEST 2 CONFIRMED"


# E-mails that remove a calendar entry


def test_cancelling_removes_entry_and_reinstating_restores_it(
    invited_server: Letterbox, dated_workshop: Workshop, facilitator: User
) -> None:
    dated_workshop.cancel(by=facilitator, at=PLANNED + DAY, reason="Ruth is ill.")
    turn_at(PLANNED + DAY)
    turn_at(PLANNED + DAY + MINUTE)
    dated_workshop.reinstate(by=facilitator, at=PLANNED + 2 * DAY, reason="Ruth is well.")
    turn_at(PLANNED + 2 * DAY)
    dated_workshop.cancel(by=facilitator, at=PLANNED + 3 * DAY)
    turn_at(PLANNED + 3 * DAY)

    hers = invited_server.to("amina.rahman@example.org")
    assert [status_line(mail) for mail in hers] == [
        "CANCEL 2 CANCELLED",
        "REQUEST 3 CONFIRMED",
        "CANCEL 4 CANCELLED",
    ]
    off, on, _again = hers
    assert off["Subject"] == "Cancelled: Trust and conflict, Thursday 18 March"
    assert "Why: Ruth is ill." in text_of(off)
    assert on["Subject"] == "Reinstated: Trust and conflict, Thursday 18 March"
    assert "Why: Ruth is well." in text_of(on)
    assert len({event_of(mail)["UID"] for mail in hers}) == 1
    assert [
        part.get_param("method")
        for part in off.walk()
        if part.get_content_type() == "text/calendar"
    ] == ["CANCEL"]


def test_removing_date_removes_entry_until_new_date(
    invited_server: Letterbox, dated_workshop: Workshop, amina: Membership
) -> None:
    arrange(dated_workshop, None, at=PLANNED + DAY, reason="We look for a better one.")
    turn_at(PLANNED + DAY)
    arrange(dated_workshop, STARTS + WEEK, at=PLANNED + 2 * DAY)
    turn_at(PLANNED + 2 * DAY)

    off, on = invited_server.messages
    assert (status_line(off), event_of(off).start) == ("CANCEL 2 CANCELLED", STARTS)
    assert off["Subject"] == "No longer on Thursday 18 March: Trust and conflict"
    assert "Why: We look for a better one." in text_of(off)
    assert (status_line(on), event_of(on).start) == ("REQUEST 3 CONFIRMED", STARTS + WEEK)


def test_entry_sequence_rises_when_member_leaves_and_rejoins(
    invited_server: Letterbox,
    cohort: Cohort,
    dated_workshop: Workshop,
    amina: Membership,
    facilitator: User,
) -> None:
    """The workshop does not change, so leaving and rejoining must raise the sequence."""
    for days in (1, 3):
        left = Membership.objects.filter(user=amina.user).active().get()
        leave(membership=left, by=facilitator, at=PLANNED + days * DAY)
        turn_at(PLANNED + days * DAY)
        enrol(
            cohort=cohort,
            email=amina.user.email,
            name="",
            by=facilitator,
            at=PLANNED + (days + 1) * DAY,
        )
        turn_at(PLANNED + (days + 1) * DAY)

    hers = invited_server.to("amina.rahman@example.org")
    assert [status_line(mail) for mail in hers] == [
        "CANCEL 2 CANCELLED",
        "REQUEST 3 CONFIRMED",
        "CANCEL 4 CANCELLED",
        "REQUEST 5 CONFIRMED",
    ]
    assert hers[0]["Subject"] == "Removed from your calendar: Trust and conflict, Thursday 18 March"
    assert hers[1]["Subject"] == "For your calendar: Trust and conflict, Thursday 18 March"


def test_role_change_updates_entry_without_cancelling(
    invited_server: Letterbox, dated_workshop: Workshop, amina: Membership, facilitator: User
) -> None:
    amend(
        membership=amina,
        email=amina.user.email,
        name=amina.user.name,
        organisation=None,
        job_title="",
        needs="",
        role="facilitator",
        by=facilitator,
        at=PLANNED + DAY,
    )
    turn_at(PLANNED + DAY)

    [mail] = invited_server.to("amina.rahman@example.org")
    assert status_line(mail) == "REQUEST 3 CONFIRMED"
    assert event_of(mail)["ATTENDEE"].params["ROLE"] == "CHAIR"


def test_cancellation_is_not_sent_without_entry(
    calendar_mail_server: Letterbox, dated_workshop: Workshop, amina: Membership, facilitator: User
) -> None:
    calendar_mail_server.answers["amina.rahman@example.org"] = "550 5.1.1 No such person"
    turn_at(PLANNED)
    dated_workshop.cancel(by=facilitator, at=PLANNED + DAY)
    calendar_mail_server.answers.clear()

    assert "amina.rahman@example.org" not in {mail["To"] for mail in calendar_mail_server.messages}
    turn_at(PLANNED + DAY)
    assert calendar_mail_server.to("amina.rahman@example.org") == []


def test_cancellation_is_not_sent_after_start(
    invited_server: Letterbox, dated_workshop: Workshop, amina: Membership, facilitator: User
) -> None:
    dated_workshop.cancel(by=facilitator, at=STARTS - MINUTE)

    assert turn_at(STARTS).owed == 0


def test_reinstating_before_sending_stops_cancellation(
    invited_server: Letterbox, dated_workshop: Workshop, facilitator: User
) -> None:
    invited_server.answers["amina.rahman@example.org"] = "451 4.7.1 Try again later"
    dated_workshop.cancel(by=facilitator, at=PLANNED + DAY)
    turn_at(PLANNED + DAY)
    invited_server.answers.clear()
    dated_workshop.reinstate(at=PLANNED + DAY + MINUTE)
    turn_at(PLANNED + DAY + 5 * MINUTE)

    assert [status_line(mail) for mail in invited_server.to("amina.rahman@example.org")] == [
        "REQUEST 3 CONFIRMED"
    ]


def test_preview_lists_emails_of_move_and_cancellation(
    invited_server: Letterbox,
    cohort: Cohort,
    dated_workshop: Workshop,
    amina: Membership,
    facilitator: User,
) -> None:
    now = PLANNED + DAY
    Membership.objects.filter(user=facilitator).update(joined_at=now + DAY)

    def kinds(act: Callable[[], object]) -> list[tuple[str, int]]:
        return [
            (one.kind, one.recipient) for one in foresee_after(act, cohort.pk, now, now + MINUTE)
        ]

    assert kinds(lambda: arrange(dated_workshop, STARTS + WEEK, at=now)) == [
        ("calendar", amina.user_id)
    ]
    assert kinds(lambda: dated_workshop.cancel(by=facilitator, at=now)) == [
        ("calendar-cancelled", amina.user_id)
    ]
    assert kinds(lambda: amina.leave(by=facilitator, at=now)) == [
        ("calendar-cancelled", amina.user_id)
    ]
