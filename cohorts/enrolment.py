"""Adding, moving, editing and removing the members of a cohort.

A membership never changes its cohort or role. Instead it ends, and a new one begins, so that past
registers and figures stay correct. The functions raise ValidationError if a change isn't allowed,
or if a concurrent request has made it impossible. The error names the form field at fault, if any.
"""

from collections.abc import Callable, Collection
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.claimed import is_claimed
from accounts.emails import notify_of_new_address
from accounts.models import User, normalise_email
from accounts.public_id import new_public_id
from cohorts.models import Cohort, Membership, Organisation, Sector
from outbox.bounces.suppression import clear_suppression_and_requeue
from outbox.delivery.claims import release_untried
from programmes.text_validation import name_key

Role = Membership.Role

ACCOUNT_CLOSED = gettext_lazy(
    "This person’s account is closed. An administrator can open it again."
)
ADDRESS_REQUIRED = gettext_lazy("Enter the person’s e-mail address.")


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
    public_id: str = "",
    by: User | None,
    at: datetime,
) -> Membership:
    """Add a person to a cohort. Create a user if nobody has this address, or if it is empty.

    An existing user's name is changed only if it is empty. `public_id` is the membership's, random
    if it is empty. Raises ValidationError if the account is closed, if the person is already in the
    cohort, or if another membership has this public id.
    """
    user = _get_or_create_user(email=email, name=name)
    return _join(
        cohort=cohort,
        user=user,
        organisation=organisation,
        job_title=job_title,
        needs=needs,
        role=role,
        public_id=public_id,
        by=by,
        at=at,
    )


@transaction.atomic
def enrol_known(*, cohort: Cohort, known: Membership, by: User, at: datetime) -> Membership:
    """Add the person of another or a past membership to a cohort, as a participant.

    Raises ValidationError if the account is closed, or if the person is already in the cohort.
    """
    if not known.user.is_active:
        raise ValidationError(ACCOUNT_CLOSED)
    return _join(
        cohort=cohort,
        user=known.user,
        organisation=known.organisation,
        job_title=known.job_title,
        needs="",
        role=Role.PARTICIPANT,
        by=by,
        at=at,
    )


@transaction.atomic
def move(*, membership: Membership, to: Cohort, by: User, at: datetime) -> Membership:
    """End the membership, and return a new one with the same role in the cohort `to`."""
    _end(membership, by=by, at=at)
    return _join(
        cohort=to,
        user=membership.user,
        organisation=membership.organisation,
        job_title=membership.job_title,
        needs=membership.needs,
        previous=membership,
        role=membership.role,
        by=by,
        at=at,
        field="to",
    )


@transaction.atomic
def leave(*, membership: Membership, by: User, at: datetime, silently: bool = False) -> None:
    """End the membership. If `silently` is true, the member gets no e-mail about it.

    Raises ValidationError if the membership has already ended, or if the member is the cohort's
    only facilitator.
    """
    _end(membership, by=by, at=at, silently=silently)


@transaction.atomic
def leave_several(
    *, cohort: Cohort, members: Collection[str], notify: bool, by: User, at: datetime
) -> int:
    """End the memberships of these participants, and return how many ended. Locks the cohort.

    `members` are public ids. The ids of former members, of facilitators and of members of other
    cohorts are ignored. If `notify` is true, members whose calendars have entries get an e-mail
    that removes the entries.
    """
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    leaving = cohort.memberships.active().participating().filter(public_id__in=members)
    # If servers' clocks differ, `at` may be before `joined_at`. A membership can't end before it
    # began.
    return leaving.update(
        left_at=Greatest(F("joined_at"), Value(at)), left_by=by, left_silently=not notify
    )


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
    """Edit a member. A change of role ends the membership and starts a new one.

    If the role of the existing membership changed instead, a new facilitator could read what was
    shared with facilitators earlier, and would disappear from past registers.

    If `needs` is None, or if the member has entered their own access and dietary needs, the saved
    needs are unchanged.
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
            previous=membership,
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
    """Return whether `by` may change the address that `user` signs in with.

    Somebody who receives mail at the address can sign in as the user. So facilitators may change it
    only while the account shows nothing that they may not see (docs/decisions/0010):

    - the user has not acted, and has not been sent a survey that may have arrived;
    - the facilitator runs every cohort that the user is or was in;
    - nothing is shared with the user that the facilitator can't read.

    Facilitators may never change an administrator's address. Administrators may change every
    address, and users their own.
    """
    if by.is_administrator or by == user:
        return True
    if user.is_administrator or is_claimed(user):
        return False
    if user.memberships.exclude(cohort__in=Cohort.objects.convened_by(by)).exists():
        return False
    reads_more: list[Callable[[User, User], bool]] = [
        import_string(path) for path in settings.READS_MORE_THAN
    ]
    return not any(read(user, by) for read in reads_more)


def address_change_refusal(user: User) -> str:
    """Return the error for people who may not change the user's address. It says who may."""
    return _("Only an administrator can change the address that %(name)s signs in with.") % {
        "name": user
    }


