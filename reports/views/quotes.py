"""Words on their way to the report: their author's pages, and the facilitators' without a name on it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from reflections.access import own_reflection
from reflections.entries import reply
from reflections.forms.reflections import ReplyForm
from reflections.models import Quote
from reports.access import askable_reflection, facilitated_cohort, offered_extract, own_extract
from reports.forms import QuoteForm, quoted
from reports.models import FrozenReport
from reports.quote_selection import ReportIsFrozen, choose, leave_out, offer, why_not, withdraw
from reports.quotes import in_no_order, quotes_people

FROZEN = "The report has been frozen: what is printed in it stays, and nothing is added."
ASKING = (
    "Would you let a few words of this stand in our report, without your name? You would choose which, and see first "
    "how they print: “Offer a few words to the report”, on this page. "
    "And if you would rather not, that is quite all right."
)


@show_or_act
@sensitive_post_parameters("words")
def extract_offer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Its author chooses words, sees them as they will print, and agrees; whom they name is asked about once."""
    reflection = own_reflection(request.user, public_id)
    moment = timezone.now()
    if reason := why_not(reflection, request.user, moment):
        messages.error(request, reason)
        return redirect(reflection)
    form = QuoteForm(
        posted(request),
        author=request.user,
        cohort=reflection.cohort,
        initial={"words": reflection.body},
    )
    context = {"reflection": reflection, "form": form}
    if not form.is_valid() or "change" in request.POST:
        return render(request, "reports/extract_offer.html", context)
    words = form.cleaned_data["words"]
    if request.POST.get("agreed") != form.seal:
        context |= {"words": words, "named": quoted(form.named.others)}
        return render(request, "reports/extract_offer_as_it_prints.html", context)
    offer(reflection=reflection, words=words, by=request.user, at=moment)
    messages.success(
        request, "Your words are on offer. You can take them back until the report is frozen."
    )
    return redirect(reflection)


@show_or_act
def extract_withdraw(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    extract = own_extract(request.user, public_id)
    if request.method == "POST":
        try:
            withdraw(extract=extract, by=request.user, at=timezone.now())
        except ReportIsFrozen:
            messages.error(
                request, "The report has been frozen with your words in it: they stay there."
            )
        else:
            messages.success(request, "Your words are taken back. They are in no report.")
        return redirect(extract.reflection)
    return render(request, "reports/extract_withdraw.html", {"extract": extract})


@require_safe
def extract_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """What is on offer, without whose it is, in an order that tells nothing."""
    cohort = facilitated_cohort(request.user, public_id)
    extracts = list(in_no_order(Quote.objects.on_offer().filter(cohort=cohort)))
    readable = [extract for extract in extracts if not extract.is_unreadable]
    frozen = FrozenReport.objects.of(cohort)
    context = {
        "cohort": cohort,
        "frozen": frozen,
        "chosen": [extract for extract in readable if extract.is_chosen],
        "others": [extract for extract in readable if not extract.is_chosen],
        "unreadable": len(extracts) - len(readable),
        "quotes_people": quotes_people(cohort, timezone.now()),
    }
    return render(request, "reports/extract_list.html", context)


@require_POST
def extract_choose(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    extract = offered_extract(request.user, public_id)
    try:
        choose(extract=extract, by=request.user, at=timezone.now())
    except ReportIsFrozen:
        messages.error(request, FROZEN)
    return redirect("reports:extract_list", extract.cohort.public_id)


@require_POST
def extract_leave_out(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    extract = offered_extract(request.user, public_id)
    try:
        leave_out(extract=extract)
    except ReportIsFrozen:
        messages.error(request, FROZEN)
    return redirect("reports:extract_list", extract.cohort.public_id)


@show_or_act
@sensitive_post_parameters("body")
def extract_ask(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """A facilitator asks for a few words, by a reply that they word themselves."""
    reflection = askable_reflection(request.user, public_id)
    form = ReplyForm(posted(request), initial={"body": ASKING})
    if form.is_valid():
        body = form.cleaned_data["body"]
        reply(reflection=reflection, author=request.user, body=body, at=timezone.now())
        messages.success(request, f"{reflection.author.first_name} is asked, by a reply.")
        return redirect(reflection)
    return render(request, "reports/extract_ask.html", {"reflection": reflection, "form": form})
