import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts.after_response import wait_for_work
from accounts.models import SignInLink, User
from cohorts import enrolment
from cohorts.models import Cohort, Membership, Organisation, Sector
from programmes.text_validation import name_key
from tests.factories import FEBRUARY, MARCH, MID_JANUARY

Role = Membership.Role


@pytest.fixture
def essex(cohort: Cohort) -> Cohort:
    return Cohort.objects.create(
        programme=cohort.programme, name="Essex, spring 2027", place="Essex"
    )


def test_enrol_creates_a_new_account(cohort: Cohort, facilitator: User) -> None:
    member = enrolment.enrol(
        cohort=cohort, email=" Dev@Example.ORG ", name="Dev Rahman", by=facilitator, at=MID_JANUARY
    )
    assert (member.user.email, member.user.name, member.role) == (
        "dev@example.org",
        "Dev Rahman",
        Role.PARTICIPANT,
    )
    assert (member.joined_at, member.added_by) == (MID_JANUARY, facilitator)
    assert not member.user.has_usable_password()


def test_enrol_does_not_rename_an_existing_user(
    cohort: Cohort, facilitator: User, outsider: User
) -> None:
    member = enrolment.enrol(
        cohort=cohort, email=outsider.email, name="O. Grant", by=facilitator, at=MID_JANUARY
    )
    assert (member.user, member.user.name) == (outsider, "Olly Grant")


def test_enrol_refuses_an_existing_member(
    cohort: Cohort, facilitator: User, participant: User
) -> None:
    with pytest.raises(ValidationError) as problem:
        enrolment.enrol(
            cohort=cohort, email=participant.email, name="Amina", by=facilitator, at=MID_JANUARY
        )
    assert problem.value.message_dict == {
        "email": ["Amina Rahman is already in North East, spring 2027."]
    }
    assert Membership.objects.filter(user=participant).count() == 1


def test_enrol_refuses_an_inactive_account(
    cohort: Cohort, facilitator: User, outsider: User
) -> None:
    User.objects.filter(pk=outsider.pk).update(is_active=False)
    with pytest.raises(ValidationError) as problem:
        enrolment.enrol(
            cohort=cohort, email=outsider.email, name="Olly", by=facilitator, at=MID_JANUARY
        )
    assert problem.value.message_dict == {"email": [str(enrolment.ACCOUNT_CLOSED)]}


def test_returning_member_gets_a_new_membership(
    cohort: Cohort, facilitator: User, participant: User
) -> None:
    first = participant.memberships.get()
    left_at = first.joined_at + timedelta(days=1)
    enrolment.leave(membership=first, by=facilitator, at=left_at)
    again = enrolment.enrol(
        cohort=cohort,
        email=participant.email,
        name="",
        by=facilitator,
        at=left_at + timedelta(days=1),
    )
    first.refresh_from_db()
    assert again.pk != first.pk
    assert (first.left_at, first.left_by, again.left_at) == (left_at, facilitator, None)


def test_leave_twice_is_refused(facilitator: User, participant: User) -> None:
    member = participant.memberships.get()
    enrolment.leave(membership=member, by=facilitator, at=member.joined_at)
    stale = Membership.objects.get(pk=member.pk)
    with pytest.raises(
        ValidationError, match="Amina Rahman has already left North East, spring 2027"
    ):
        enrolment.leave(membership=stale, by=facilitator, at=MID_JANUARY)


def test_leave_refuses_the_only_facilitator(facilitator: User, participant: User) -> None:
    member = facilitator.memberships.get()
    with pytest.raises(
        ValidationError, match="Ruth Okafor is the only facilitator of North East, spring 2027"
    ):
        enrolment.leave(membership=member, by=facilitator, at=MID_JANUARY)
    member.refresh_from_db()
    assert member.is_active


def test_leave_allows_one_of_two_facilitators(
    cohort: Cohort, facilitator: User, outsider: User
) -> None:
    Membership.objects.create(cohort=cohort, user=outsider, role=Role.FACILITATOR)
    member = facilitator.memberships.get()
    enrolment.leave(membership=member, by=facilitator, at=member.joined_at)
    assert list(cohort.memberships.active().values_list("user", flat=True)) == [outsider.pk]


