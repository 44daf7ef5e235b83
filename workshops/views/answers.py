"""What a participant says beforehand."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.http import AuthenticatedRequest
from workshops import register as registers
from workshops.access import visible_workshop
from workshops.forms.workshop import AnswerForm
from workshops.models import Attendance

THANKS = {
    Attendance.Answer.COMING: "Thank you: we expect you.",
    Attendance.Answer.APOLOGIES: "Thank you for saying. We’ll miss you.",
}


@require_POST
def workshop_answer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = visible_workshop(request.user, public_id), timezone.now()
    membership = registers.expected(workshop).active().filter(user=request.user).first()
    if membership is None:
        raise PermissionDenied
    form = AnswerForm(request.POST)
    if not registers.may_answer(workshop, now):
        messages.error(request, "It is too late to say: the workshop has begun, or is off.")
    elif not form.is_valid():
        messages.error(request, "Please say whether you’re coming or can’t make it.")
    else:
        answer = form.cleaned_data["answer"]
        registers.answer(workshop=workshop, membership=membership, answer=answer, at=now)
        messages.success(request, THANKS[answer])
    there = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, {request.get_host()}, request.is_secure())
    return redirect(there if is_ours else "home:today")
