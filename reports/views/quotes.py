"""Pages about quotes for the report. Facilitators don't see who offered which words."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from partnerships.access import own_party
from partnerships.models import Partnership
from partnerships.report_offers import words_of
from reflections.access import own_reflection
from reflections.entries import reply
from reflections.forms.reflections import ReplyForm
from reflections.models import Quote, Reflection
from reports.access import askable_reflection, facilitated_cohort, offered_quote, own_quote
from reports.forms import QuoteForm, in_quotes
from reports.models import FrozenReport
from reports.quote_selection import (
    ReportIsFrozen,
    choose,
    leave_out,
    offer,
    offer_about_work,
    why_cannot_offer,
    why_cannot_offer_about_work,
    withdraw,
)
from reports.quotes import in_random_order, quotes_people

FROZEN = gettext_lazy("The report is frozen. Its quotes stay, and none can be added.")
ASKING = gettext_lazy(
    "Would you let a few words of this stand in our report, without your name? You would choose "
    "which, and see first how they print: “Offer a few words to the report”, on this page. And if "
    "you would rather not, that is quite all right."
)


@require_get_or_post
@sensitive_post_parameters("words")
def quote_offer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Let the author of a reflection offer words from it."""
    reflection = own_reflection(request.user, public_id)
    moment = timezone.now()
    if reason := why_cannot_offer(reflection, request.user, moment):
        messages.error(request, reason)
        return redirect(reflection)

    def save(words: str) -> None:
        offer(reflection=reflection, words=words, by=request.user, at=moment)

    return offer_words(request, reflection, initial=reflection.body, save=save)


@require_get_or_post
@sensitive_post_parameters("words")
def work_quote_offer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Let a participant offer words about work that they started with others."""
    party = own_party(request.user, public_id)
    moment = timezone.now()
    if reason := why_cannot_offer_about_work(party, request.user, moment):
        messages.error(request, reason)
        return redirect(party.partnership)

    def save(words: str) -> None:
        offer_about_work(party=party, words=words, by=request.user, at=moment)

    return offer_words(request, party.partnership, initial=words_of(party), save=save)


def offer_words(
    request: AuthenticatedRequest,
    source: Reflection | Partnership,
    *,
    initial: str,
    save: Callable[[str], None],
) -> HttpResponse:
    """Ask for words from `source`, show how they will be printed, and save them once agreed.

    Saves nothing unless the POST parameter `agreed` is the version token of these words.
    """
    form = QuoteForm(
        post_data(request), author=request.user, cohort=source.cohort, initial={"words": initial}
    )
    context = {**source_context(source), "form": form}
    if not form.is_valid() or "change" in request.POST:
        return render(request, "reports/quote_offer.html", context)
    words = form.cleaned_data["words"]
    if request.POST.get("agreed") != form.token:
        context |= {"words": words, "named": in_quotes(form.named.others)}
        return render(request, "reports/quote_offer_as_it_prints.html", context)
    save(words)
    messages.success(request, _("Words offered. You can withdraw them until the report is frozen."))
    return redirect(source)


def source_of(quote: Quote) -> Reflection | Partnership:
    """Return the reflection or the partnership that the words of the quote are from."""
    if quote.reflection is not None:
        return quote.reflection
    return Partnership.objects.select_related("cohort").get(pk=quote.work_id or 0)


def source_context(source: Reflection | Partnership) -> dict[str, object]:
    """Return what the pages need to say where the words come from."""
    name = "reflection" if isinstance(source, Reflection) else "partnership"
    return {"source": source, name: source, "cohort": source.cohort}


@require_get_or_post
def quote_withdraw(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    quote = own_quote(request.user, public_id)
    source = source_of(quote)
    if request.method == "POST":
        try:
            withdraw(quote=quote, by=request.user, at=timezone.now())
        except ReportIsFrozen:
            messages.error(
                request, _("The report is frozen with your words in it. They stay there.")
            )
        else:
            messages.success(request, _("Words withdrawn. They are in no report."))
        return redirect(source)
    context = {**source_context(source), "quote": quote}
    return render(request, "reports/quote_withdraw.html", context)


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


@require_get_or_post
@sensitive_post_parameters("body")
def quote_ask(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a form with a reply that asks the author for a quote; on POST, send the reply."""
    reflection = askable_reflection(request.user, public_id)
    form = ReplyForm(post_data(request), initial={"body": str(ASKING)})
    if form.is_valid():
        body = form.cleaned_data["body"]
        reply(reflection=reflection, author=request.user, body=body, at=timezone.now())
        messages.success(
            request,
            _("You have asked %(name)s in a reply.") % {"name": reflection.author.first_name},
        )
        return redirect(reflection)
    return render(request, "reports/quote_ask.html", {"reflection": reflection, "form": form})