def test_move_ends_one_membership_and_starts_another(
    cohort: Cohort, essex: Cohort, facilitator: User, participant: User, council: Organisation
) -> None:
    here = participant.memberships.get()
    at = here.joined_at + timedelta(days=3)
    there = enrolment.move(membership=here, to=essex, by=facilitator, at=at)
    here.refresh_from_db()
    assert (here.left_at, here.cohort) == (at, cohort)
    assert (there.cohort, there.joined_at, there.organisation, there.role) == (
        essex,
        at,
        council,
        Role.PARTICIPANT,
    )


def test_move_to_a_cohort_of_the_member_saves_nothing(
    essex: Cohort, facilitator: User, participant: User
) -> None:
    Membership.objects.create(cohort=essex, user=participant)
    here = participant.memberships.get(cohort__name__startswith="North")
    with pytest.raises(ValidationError) as problem:
        enrolment.move(membership=here, to=essex, by=facilitator, at=MID_JANUARY)
    assert problem.value.message_dict == {"to": ["Amina Rahman is already in Essex, spring 2027."]}
    assert participant.memberships.active().count() == 2


def amended(member: Membership, by: User, **changes: object) -> Membership:
    facts: dict[str, object] = {
        "email": member.user.email,
        "name": member.user.name,
        "organisation": member.organisation,
        "job_title": member.job_title,
        "needs": member.needs,
        "role": member.role,
    }
    at = member.joined_at + timedelta(days=1)
    facts |= changes
    return enrolment.amend(membership=member, by=by, at=at, **facts)  # type: ignore[arg-type]


def test_amend_saves_the_details(facilitator: User, participant: User) -> None:
    member = amended(
        participant.memberships.get(),
        facilitator,
        name="Amina Ali",
        needs="Halal",
        organisation=None,
    )
    member.refresh_from_db()
    assert (member.user.name, member.needs, member.organisation) == ("Amina Ali", "Halal", None)
    assert participant.memberships.count() == 1


def test_amend_of_the_role_starts_a_new_membership(facilitator: User, participant: User) -> None:
    first = participant.memberships.get()
    second = amended(first, facilitator, role=Role.FACILITATOR)
    first.refresh_from_db()
    assert (first.role, first.left_at) == (Role.PARTICIPANT, second.joined_at)
    assert (second.role, second.left_at, second.organisation) == (
        Role.FACILITATOR,
        None,
        first.organisation,
    )


def test_amend_refuses_another_role_for_the_only_facilitator(facilitator: User) -> None:
    with pytest.raises(ValidationError, match="the only facilitator"):
        amended(facilitator.memberships.get(), facilitator, role=Role.PARTICIPANT)


def test_change_address_revokes_links_sent_to_the_old_address(
    facilitator: User, participant: User
) -> None:
    SignInLink.objects.for_key("invitation-1", participant)
    enrolment.change_address(user=participant, email="Amina@New.example.org", by=facilitator)
    participant.refresh_from_db()
    assert participant.email == "amina@new.example.org"
    assert not SignInLink.objects.filter(user=participant).exists()


def test_old_address_cannot_sign_in(
    client: Client, administrator: User, participant: User, mailoutbox: list[EmailMessage]
) -> None:
    """The old address must not remain in django-allauth's own table of e-mail addresses."""
    sign_in = reverse("account_login")
    client.post(sign_in, {"email": participant.email})
    wait_for_work()
    code = re.search(r"^\s*([A-Z0-9-]{6,})\s*$", str(mailoutbox[-1].body), re.MULTILINE)
    assert code is not None
    client.post(reverse("account_confirm_login_code"), {"code": code[1]})
    participant.refresh_from_db()
    assert participant.last_login is not None
    old = participant.email
    enrolment.change_address(user=participant, email="new@example.org", by=administrator)
    mailoutbox.clear()
    Client().post(sign_in, {"email": old})
    wait_for_work()
    assert mailoutbox == []
    Client().post(sign_in, {"email": "new@example.org"})
    wait_for_work()
    assert [mail.to for mail in mailoutbox] == [["new@example.org"]]


def test_change_address_refuses_another_users_address(
    facilitator: User, participant: User, outsider: User
) -> None:
    with pytest.raises(ValidationError) as problem:
        enrolment.change_address(user=participant, email=outsider.email.upper(), by=facilitator)
    assert problem.value.message_dict == {
        "email": [f"Enter another e-mail address. Somebody else already uses {outsider.email}."]
    }