@transaction.atomic
def change_address(*, user: User, email: str, by: User) -> None:
    """Change the address that the user signs in with.

    If somebody else changes the address, also end the user's open sessions, and notify the old and
    the new address. A first address is not notified, because the user has got no invitation yet.
    Raises ValidationError if `by` may not change the address, if another user has it, or if it is
    empty: a known address can't be removed. Locks the user's row.
    """
    email = normalise_email(email)
    if email == user.email:
        return
    if not email:
        raise ValidationError({"email": ADDRESS_REQUIRED})
    # A concurrent action of the user waits for this lock, or commits first. The check below counts
    # actions that committed first.
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not by.is_administrator and by != user:
        # Release claimed messages, so that no worker sends a survey to the old address later.
        release_untried(locked)
    if not may_change_address(user=locked, by=by):
        raise ValidationError({"email": address_change_refusal(user)})
    taken = ValidationError(
        {
            "email": _("Enter another e-mail address. Somebody else already uses %(email)s.")
            % {"email": email}
        }
    )
    if User.objects.with_email(email):
        raise taken
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(email=email)
    except IntegrityError:
        raise taken from None
    old, user.email = locked.email, email
    if by != user:
        user.sign_out_everywhere()
        if old:
            notify_of_new_address(user, old=old, by=by)


@transaction.atomic
def correct_address(*, user: User, email: str, by: User, at: datetime) -> None:
    """Change the address, and requeue the messages that did not reach the user at the old one.

    A user who had no address is sent the invitations of their cohorts. Does nothing if the address
    is the same.
    """
    was = user.email
    change_address(user=user, email=email, by=by)
    if user.email == was:
        return
    if not was:
        user.email_added_at = at
        user.save(update_fields=["email_added_at"])
    clear_suppression_and_requeue(user, was=was, at=at)


def organisation_named(*, name: str, sector: str) -> Organisation | None:
    """Return the organisation with this name, or None if the name is empty.

    Creates the organisation if there is none, and follows one that was merged into another. Saves
    `sector` unless it is empty. A new organisation without one is Other.
    """
    key = name_key(name)
    if not key:
        return None
    organisation, _created = Organisation.objects.get_or_create(
        name_key=key, defaults={"name": name, "sector": sector or Sector.OTHER}
    )
    organisation = organisation.merged_into or organisation
    if sector and organisation.sector != sector:
        organisation.sector = sector
        organisation.save(update_fields=["sector"])
    return organisation


def _rename(user: User, name: str) -> None:
    if name != user.name:
        user.name = name
        user.save(update_fields=["name"])


def _get_or_create_user(*, email: str, name: str) -> User:
    user = User.objects.with_email(email)
    if user is None:
        try:
            with transaction.atomic():
                return User.objects.create_user(email, name)
        except IntegrityError:  # a concurrent request created the user
            user = User.objects.get(email=normalise_email(email))
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
    previous: Membership | None = None,
    public_id: str = "",
) -> Membership:
    """Create a membership.

    If the member has entered their needs in the `previous` membership, those replace `needs`.
    Raises ValidationError for the form field `field` if the user is already in the cohort, and for
    `email` if a facilitator would have no address.
    """
    if role == Role.FACILITATOR and not user.email:
        raise ValidationError(
            {"email": _("Enter an e-mail address. Facilitators need one to sign in.")}
        )
    said = None
    if previous:
        said = Membership.objects.filter(pk=previous.pk).exclude(needs_said_at=None).first()
    try:
        with transaction.atomic():
            return Membership.objects.create(
                public_id=public_id or new_public_id(),
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
        raise ValidationError(
            {field: _("%(name)s is already in %(cohort)s.") % {"name": user, "cohort": cohort}}
        ) from None


def _end(membership: Membership, *, by: User, at: datetime, silently: bool = False) -> None:
    """Lock the cohort and end a membership.

    Raises ValidationError if the membership has already ended, or if the member is the cohort's
    only facilitator.
    """
    # Without the lock, two facilitators could remove each other concurrently.
    Cohort.objects.select_for_update().get(pk=membership.cohort_id)
    active = Membership.objects.filter(cohort=membership.cohort_id).active()
    if not active.filter(pk=membership.pk).exists():
        raise ValidationError(
            _("%(name)s has already left %(cohort)s.")
            % {"name": membership.user, "cohort": membership.cohort}
        )
    others = active.facilitating().exclude(pk=membership.pk)
    if membership.is_facilitator and not others.exists():
        raise ValidationError(
            _("Add another facilitator first. %(name)s is the only facilitator of %(cohort)s.")
            % {"name": membership.user, "cohort": membership.cohort}
        )
    membership.leave(by=by, at=at, silently=silently)
