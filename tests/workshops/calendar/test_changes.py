"""Calendar entries as workshops and members change: changed, taken back and put back in place; by whole turns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from cohorts.enrolment import amend, enrol, leave
from cohorts.models import Cohort, Membership
from outbox.forecast import foresee_after
from tests.services import Letterbox
from tests.workshops.entries import (
    DAY,
    MINUTE,
    PLANNED,
    STARTS,
    WEEK,
    arrange,
    event_of,
    said,
    text_of,
    turn_at,
)
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

Join = Callable[..., Membership]
Schedule = Callable[..., Workshop]


# Changed --------------------------------------------------------------------------------------------------------------


def test_move_changes_the_entry_and_says_why(
    told: Letterbox, dated: Workshop, facilitator: User
) -> None:
    moved = PLANNED + DAY
    arrange(dated, STARTS + WEEK, at=moved, by=facilitator, reason="The hall is being painted.")
    turn_at(moved)

    [mail] = told.to("amina.rahman@example.org")
    assert said(mail) == "REQUEST 2 CONFIRMED"
    assert event_of(mail).start == STARTS + WEEK
    assert mail["Subject"] == "Moved: Trust and conflict is now on Thursday 25 March"
    assert mail["Reply-To"] == "ruth.facilitator@example.org"
    for words in (
        "It was Thursday 18 March 2027, 9:30am to 1pm. It is now Thursday 25 March 2027, 9:30am to 1pm.",
        "Why: The hall is being painted.",
        "Please say again if you’re coming.",
    ):
        assert words in text_of(mail)


def test_another_place_alone_is_told_too(told: Letterbox, dated: Workshop) -> None:
    arrange(dated, STARTS, "Town Hall", at=PLANNED + 30 * DAY)
    turn_at(PLANNED + 30 * DAY)

    [mail] = told.messages
    assert (said(mail), event_of(mail)["LOCATION"]) == ("REQUEST 2 CONFIRMED", "Town Hall")
    assert mail["Subject"] == "New place: Trust and conflict, Thursday 18 March"
    assert "It was" not in text_of(mail)


def test_two_moves_in_a_minute_are_told_as_one_from_what_they_knew(
    told: Letterbox, dated: Workshop
) -> None:
    arrange(dated, STARTS + WEEK, at=PLANNED + DAY, reason="The hall is being painted.")
    arrange(dated, STARTS + 2 * WEEK, at=PLANNED + DAY)
    turn_at(PLANNED + DAY)

    [mail] = told.messages
    assert (
        "It was Thursday 18 March 2027, 9:30am to 1pm. It is now Thursday 1 April 2027"
        in text_of(mail)
    )
    assert "Why: The hall is being painted." in text_of(mail)


def test_who_knew_a_date_from_elsewhere_hears_that_it_moved(
    post: Letterbox, dated: Workshop, amina: Membership
) -> None:
    """Planned before there were calendar entries, or while no mail could go."""
    arrange(dated, STARTS + WEEK, at=PLANNED + 30 * DAY)
    Membership.objects.update(joined_at=PLANNED + DAY)
    turn_at(PLANNED + 30 * DAY)

    assert "It was Thursday 18 March 2027" in text_of(post.messages[0])


def test_who_joins_after_a_move_is_told_of_no_move(
    told: Letterbox, dated: Workshop, join: Join
) -> None:
    arrange(dated, STARTS + WEEK, at=PLANNED + DAY)
    join("Bryn Hughes", joined_at=PLANNED + 2 * DAY)
    turn_at(PLANNED + 2 * DAY)

    [mail] = told.to("bryn.hughes@example.org")
    assert mail["Subject"] == "For your calendar: Trust and conflict, Thursday 25 March"
    assert "It was" not in text_of(mail)


def test_move_before_the_mail_went_makes_one_mail(
    post: Letterbox, dated: Workshop, amina: Membership
) -> None:
    post.answers["amina.rahman@example.org"] = "451 4.7.1 Try again later"
    turn_at(PLANNED)
    post.answers.clear()
    arrange(dated, STARTS + WEEK, at=PLANNED + 5 * MINUTE)

    assert (turn_at(PLANNED + 5 * MINUTE).dropped, len(post.messages)) == (1, 1)
    assert said(post.messages[0]) == "REQUEST 2 CONFIRMED"


# Taken back -----------------------------------------------------------------------------------------------------------


def test_cancelling_takes_the_entry_out_and_reinstating_puts_it_back(
    told: Letterbox, dated: Workshop, facilitator: User
) -> None:
    dated.cancel(by=facilitator, at=PLANNED + DAY, reason="Ruth is ill.")
    turn_at(PLANNED + DAY)
    turn_at(PLANNED + DAY + MINUTE)
    dated.reinstate(by=facilitator, at=PLANNED + 2 * DAY, reason="Ruth is well.")
    turn_at(PLANNED + 2 * DAY)
    dated.cancel(by=facilitator, at=PLANNED + 3 * DAY)
    turn_at(PLANNED + 3 * DAY)

    hers = told.to("amina.rahman@example.org")
    assert [said(mail) for mail in hers] == [
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


def test_date_taken_away_takes_the_entry_out_until_there_is_another(
    told: Letterbox, dated: Workshop, amina: Membership
) -> None:
    arrange(dated, None, at=PLANNED + DAY, reason="We look for a better one.")
    turn_at(PLANNED + DAY)
    arrange(dated, STARTS + WEEK, at=PLANNED + 2 * DAY)
    turn_at(PLANNED + 2 * DAY)

    off, on = told.messages
    assert (said(off), event_of(off).start) == ("CANCEL 2 CANCELLED", STARTS)
    assert off["Subject"] == "No longer on Thursday 18 March: Trust and conflict"
    assert "Why: We look for a better one." in text_of(off)
    assert (said(on), event_of(on).start) == ("REQUEST 3 CONFIRMED", STARTS + WEEK)


def test_who_leaves_and_comes_back(
    told: Letterbox, cohort: Cohort, dated: Workshop, amina: Membership, facilitator: User
) -> None:
    """The workshop stays as it is meanwhile, so its sequence alone would not tell the versions apart."""
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

    hers = told.to("amina.rahman@example.org")
    assert [said(mail) for mail in hers] == [
        "CANCEL 2 CANCELLED",
        "REQUEST 3 CONFIRMED",
        "CANCEL 4 CANCELLED",
        "REQUEST 5 CONFIRMED",
    ]
    assert hers[0]["Subject"] == "Removed from your calendar: Trust and conflict, Thursday 18 March"
    assert hers[1]["Subject"] == "For your calendar: Trust and conflict, Thursday 18 March"


def test_another_role_changes_the_entry_without_taking_it_out(
    told: Letterbox, dated: Workshop, amina: Membership, facilitator: User
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

    [mail] = told.to("amina.rahman@example.org")
    assert said(mail) == "REQUEST 3 CONFIRMED"
    assert event_of(mail)["ATTENDEE"].params["ROLE"] == "CHAIR"


def test_nothing_is_taken_from_who_was_brought_nothing(
    post: Letterbox, dated: Workshop, amina: Membership, facilitator: User
) -> None:
    post.answers["amina.rahman@example.org"] = "550 5.1.1 No such person"
    turn_at(PLANNED)
    dated.cancel(by=facilitator, at=PLANNED + DAY)
    post.answers.clear()

    assert "amina.rahman@example.org" not in {mail["To"] for mail in post.messages}
    turn_at(PLANNED + DAY)
    assert post.to("amina.rahman@example.org") == []


def test_nothing_is_taken_back_once_it_would_have_begun(
    told: Letterbox, dated: Workshop, amina: Membership, facilitator: User
) -> None:
    dated.cancel(by=facilitator, at=STARTS - MINUTE)

    assert turn_at(STARTS).owed == 0


def test_reinstated_before_the_mail_went_is_not_cancelled(
    told: Letterbox, dated: Workshop, facilitator: User
) -> None:
    told.answers["amina.rahman@example.org"] = "451 4.7.1 Try again later"
    dated.cancel(by=facilitator, at=PLANNED + DAY)
    turn_at(PLANNED + DAY)
    told.answers.clear()
    dated.reinstate(at=PLANNED + DAY + MINUTE)
    turn_at(PLANNED + DAY + 5 * MINUTE)

    assert [said(mail) for mail in told.to("amina.rahman@example.org")] == ["REQUEST 3 CONFIRMED"]


def test_consequences_of_a_move_and_of_cancelling_are_foreseen(
    told: Letterbox, cohort: Cohort, dated: Workshop, amina: Membership, facilitator: User
) -> None:
    now = PLANNED + DAY
    Membership.objects.filter(user=facilitator).update(joined_at=now + DAY)

    def kinds(act: Callable[[], object]) -> list[tuple[str, int]]:
        return [
            (one.kind, one.recipient) for one in foresee_after(act, cohort.pk, now, now + MINUTE)
        ]

    assert kinds(lambda: arrange(dated, STARTS + WEEK, at=now)) == [("calendar", amina.user_id)]
    assert kinds(lambda: dated.cancel(by=facilitator, at=now)) == [
        ("calendar-cancelled", amina.user_id)
    ]
    assert kinds(lambda: amina.leave(by=facilitator, at=now)) == [
        ("calendar-cancelled", amina.user_id)
    ]