@pytest.mark.parametrize(("signed_in", "is_administrator"), [(True, False), (False, True)])
def test_facilitator_cannot_take_over_an_account(
    facilitator: User, participant: User, signed_in: bool, is_administrator: bool
) -> None:
    """A facilitator who got a member's sign-in code could read the member's private entries."""
    participant.last_login = MID_JANUARY if signed_in else None
    participant.is_administrator = is_administrator
    participant.save()
    with pytest.raises(ValidationError, match="Only an administrator can change the address"):
        enrolment.change_address(user=participant, email="mine@example.org", by=facilitator)
    participant.refresh_from_db()
    assert participant.email == "amina.participant@example.org"


def test_administrator_can_change_the_address_of_a_claimed_account(
    administrator: User, participant: User
) -> None:
    participant.last_login = MID_JANUARY
    participant.save()
    enrolment.change_address(user=participant, email="new@example.org", by=administrator)
    participant.refresh_from_db()
    assert participant.email == "new@example.org"


def test_organisation_named_finds_every_spelling(council: Organisation) -> None:
    assert enrolment.organisation_named(name=" tynewick  COUNCIL.", sector="") == council
    council.refresh_from_db()
    assert (council.name, council.sector) == ("Tynewick Council", Sector.PUBLIC)


def test_organisation_named_creates_an_organisation(db: None) -> None:
    made = enrolment.organisation_named(name="Northfold Foodbank", sector=Sector.VOLUNTARY)
    assert made is not None
    assert (made.name, made.name_key, made.sector) == (
        "Northfold Foodbank",
        "northfold foodbank",
        Sector.VOLUNTARY,
    )
    assert enrolment.organisation_named(name=" . ", sector=Sector.OTHER) is None


def test_organisation_gets_the_sector_that_was_chosen(db: None) -> None:
    for sector, expected in (("", "other"), ("private", "private"), ("", "private")):
        organisation = enrolment.organisation_named(name="Moor Trust", sector=sector)
        assert organisation is not None
        assert Organisation.objects.get().sector == organisation.sector == expected


def test_name_key_of_any_name_fits_its_column() -> None:
    assert len(name_key("ß" * 200)) == 250
    assert name_key("Cafe\u0301") == name_key("Caf\u00e9")


# Members without an address


@pytest.fixture
def walk_in(cohort: Cohort, facilitator: User) -> Membership:
    return enrolment.enrol(
        cohort=cohort, email="", name="Zoe Walker", by=facilitator, at=MID_JANUARY
    )


def test_facilitator_adds_a_first_address_without_a_notice(
    walk_in: Membership,
    facilitator: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    assert enrolment.may_change_address(user=walk_in.user, by=facilitator)
    with django_capture_on_commit_callbacks(execute=True):
        enrolment.correct_address(
            user=walk_in.user, email="Zoe@example.org", by=facilitator, at=FEBRUARY
        )
    user = User.objects.get(pk=walk_in.user_id)
    assert (user.email, user.email_added_at) == ("zoe@example.org", FEBRUARY)
    assert mailoutbox == []
    enrolment.correct_address(user=user, email="z@example.org", by=facilitator, at=MARCH)
    user.refresh_from_db()
    assert (user.email, user.email_added_at) == ("z@example.org", FEBRUARY)


def test_only_an_administrator_adds_the_address_of_somebody_in_another_cohort(
    walk_in: Membership, facilitator: User, other_facilitator: User, administrator: User
) -> None:
    elsewhere = other_facilitator.memberships.get().cohort
    Membership.objects.create(cohort=elsewhere, user=walk_in.user)
    with pytest.raises(ValidationError, match="Only an administrator"):
        enrolment.correct_address(
            user=walk_in.user, email="zoe@example.org", by=facilitator, at=FEBRUARY
        )
    enrolment.correct_address(
        user=walk_in.user, email="zoe@example.org", by=administrator, at=FEBRUARY
    )
    assert User.objects.get(pk=walk_in.user_id).email == "zoe@example.org"


def test_known_address_cannot_be_removed(facilitator: User, participant: User) -> None:
    with pytest.raises(ValidationError, match=r"Enter the person’s e-mail address\."):
        enrolment.change_address(user=participant, email=" ", by=facilitator)


def test_facilitator_of_a_cohort_needs_an_address(walk_in: Membership, facilitator: User) -> None:
    facts = {"email": "", "name": "Zoe Walker", "job_title": "", "role": Role.FACILITATOR}
    with pytest.raises(ValidationError) as problem:
        enrolment.amend(membership=walk_in, organisation=None, by=facilitator, at=FEBRUARY, **facts)
    assert problem.value.message_dict == {
        "email": ["Enter an e-mail address. Facilitators need one to sign in."]
    }
