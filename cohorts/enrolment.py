"""Who joins a cohort, moves, changes and leaves. Nobody's past goes: a membership ends and another begins.

Each verb raises ValidationError with a sentence for the field that it is about; a race ends in the same sentence.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.claimed import is_claimed
from accounts.emails import notify_old_address
from accounts.models import User, tidy_email
from cohorts.models import Cohort, Membership, Organisation, name_key
from outbox.bounces.suppression import clear_suppression_and_requeue

Role = Membership.Role

ACCOUNT_CLOSED = "This person's account is closed. An administrator can open it again."
LAST_FACILITATOR = "{} is the only facilitator of {}. Add another facilitator first."


@transaction.atomic
def enrol(
    *,
    cohort: Cohort,
    email: str,
    name: str,
    organisation: Organisation | None = None,
    job_title: str = "",
    needs: str = "",
    role: str = Role.PARTICIPANT,
    by: User | None,
    at: datetime,
) -> Membership:
    """Somebody joins a cohort; who has no account gets one, and who has one keeps their name."""
    user = _person_of(email=email, name=name)
    return _join(
        cohort=cohort,
        user=user,
        organisation=organisation,
        job_title=job_title,
        needs=needs,
        role=role,
        by=by,
        at=at,
    )


@transaction.atomic
def move(*, membership: Membership, to: Cohort, by: User, at: datetime) -> Membership:
    """Somebody leaves one cohort and joins another as what they were; what they did in the first stays there."""
    _end(membership, by=by, at=at)
    return _join(
        cohort=to,
        user=membership.user,
        organisation=membership.organisation,
        job_title=membership.job_title,
        needs=membership.needs,
        said_in=membership,
        role=membership.role,
        by=by,
        at=at,
        field="to",
    )


@transaction.atomic
def leave(*, membership: Membership, by: User, at: datetime) -> None:
    """Somebody is no longer in the cohort."""
    _end(membership, by=by, at=at)


@transaction.atomic
def amend(
    *,
    membership: Membership,
    email: str,
    name: str,
    organisation: Organisation | None,
    job_title: str,
    needs: str | None = None,
    role: str,
    by: User,
    at: datetime,
) -> Membership:
    """Puts right what is known of a member. Another role is another membership.

    `needs` are for those who have said nothing of them themselves; who has keeps what they said. None leaves them.

    A participant who becomes a facilitator must not read what was shared with the facilitators before, nor drop out of
    the registers that they are in; so their first membership ends as it is.
    """
    _rename(membership.user, name)
    correct_address(user=membership.user, email=email, by=by, at=at)
    if role != membership.role:
        _end(membership, by=by, at=at)
        return _join(
            cohort=membership.cohort,
            user=membership.user,
            organisation=organisation,
            job_title=job_title,
            needs=membership.needs if needs is None else needs,
            said_in=membership,
            role=role,
            by=by,
            at=at,
        )
    membership.organisation, membership.job_title = organisation, job_title
    membership.save(update_fields=["organisation", "job_title"])
    if needs is not None:
        Membership.objects.filter(pk=membership.pk, needs_said_at=None).update(needs=needs)
    membership.refresh_from_db(fields=["needs"])
    return membership


def may_change_address(*, user: User, by: User) -> bool:
    """May one put right the address that another signs in by?

    Whoever can change it can sign in as that person, read what they keep for themselves and do what they may do. So a
    facilitator may only until the person has first been here (that is when a slip of the keys is noticed), and only if
    they run every cohort that the person is or was in.
    """
    if by.is_administrator or by == user:
        return True
    if user.is_administrator or is_claimed(user):
        return False
    return not user.memberships.exclude(cohort__in=Cohort.objects.convened_by(by)).exists()


@transaction.atomic
def change_address(*, user: User, email: str, by: User) -> None:
    """The person signs in by another address from now on; who got in by the old one is shut out."""
    email = tidy_email(email)
    if email == user.email:
        return
    if not may_change_address(user=user, by=by):
        raise ValidationError(
            {"email": f"Only an administrator can change the address that {user} signs in by."}
        )
    taken = ValidationError({"email": f"Somebody else has the address {email} already."})
    if User.objects.with_email(email):
        raise taken
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(email=email)
    except IntegrityError:
        raise taken from None
    old, user.email = user.email, email
    if by != user:
        user.sign_out_everywhere()
        notify_old_address(user, old)


@transaction.atomic
def correct_address(*, user: User, email: str, by: User, at: datetime) -> None:
    """Another address, to which goes what did not reach the person at the one before."""
    was = user.email
    change_address(user=user, email=email, by=by)
    if user.email != was:
        clear_suppression_and_requeue(user, was=was, at=at)


def organisation_named(*, name: str, sector: str) -> Organisation | None:
    """The organisation of this name, made with this sector when there is none; None for no name."""
    key = name_key(name)
    if not key:
        return None
    return Organisation.objects.get_or_create(
        name_key=key, defaults={"name": name, "sector": sector}
    )[0]


def _rename(user: User, name: str) -> None:
    if name != user.name:
        user.name = name
        user.save(update_fields=["name"])


def _person_of(*, email: str, name: str) -> User:
    user = User.objects.with_email(email)
    if user is None:
        try:
            with transaction.atomic():
                return User.objects.create_user(email, name)
        except IntegrityError:  # somebody else has just added them
            user = User.objects.get(email=tidy_email(email))
    if not user.is_active:
        raise ValidationError({"email": ACCOUNT_CLOSED})
    if not user.name:
        _rename(user, name)
    return user


def _join(
    *,
    cohort: Cohort,
    user: User,
    organisation: Organisation | None,
    job_title: str,
    needs: str,
    role: str,
    by: User | None,
    at: datetime,
    field: str = "email",
    said_in: Membership | None = None,
) -> Membership:
    """`said_in` is the membership that goes before: what the person said of their needs in it, they have said here."""
    said = (
        Membership.objects.filter(pk=said_in.pk).exclude(needs_said_at=None).first()
        if said_in
        else None
    )
    try:
        with transaction.atomic():
            return Membership.objects.create(
                cohort=cohort,
                user=user,
                organisation=organisation,
                job_title=job_title,
                needs=said.needs if said else needs,
                needs_said_at=said.needs_said_at if said else None,
                needs_named=said.needs_named if said else False,
                role=role,
                joined_at=at,
                added_by=by,
            )
    except IntegrityError:
        raise ValidationError({field: f"{user} is in {cohort} already."}) from None


def _end(membership: Membership, *, by: User, at: datetime) -> None:
    # The cohort's row is held, so that two facilitators who remove each other do not leave it without one.
    Cohort.objects.select_for_update().get(pk=membership.cohort_id)
    active = Membership.objects.filter(cohort=membership.cohort_id).active()
    if not active.filter(pk=membership.pk).exists():
        raise ValidationError(f"{membership.user} has left {membership.cohort} already.")
    others = active.facilitating().exclude(pk=membership.pk)
    if membership.is_facilitator and not others.exists():
        raise ValidationError(LAST_FACILITATOR.format(membership.user, membership.cohort))
    membership.leave(by=by, at=at)
