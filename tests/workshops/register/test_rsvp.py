"""RSVPs and their counts."""

from collections.abc import Callable
from datetime import timedelta

from accounts.models import User
from cohorts.models import Membership
from tests.factories import STARTS, TEN_MINUTES_IN
from workshops.models import Attendance, Workshop
from workshops.register import rsvp
from workshops.register.expected import entries_of
from workshops.register.rsvp import RsvpCounts

Join = Callable[..., Membership]


def test_rsvp_can_be_changed(workshop: Workshop, join: Join) -> None:
    member, first = join("Ceri Okafor"), STARTS - timedelta(days=3)
    rsvp.save_answer(workshop=workshop, membership=member, answer="coming", at=first)
    second = first + timedelta(days=1)
    rsvp.save_answer(workshop=workshop, membership=member, answer="apologies", at=second)
    saved = Attendance.objects.get()
    assert (saved.answer, saved.answered_at) == ("apologies", second)


def test_rsvp_is_accepted_until_workshop_begins(
    workshop: Workshop, workshops: list[Workshop], facilitator: User
) -> None:
    second = timedelta(seconds=1)
    assert rsvp.may_answer(workshop, STARTS - second)
    assert not rsvp.may_answer(workshop, STARTS)
    assert not rsvp.may_answer(workshops[0], STARTS)
    workshop.cancel(by=facilitator, at=TEN_MINUTES_IN)
    assert not rsvp.may_answer(workshop, STARTS - second)


def test_rsvp_counts_include_only_expected(workshop: Workshop, join: Join) -> None:
    answers = {"Ann": "coming", "Ben": "coming", "Cid": "apologies"}
    for name, answer in answers.items():
        rsvp.save_answer(
            workshop=workshop, membership=join(name), answer=answer, at=STARTS - timedelta(days=1)
        )
    join("Dee")
    gone = join("Eve", left_at=STARTS - timedelta(days=1))
    rsvp.save_answer(
        workshop=workshop, membership=gone, answer="coming", at=STARTS - timedelta(days=2)
    )
    members = workshop.cohort.memberships.all()
    counts = rsvp.rsvp_counts(workshop, members, entries_of([workshop]))
    assert counts == RsvpCounts(expected=4, coming=2, apologies=1)
    assert counts.unanswered == 1
