"""The participants whom a facilitator's Today names because they have not been heard from."""

from datetime import timedelta

import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from home.facilitator.quiet_participants import MOST_NAMED
from outbox.models import Message
from tests.home.facilitator.days import LONG_AGO, NOW, Make, attend, day_of, message, silences_of


def test_participant_without_reply_before_the_next_workshop_is_named(
    workshop: Make, cohort: Cohort, facilitator: User, member: Membership
) -> None:
    soon = workshop(10, "Soon")
    workshop(12, "The one after")

    assert silences_of(facilitator) == [
        ("Haven’t said if they are coming to “Soon”", ["Amina Rahman"])
    ]
    attend(soon, member, answer="coming")
    assert silences_of(facilitator) == []


def test_participant_on_the_register_needs_no_reply(
    workshop: Make, facilitator: User, member: Membership
) -> None:
    """The register opens an hour before the workshop begins."""
    soon = workshop(0.02, "Soon")
    assert [names for _words, names in silences_of(facilitator)] == [["Amina Rahman"]]
    attend(soon, member, mark="present")
    assert silences_of(facilitator) == []


def test_participant_who_missed_two_workshops_without_apologies_is_named(
    workshop: Make, facilitator: User, member: Membership
) -> None:
    first, second = workshop(-40, "First"), workshop(-20, "Second")
    workshop(40)
    attend(first, member, mark="absent")
    attendance = attend(second, member, mark="absent")

    assert silences_of(facilitator) == [
        ("Missed the last two workshops without apologies", ["Amina Rahman"])
    ]
    attendance.mark = "apologies"
    attendance.save()
    assert silences_of(facilitator) == []


def test_participant_who_never_signed_in_is_named_until_they_answer_an_rsvp(
    workshop: Make, cohort: Cohort, facilitator: User, participant: User, member: Membership
) -> None:
    later = workshop(40)
    invitation = message(participant, cohort, "invitation", sent_at=NOW - timedelta(days=13))
    User.objects.update(last_login=None)

    assert silences_of(facilitator) == []
    Message.objects.filter(pk=invitation.pk).update(
        outcome="sent", sent_at=NOW - timedelta(days=15)
    )
    assert silences_of(facilitator) == [
        ("Invited over two weeks ago and never signed in", ["Amina Rahman"])
    ]
    attend(later, member, answer="coming")
    assert silences_of(facilitator) == []


def test_e_mail_to_several_participants_uses_bcc(
    workshop: Make, cohort: Cohort, facilitator: User
) -> None:
    workshop(10)
    odd = User.objects.create_user("ann+x&y@example.org", "Ann Odd")
    Membership.objects.create(cohort=cohort, user=odd, joined_at=LONG_AGO)

    [group] = day_of(facilitator)["quiet_groups"]

    assert group.mailto_url == "mailto:?bcc=amina.participant@example.org,ann%2Bx%26y@example.org"


def test_long_list_is_capped_but_e_mail_goes_to_everybody(
    workshop: Make, cohort: Cohort, facilitator: User
) -> None:
    workshop(10)
    for number in range(MOST_NAMED + 2):
        user = User.objects.create_user(f"person-{number}@example.org", f"Person {number}")
        Membership.objects.create(cohort=cohort, user=user, joined_at=LONG_AGO)

    [group] = day_of(facilitator)["quiet_groups"]

    assert (len(group.named), group.others) == (MOST_NAMED, 3)
    assert group.mailto_url.count("@") == MOST_NAMED + 3


def test_participant_without_address_is_listed_with_a_link_to_add_one(
    workshop: Make, cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    workshop(10)
    for _ in range(2):
        zoe = User.objects.create_user("", "Zoe Walker")
        member = Membership.objects.create(cohort=cohort, user=zoe, joined_at=LONG_AGO)

    [group] = day_of(facilitator)["quiet_groups"]

    assert [str(one) for one in group.people] == ["Amina Rahman", "Zoe Walker", "Zoe Walker"]
    assert [one.email for one in group.with_address] == ["amina.participant@example.org"]
    with time_machine.travel(NOW, tick=False):
        page = facilitator_client.get(reverse("home:today")).content.decode()
    assert reverse("cohorts:member_address", args=[member.public_id]) in page
    assert 'href="mailto:"' not in page
    assert "mailto:?bcc" not in page
