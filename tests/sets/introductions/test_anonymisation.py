"""Tests of what erasing somebody does to introductions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import Message
from privacy.erasure import erase
from sets.introductions.making import make_due_rounds
from sets.introductions.overview import counts_of
from sets.introductions.taking_part import answer
from sets.models import Introducee, IntroductionOptIn
from tests.services import Letterbox
from tests.sets.introductions.conftest import A_DAY, MARCH, MARCH_ENDS, Meet, introducee
from tests.surveys.sending import turn_at

pytestmark = pytest.mark.django_db(transaction=True)
SOON = MARCH + A_DAY


def test_erased_person_is_in_nobodys_introductions_but_the_numbers_stay(
    smtp_server: Letterbox, cohort: Cohort, meet: Meet, administrator: User
) -> None:
    one, other = meet(2)
    make_due_rounds(at=MARCH)
    turn_at(MARCH)
    for member in (one, other):
        answer(introducee=introducee(member), says="yes", at=SOON)
    turn_at(SOON)
    before = counts_of(cohort, MARCH_ENDS)
    erase(user=one.user, by=administrator, at=SOON + timedelta(days=1))
    letters = Message.objects.filter(recipient=other.user, kind__startswith="introduction")
    assert {letter.text for letter in letters} == {""}
    assert not IntroductionOptIn.objects.filter(membership=one).exists()
    assert counts_of(cohort, MARCH_ENDS) == before


def test_erasing_withdraws_a_yes_that_waits(
    cohort: Cohort, meet: Meet, administrator: User
) -> None:
    one, other = meet(2)
    make_due_rounds(at=MARCH)
    answer(introducee=introducee(one), says="yes", at=SOON)
    erase(user=Membership.objects.get(pk=one.pk).user, by=administrator, at=SOON)
    assert introducee(one).answer == ""
    make_due_rounds(at=MARCH_ENDS)
    assert not Introducee.objects.introduced().exists()
    assert introducee(other).introduction is not None
