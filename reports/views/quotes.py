"""Pages about quotations for the report. Facilitators don't see who offered which words."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from reflections.access import own_reflection
from reflections.entries import reply
from reflections.forms.reflections import ReplyForm
from reflections.models import Quote
from reports.access import askable_reflection, facilitated_cohort, offered_quote, own_quote
from reports.forms import QuoteForm, in_quotes
from reports.models import FrozenReport
from reports.quote_selection import (
    ReportIsFrozen,
    choose,
    leave_out,
    offer,
    why_cannot_offer,
    withdraw,
)
from reports.quotes import in_random_order, quotes_people

FROZEN = gettext_lazy("The report is frozen. Its quotations stay, and none can be added.")
ASKING = gettext_lazy(
    "Would you let a few words of this stand in our report, without your name? You would choose "
    "which, and see first how they print: “Offer a few words to the report”, on this page. And if "
    "you would rather not, that is quite all right."
)


@show_or_act
@sensitive_post_parameters("words")
def quote_offer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the form for the words; on POST, show how they will print, and save them once agreed.

    A form that is posted without `agreed`, the token of these words, saves nothing.
    """
    reflection = own_reflection(request.user, public_id)
    moment = timezone.now()
    if reason := why_cannot_offer(reflection, request.user, moment):
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
        return render(request, "reports/quote_offer.html", context)
    words = form.cleaned_data["words"]
    if request.POST.get("agreed") != form.token:
        context |= {"words": words, "named": in_quotes(form.named.others)}
        return render(request, "reports/quote_offer_as_it_prints.html", context)
    offer(reflection=reflection, words=words, by=request.user, at=moment)
    messages.success(request, _("Words offered. You can withdraw them until the report is frozen."))
    return redirect(reflection)


@show_or_act
def quote_withdraw(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    quote = own_quote(request.user, public_id)
    if request.method == "POST":
        try:
            withdraw(quote=quote, by=request.user, at=timezone.now())
        except ReportIsFrozen:
            messages.error(
                request, _("The report is frozen with your words in it. They stay there.")
            )
        else:
            messages.success(request, _("Words withdrawn. They are in no report."))
        return redirect(quote.reflection)
    return render(request, "reports/quote_withdraw.html", {"quote": quote})


@require_safe
def quote_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """List the words on offer in random order, without their authors."""
    cohort = facilitated_cohort(request.user, public_id)
    quotes = list(in_random_order(Quote.objects.on_offer().filter(cohort=cohort)))
    readable = [quote for quote in quotes if not quote.is_unreadable]
    frozen = FrozenReport.objects.of(cohort)
    context = {
        "cohort": cohort,
        "frozen": frozen,
        "chosen": [quote for quote in readable if quote.is_chosen],
        "others": [quote for quote in readable if not quote.is_chosen],
        "unreadable": len(quotes) - len(readable),
        "quotes_people": quotes_people(cohort, timezone.now()),
    }
    return render(request, "reports/quote_list.html", context)


@require_POST
def quote_choose(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    quote = offered_quote(request.user, public_id)
    try:
        choose(quote=quote, by=request.user, at=timezone.now())
    except ReportIsFrozen:
        messages.error(request, FROZEN)
    return redirect("reports:quote_list", quote.cohort.public_id)


@require_POST
def quote_leave_out(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    quote = offered_quote(request.user, public_id)
    try:
        leave_out(quote=quote)
    except ReportIsFrozen:
        messages.error(request, FROZEN)
    return redirect("reports:quote_list", quote.cohort.public_id)


@show_or_act
@sensitive_post_parameters("body")
def quote_ask(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a form with a reply that asks the author for a quotation; on POST, send the reply."""
    reflection = askable_reflection(request.user, public_id)
    form = ReplyForm(posted(request), initial={"body": str(ASKING)})
    if form.is_valid():
        body = form.cleaned_data["body"]
        reply(reflection=reflection, author=request.user, body=body, at=timezone.now())
        messages.success(
            request,
            _("You have asked %(name)s in a reply.") % {"name": reflection.author.first_name},
        )
        return redirect(reflection)
    return render(request, "reports/quote_ask.html", {"reflection": reflection, "form": form})
