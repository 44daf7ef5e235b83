"""Tests that a facilitator can't change the address of a participant who acted by a link."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import SignInLink, User
from accounts.signed_links import SignedLink
from cohorts.enrolment import change_address, may_change_address
from cohorts.models import Membership
from outbox.models import OptOut
from outbox.preferences.links import OPT_OUT_LINK, PREFERENCES_LINK
from outbox.preferences.preferences import optional_rules_for
from partnerships.links import PARTY_LINK
from partnerships.models import Party
from sets.introductions.links import SESSION
from tests.architecture.introductions import make_introduction
from tests.architecture.sample_objects import make_partnership
from tests.people import signed_in
from tests.privacy.address_changes.attacker import MINE, takes_over
from workshops.availability import polls
from workshops.models import Attendance, AvailabilityPoll, Workshop
from workshops.register.rsvp import RSVP_LINK

pytestmark = pytest.mark.django_db(transaction=True)


def send_rsvp(member: Membership, workshop: Workshop, poll: AvailabilityPoll) -> None:
    path = RSVP_LINK.path(workshop.public_id, member.public_id)
    Client().post(path, {"answer": "coming", "version": str(workshop.version)})
    assert Attendance.objects.filter(membership=member, answer="coming").exists()


def answer_poll(member: Membership, workshop: Workshop, poll: AvailabilityPoll) -> None:
    Client().post(polls.ANSWER_LINK.path(poll.public_id, member.public_id), {"makes_all": "on"})
    assert poll.answers.filter(membership=member).exists()


def choose_plain_text(member: Membership, workshop: Workshop, poll: AvailabilityPoll) -> None:
    wanted = [rule.kind for rule in optional_rules_for(member.user)]
    Client().post(
        PREFERENCES_LINK.path(member.user.public_id), {"wanted": wanted, "text_only": "on"}
    )
    assert User.objects.get(pk=member.user_id).text_only
    assert not OptOut.objects.exists()


def press_unsubscribe(member: Membership, workshop: Workshop, poll: AvailabilityPoll) -> None:
    Client(enforce_csrf_checks=True).post(
        OPT_OUT_LINK.path(member.user.public_id, "survey"), {"List-Unsubscribe": "One-Click"}
    )
    assert OptOut.objects.filter(person=member.user_id, kind="survey").exists()


def change_mind_about_unsubscribing(
    member: Membership, workshop: Workshop, poll: AvailabilityPoll
) -> None:
    """Unsubscribe, then subscribe again, which deletes the opt-out."""
    press_unsubscribe(member, workshop, poll)
    wanted = [rule.kind for rule in optional_rules_for(member.user)]
    Client().post(PREFERENCES_LINK.path(member.user.public_id), {"wanted": wanted})
    assert not OptOut.objects.exists()


def send_rsvp_to_a_workshop_that_moves(
    member: Membership, workshop: Workshop, poll: AvailabilityPoll
) -> None:
    """Send an RSVP, then delete it, as moving the workshop does."""
    send_rsvp(member, workshop, poll)
    Attendance.objects.all().delete()


def answer_about_an_introduction(
    member: Membership, workshop: Workshop, poll: AvailabilityPoll
) -> None:
    found = make_introduction(member.cohort, member)
    User.objects.filter(pk=member.user_id).update(acted_at=None)
    session = SESSION.token(found.public_id)
    Client().post(reverse("sets:introduction_answer"), {"session": session, "answer": "not-now"})


def stop_introductions(member: Membership, workshop: Workshop, poll: AvailabilityPoll) -> None:
    found = make_introduction(member.cohort, member)
    User.objects.filter(pk=member.user_id).update(acted_at=None)
    Client().post(reverse("sets:introduction_stop"), {"session": SESSION.token(found.public_id)})


def enter_needs(member: Membership, workshop: Workshop, poll: AvailabilityPoll) -> None:
    client = signed_in(member.user)
    User.objects.filter(pk=member.user_id).update(last_login=None)
    path = reverse("cohorts:needs_edit", args=[member.cohort.public_id])
    client.post(path, {"nothing": ""})


def use_sign_in_link(member: Membership, workshop: Workshop, poll: AvailabilityPoll) -> None:
    link = SignInLink.objects.for_key("invitation:1", member.user)
    Client().post(reverse("accounts:sign_in_link_use", args=[link.token]))


def agree_to_work(member: Membership, workshop: Workshop, poll: AvailabilityPoll) -> None:
    party = make_partnership(member).parties.get()
    Party.objects.update(agreed_at=None)
    User.objects.filter(pk=member.user_id).update(acted_at=None)
    token = PARTY_LINK.token(party.public_id)
    Client().post(reverse("partnerships:party_agree"), {"token": token})
    assert Party.objects.get().has_agreed


ACTS = (
    send_rsvp,
    send_rsvp_to_a_workshop_that_moves,
    answer_poll,
    choose_plain_text,
    press_unsubscribe,
    change_mind_about_unsubscribing,
    answer_about_an_introduction,
    stop_introductions,
    enter_needs,
    use_sign_in_link,
    agree_to_work,
)
# For each kind of signed link: why a facilitator can't take over the account of somebody who used
# it. A new kind needs a line here, and a function in ACTS if it lets people act without signing in.
LINKS = {
    "RSVP_LINK": "an act",
    "ANSWER_LINK": "an act",
    "PREFERENCES_LINK": "an act",
    "OPT_OUT_LINK": "an act",
    "SIGNED_LINK": "signs in",
    "SURVEY_LINK": "only in e-mails that make the address an administrator's to change",
    "ROOM_LINK": "the same for everybody; never says whether somebody has answered",
    "WAVE_LINK": "only in e-mails that make the address an administrator's to change",
    "ROUND_LINK": "only in e-mails that make the address an administrator's to change",
    "INTRODUCTION_LINK": "an act",
    "COLLEAGUE_LINK": "belongs to somebody who has no account",
    "PARTY_LINK": "an act",
    "FEED_LINK": "made by somebody who is signed in; shows workshops and changes nothing",
}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_any_act_makes_the_address_an_administrators_to_change(
    act: Callable[[Membership, Workshop, AvailabilityPoll], None],
    facilitator: User,
    administrator: User,
    member: Membership,
    workshop: Workshop,
    poll: AvailabilityPoll,
) -> None:
    assert may_change_address(user=member.user, by=facilitator)

    act(member, workshop, poll)

    assert not takes_over(facilitator, member)
    with pytest.raises(ValidationError, match="Only an administrator can change the address"):
        change_address(user=member.user, email=MINE, by=facilitator)
    change_address(user=member.user, email="amina.rahman@example.org", by=administrator)


def test_opening_links_is_no_act(
    facilitator: User, member: Membership, workshop: Workshop, poll: AvailabilityPoll
) -> None:
    """Mail scanners open every link in an e-mail, so a GET does not show that a person acted."""
    paths = (
        RSVP_LINK.path(workshop.public_id, member.public_id),
        polls.ANSWER_LINK.path(poll.public_id, member.public_id),
        PREFERENCES_LINK.path(member.user.public_id),
        OPT_OUT_LINK.path(member.user.public_id, "survey"),
        SignInLink.objects.for_key("invitation:1", member.user).get_absolute_url(),
    )
    assert [Client().get(path).status_code for path in paths] == [200] * 5

    assert takes_over(facilitator, member)


def test_rsvp_that_a_facilitator_recorded_is_no_act_of_the_person(
    facilitator: User, member: Membership, workshop: Workshop
) -> None:
    path = reverse("workshops:answer_note", args=[workshop.public_id, member.public_id])
    signed_in(facilitator).post(path, {"answer": "coming"})
    assert Attendance.objects.filter(membership=member, answer="coming").exists()

    assert takes_over(facilitator, member)


def test_every_kind_of_link_is_considered() -> None:
    found = {
        name
        for path in Path(settings.BASE_DIR).glob("[a-z]*/**/*.py")
        if path.parts[len(Path(settings.BASE_DIR).parts)] not in ("tests", "bench", "bin")
        for name in re.findall(r"^(\w+) = SignedLink\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert found == set(LINKS)
    assert isinstance(RSVP_LINK, SignedLink)
