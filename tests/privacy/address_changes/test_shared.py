"""Tests that a facilitator can't change an address to read what is shared with its owner."""

from __future__ import annotations

import pytest
import time_machine
from django.urls import reverse

from accounts.models import User
from cohorts.enrolment import may_change_address
from cohorts.models import Cohort, Membership
from privacy.data_inventory import DATA_INVENTORY
from reflections.audience.readers import reads_more_than
from reflections.entries import change, reply, write
from reflections.experiments.actions import start
from reflections.models import Audience, Experiment, Reflection, Reply
from surveys.opening import get_or_create_survey
from surveys.submission import submit
from tests.people import signed_in
from tests.privacy.address_changes.attacker import (
    ANSWERS,
    BEFORE,
    EARLIER,
    HOUR,
    MINE,
    OLD,
    bounce,
    page_of,
    takes_over,
)
from tests.services import Letterbox
from tests.surveys.conftest import LONG_AGO, mark
from tests.surveys.sending import SURVEY_DUE, turn_at
from workshops.models import AvailabilityPoll, Workshop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def successor(cohort: Cohort) -> User:
    """A facilitator who joined the cohort today."""
    user = User.objects.create_user("sue.successor@example.org", "Sue Cessor")
    Membership.objects.create(
        cohort=cohort, user=user, role=Membership.Role.FACILITATOR, joined_at=BEFORE
    )
    return user


def readable_by(user: User) -> tuple[int, int, int]:
    models = (Reflection, Experiment, Reply)
    reflections, experiments, replies = (one.objects.readable_by(user).count() for one in models)
    return reflections, experiments, replies


@pytest.mark.parametrize("kind", ["reflection", "experiment", "reply"])
def test_account_that_reads_more_than_a_new_facilitator_is_not_theirs_to_take(
    kind: str,
    facilitator: User,
    successor: User,
    member: Membership,
    peer: User,
    cohort: Cohort,
) -> None:
    if kind == "experiment":
        start(author=peer, cohort=cohort, words="To ask.", audience=Audience.COHORT, at=EARLIER)
    else:
        entry = write(
            author=peer, cohort=cohort, body="For us", audience=Audience.COHORT, at=EARLIER
        )
    if kind == "reply":
        # The successor can read the reflection, but was not a member when the reply was written.
        first = successor.memberships.get()
        Membership.objects.filter(pk=first.pk).update(joined_at=LONG_AGO, left_at=EARLIER + HOUR)
        Membership.objects.create(
            cohort=cohort, user=successor, role=Membership.Role.FACILITATOR, joined_at=BEFORE
        )
        reply(reflection=entry, author=facilitator, body="Thank you", at=EARLIER + 2 * HOUR)
        assert readable_by(successor) == (1, 0, 0)
        assert readable_by(member.user) == (1, 0, 1)

    assert not takes_over(successor, member)
    page = page_of(successor, member, "cohorts:member_address")
    assert "Somebody has shared something with them that you can’t read" in page
    assert may_change_address(user=member.user, by=facilitator)
    assert takes_over(facilitator, member)


def test_successor_may_correct_an_address_if_nothing_was_shared_before(
    successor: User, member: Membership, peer: User, cohort: Cohort
) -> None:
    write(author=peer, cohort=cohort, body="For me", at=LONG_AGO)
    write(author=peer, cohort=cohort, body="For us", audience=Audience.COHORT, at=BEFORE + HOUR)

    assert takes_over(successor, member)


def test_new_facilitator_cannot_take_over_a_colleague_who_was_shared_with(
    facilitator: User, successor: User, peer: User, cohort: Cohort
) -> None:
    """The colleague never signed in, but can read what was shared with the facilitators."""
    write(author=peer, cohort=cohort, body="For Ruth", audience=Audience.FACILITATORS, at=LONG_AGO)
    assert not takes_over(successor, facilitator.memberships.get())


# After a change of address that was allowed


def test_nothing_private_stands_in_an_account_that_a_facilitator_took_over(
    facilitator: User,
    member: Membership,
    peer: User,
    cohort: Cohort,
    workshop: Workshop,
    poll: AvailabilityPoll,
    smtp_server: Letterbox,
    clock: time_machine.Traveller,
) -> None:
    """The change is allowed after text was shared, and after the person's survey bounced."""
    entry = write(author=peer, cohort=cohort, body="For us", audience=Audience.COHORT, at=BEFORE)
    reply(reflection=entry, author=facilitator, body="Thank you", at=BEFORE)
    change(reflection=entry, body="For us all", by=peer, at=BEFORE)
    turn_at(BEFORE)
    path = reverse("workshops:answer_note", args=[workshop.public_id, member.public_id])
    signed_in(facilitator).post(path, {"answer": "coming"})
    mark(workshop, member)
    submit(
        survey=get_or_create_survey(workshop),
        membership=peer.memberships.get(),
        answers=ANSWERS,
        at=SURVEY_DUE,
    )
    clock.move_to(SURVEY_DUE)
    turn_at(SURVEY_DUE)
    bounce(member, at=SURVEY_DUE)
    smtp_server.messages.clear()

    assert takes_over(facilitator, member)

    assert {str(mail["To"]) for mail in smtp_server.messages} == {OLD, MINE}
    taken = User.objects.get(pk=member.user_id)
    private = {one.name: one.count(taken) for one in DATA_INVENTORY if one.is_private}
    # The e-mail is the survey, which bounced at the old address and is sent to the new one.
    assert {name: count for name, count in private.items() if count} == {"e-mails-for-you-alone": 1}
    assert readable_by(taken) == readable_by(facilitator) == (1, 0, 1)
    assert not reads_more_than(taken, facilitator)
    client = signed_in(taken)
    for path in (
        reverse("reflections:reflection_list"),
        reverse("reflections:keepsake_text", args=[cohort.public_id]),
    ):
        assert "For us" not in client.get(path).content.decode()
    for entry in (Reflection.objects.get(), Reply.objects.get().reflection):
        path = reverse("reflections:reflection_edit", args=[entry.public_id])
        assert client.get(path).status_code == 403
