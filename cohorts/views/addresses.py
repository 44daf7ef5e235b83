"""Somebody whom e-mail does not reach: why, and what can be done about it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts import deliverability, enrolment
from cohorts.access import convened_member
from cohorts.deliverability import MOST_SHOWN, Undelivered
from cohorts.forms import AddressForm
from outbox.bounces.suppression import clear_suppression_and_requeue


@show_or_act
def member_address(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Why e-mail does not reach a member; their address corrected, and what did not arrive sent to it, in one act."""
    member = convened_member(request.user, public_id)
    if not member.is_active:
        return redirect(member)
    now = timezone.now()
    bounced = next((one.bounced for one in deliverability.unreached([member])), None)
    undelivered = deliverability.undelivered_to(member.user, seen_by=request.user, moment=now)
    in_trouble = bounced is not None or any(one.is_in_time for one in undelivered)
    astray = deliverability.went_astray(member.user, seen_by=request.user, moment=now)
    form = AddressForm(posted(request), membership=member, is_in_trouble=in_trouble)
    if form.is_valid():
        email = form.cleaned_data["email"]
        try:
            with transaction.atomic():
                enrolment.correct_address(user=member.user, email=email, by=request.user, at=now)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(
                request,
                f"E-mail to {member.user} goes to {email} now. {_what_follows(undelivered, astray)}",
            )
            return redirect("cohorts:member_list", member.cohort.public_id)
    member = convened_member(
        request.user, public_id
    )  # the page's head says what holds, not what was typed
    may_change = enrolment.may_change_address(user=member.user, by=request.user)
    context = {
        "member": member,
        "cohort": member.cohort,
        "form": form,
        "bounced": bounced,
        "in_trouble": in_trouble,
        "astray": astray,
        "undelivered": undelivered[:MOST_SHOWN],
        "may_change": may_change,
        "administrators": [] if may_change else _administrators(),
    }
    return render(request, "cohorts/member_address.html", context)


def _administrators() -> list[User]:
    return list(
        User.objects.filter(is_administrator=True, is_active=True).order_by("name", "pk")[:3]
    )


def _what_follows(undelivered: list[Undelivered], astray: int = 0) -> str:
    """What becomes of the messages that did not arrive, and of so many that may have reached a stranger."""
    in_time = sum(one.is_in_time for one in undelivered)
    again, late = in_time + astray, len(undelivered) - in_time
    said = []
    if again:
        said.append(
            f"{again} {'e-mail goes' if again == 1 else 'e-mails go'} out again in a minute."
        )
    if late:
        said.append(f"It is too late for {late} {'other' if again else 'that did not arrive'}.")
    return " ".join(said)


@require_POST
def member_address_right(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The address is right, and its mailbox takes mail again, say: what did not arrive goes out once more."""
    member = convened_member(request.user, public_id)
    if not member.is_active:
        return redirect(member)
    now = timezone.now()
    undelivered = deliverability.undelivered_to(member.user, seen_by=request.user, moment=now)
    clear_suppression_and_requeue(member.user, was=member.user.email, at=now)
    messages.success(
        request,
        f"We write to {member.user} at {member.user.email} again. {_what_follows(undelivered)}",
    )
    return redirect("cohorts:member_list", member.cohort.public_id)
