"""The pages of what people mean to try. Like those of reflections: being an administrator opens none of them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.public_id import new_public_id
from accounts.requests import AuthenticatedRequest, posted, show_or_act
from reflections.access import own_cohort, own_experiment, readable_experiment
from reflections.audience_names import circles, named, readers_of, seal_of
from reflections.context import Place, latest_workshop, own_cohorts, place_of
from reflections.experiments.actions import (
    AnsweredMeanwhileError,
    answer,
    change,
    delete,
    last_answered,
    share,
    start,
)
from reflections.experiments.follow_ups import is_due, look_back_of
from reflections.forms.experiments import AnswerForm, ExperimentChangeForm, ExperimentForm
from reflections.forms.reflections import AudienceForm
from reflections.models import Experiment

PAGE = 30
KEEP_BOTH = "both"
ANSWER = ("outcome", "happened", "learned")
ANSWERED_MEANWHILE = (
    "You said on another page how it went. What you typed here is not kept yet: choose below."
)


@show_or_act
@sensitive_post_parameters("words")
def experiment_create(request: AuthenticatedRequest) -> HttpResponse:
    """One asks first which cohort it belongs to, where there are several."""
    cohorts = own_cohorts(request.user)
    if not cohorts:
        return render(request, "reflections/reflection_create_nowhere.html", status=403)
    place = place_of(request.user, request.POST if request.method == "POST" else request.GET)
    if place is None and len(cohorts) > 1:
        return render(request, "reflections/experiment_create_where.html", {"cohorts": cohorts})
    return start_at(request, place or Place(cohorts[0]))


def start_at(request: AuthenticatedRequest, place: Place) -> HttpResponse:
    moment = timezone.now()
    form = ExperimentForm(
        posted(request),
        cohort=place.cohort,
        moment=moment,
        circles=circles(place.cohort, request.user),
        initial={"entry": new_public_id()},
    )
    if not form.is_valid():
        return render(request, "reflections/experiment_create.html", {"form": form, "place": place})
    audience = form.cleaned_data["audience"]
    experiment = start(
        author=request.user,
        cohort=place.cohort,
        workshop=place.workshop or latest_workshop(place.cohort, moment),
        words=form.cleaned_data["words"],
        look_back=form.look_back,
        audience=audience,
        public_id=form.cleaned_data["entry"],
        at=moment,
    )
    messages.success(request, "It is kept.")
    if audience.is_wider_than(experiment.audience):
        context = {"experiment": experiment, **form.circles.question(audience)}
        return render(request, "reflections/experiment_share_wider.html", context)
    return redirect(experiment)


@require_safe
def experiment_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    experiment = readable_experiment(request.user, public_id)
    is_author = experiment.author_id == request.user.pk
    readers = readers_of(experiment) if is_author else []
    context = {
        "experiment": experiment,
        "is_author": is_author,
        "is_due": is_due(experiment, timezone.now()),
        "readers": readers,
        "readers_named": named(readers),
    }
    return render(request, "reflections/experiment_detail.html", context)


@show_or_act
@sensitive_post_parameters("words")
def experiment_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    experiment = own_experiment(request.user, public_id)
    if experiment.is_unreadable:
        return refuse_unreadable(request, experiment)
    form = ExperimentChangeForm(
        posted(request),
        cohort=experiment.cohort,
        moment=timezone.now(),
        current=look_back_of(experiment),
        initial={"words": experiment.words},
    )
    if not form.is_valid():
        context = {"form": form, "experiment": experiment}
        return render(request, "reflections/experiment_edit.html", context)
    words, at = form.cleaned_data["words"], timezone.now()
    change(experiment=experiment, words=words, look_back=form.look_back, by=request.user, at=at)
    messages.success(request, "It is kept. Who can read it is as before.")
    return redirect(experiment)


@show_or_act
@sensitive_post_parameters("happened", "learned")
def experiment_answer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """How did it go? The e-mail leads here; looking at it says nothing."""
    experiment = own_experiment(request.user, public_id)
    if experiment.is_unreadable:
        return refuse_unreadable(request, experiment)
    form = AnswerForm(
        answer_sent(request, experiment),
        cohort=experiment.cohort,
        moment=timezone.now(),
        initial={name: getattr(experiment, name) for name in ANSWER},
    )
    seen = request.POST.get("seen")
    if not form.is_valid():
        return show_answer(request, experiment, form, seen=seen)
    said = {name: form.cleaned_data[name] for name in ANSWER}
    now = timezone.now()
    try:
        answer(
            experiment=experiment,
            **said,
            look_back=form.look_back,
            by=request.user,
            at=now,
            seen=seen,
        )
    except AnsweredMeanwhileError:
        form.add_error(None, ANSWERED_MEANWHILE)
        kept = own_experiment(request.user, public_id)
        return show_answer(request, kept, form, is_answered_meanwhile=True)
    messages.success(request, "It is kept. You can say more, or put it otherwise, at any time.")
    return redirect(experiment)


def answer_sent(request: AuthenticatedRequest, experiment: Experiment) -> QueryDict | None:
    """With what another page kept below it, where its author keeps both."""
    if request.POST.get("choice") != KEEP_BOTH:
        return posted(request)
    sent = request.POST.copy()
    for name in ("happened", "learned"):
        typed = sent.get(name, "").replace("\r\n", "\n")
        saved = getattr(experiment, name)
        sent[name] = typed if saved.strip() in typed else f"{typed}\n\n{saved}"
    return sent


def show_answer(
    request: AuthenticatedRequest,
    experiment: Experiment,
    form: AnswerForm,
    *,
    seen: str | None = None,
    is_answered_meanwhile: bool = False,
) -> HttpResponse:
    """`seen`: a page that comes back with errors has seen no later answer meanwhile."""
    context = {
        "form": form,
        "experiment": experiment,
        "seen": last_answered(experiment) if seen is None else seen,
        "is_answered_meanwhile": is_answered_meanwhile,
    }
    return render(request, "reflections/experiment_answer.html", context)


def refuse_unreadable(request: AuthenticatedRequest, experiment: Experiment) -> HttpResponse:
    messages.error(
        request, "This can’t be changed while it can’t be read: what you wrote would be lost."
    )
    return redirect(experiment)


@show_or_act
def experiment_share(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Narrowing happens at once; widening asks first, naming those who could then read it."""
    experiment = own_experiment(request.user, public_id)
    now, others = timezone.now(), circles(experiment.cohort, request.user)
    form = AudienceForm(posted(request), circles=others, chosen=experiment.audience)
    if not form.is_valid():
        return render(
            request, "reflections/experiment_share.html", {"experiment": experiment, "form": form}
        )
    audience = form.cleaned_data["audience"]
    agreed = seal_of(audience, others.readers(audience))
    if audience.is_wider_than(experiment.audience) and request.POST.get("agreed") != agreed:
        context = {"experiment": experiment, **others.question(audience)}
        return render(request, "reflections/experiment_share_wider.html", context)
    share(experiment=experiment, audience=audience, by=request.user, at=now)
    messages.success(request, "Who can read it is as you chose.")
    return redirect(experiment)


@show_or_act
def experiment_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    experiment = own_experiment(request.user, public_id)
    if request.method == "POST":
        delete(experiment=experiment, by=request.user)
        messages.success(request, "It is deleted.")
        return redirect("reflections:reflection_list")
    return render(request, "reflections/experiment_delete.html", {"experiment": experiment})


@require_safe
def cohort_experiments(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """What others in the cohort try and let the person know. Who shares nothing is on no page."""
    cohort = own_cohort(request.user, public_id)
    experiments = Experiment.objects.shared_with(request.user, cohort)
    page = Paginator(experiments, PAGE).get_page(request.GET.get("page"))
    return render(request, "reflections/cohort_experiments.html", {"cohort": cohort, "page": page})
