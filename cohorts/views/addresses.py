"""Views about a member's e-mail address: one to which messages have failed, or the first one."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts import deliverability, enrolment
from cohorts.access import convened_member
from cohorts.deliverability import MAX_SHOWN, Undelivered
from cohorts.forms import AddressForm
from outbox.bounces.suppression import clear_suppression_and_requeue


@require_get_or_post
def member_address(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show why e-mail to a member failed; on POST, correct the address and resend the e-mail.

    Also adds the first address of a member who has none.
    """
    member = convened_member(request.user, public_id)
    if not member.is_active:
        return redirect(member)
    now = timezone.now()
    unreached = next(iter(deliverability.unreached([member])), None)
    undelivered = deliverability.undelivered_to(member.user, seen_by=request.user, moment=now)
    is_failing = unreached is not None or any(one.is_in_time for one in undelivered)
    misdirected = deliverability.count_misdirected(member.user, seen_by=request.user, moment=now)
    form = AddressForm(post_data(request), membership=member, is_failing=is_failing)
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
                _("We’ll send e-mails for %(name)s to %(email)s.")
                % {"name": member.user, "email": email},
            )
            _add_resend_messages(request, undelivered, misdirected)
            return redirect("cohorts:member_list", member.cohort.public_id)
    # Reload the member, because the heading must show the saved address, not the submitted one.
    member = convened_member(request.user, public_id)
    may_change = enrolment.may_change_address(user=member.user, by=request.user)
    context = {
        "member": member,
        "cohort": member.cohort,
        "form": form,
        "unreached": unreached,
        "is_failing": is_failing,
        "misdirected": misdirected,
        "undelivered": undelivered[:MAX_SHOWN],
        "may_change": may_change,
        "administrators": [] if may_change else _administrators(),
    }
    return render(request, "cohorts/member_address.html", context)


def _administrators() -> list[User]:
    return list(
        User.objects.filter(is_administrator=True, is_active=True).order_by("name", "pk")[:3]
    )


def _add_resend_messages(
    request: AuthenticatedRequest, undelivered: list[Undelivered], misdirected: int = 0
) -> None:
    """Tell the user how many e-mails are sent again, and how many are too late to send."""
    in_time = sum(one.is_in_time for one in undelivered)
    again, late = in_time + misdirected, len(undelivered) - in_time
    if again:
        sentence = ngettext(
            "We’ll send %(count)d e-mail again in a minute.",
            "We’ll send %(count)d e-mails again in a minute.",
            again,
        )
        messages.success(request, sentence % {"count": again})
    if late:
        sentence = ngettext(
            "It is too late to send %(count)d e-mail that failed.",
            "It is too late to send %(count)d e-mails that failed.",
            late,
        )
        messages.info(request, sentence % {"count": late})


@require_POST
def member_address_right(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Confirm that a member's address is right, and resend the messages that failed."""
    member = convened_member(request.user, public_id)
    if not member.is_active or not member.user.email:
        return redirect(member)
    now = timezone.now()
    undelivered = deliverability.undelivered_to(member.user, seen_by=request.user, moment=now)
    clear_suppression_and_requeue(member.user, was=member.user.email, at=now)
    messages.success(
        request,
        _("We’ll send e-mails for %(name)s to %(email)s again.")
        % {"name": member.user, "email": member.user.email},
    )
    _add_resend_messages(request, undelivered)
    return redirect("cohorts:member_list", member.cohort.public_id)
