"""Pages about experiments. Administrators get no extra access to them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.public_id import new_public_id
from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from reflections.access import own_cohort, own_experiment, readable_experiment
from reflections.audience.readers import (
    name_list,
    possible_readers,
    possible_readers_of,
    readers_of,
)
from reflections.context import Place, latest_workshop, own_cohorts, place_of
from reflections.experiments.actions import (
    answer,
    answer_token,
    change,
    delete,
    share,
    start,
)
from reflections.experiments.follow_ups import is_due, look_back_of
from reflections.forms.experiments import AnswerForm, ExperimentChangeForm, ExperimentForm
from reflections.forms.reflections import AudienceForm
from reflections.models import Experiment
from ui.version_token import StaleError

PAGE = 30
KEEP_BOTH = "both"
ANSWER = ("outcome", "happened", "learned")
ANSWERED_ELSEWHERE = gettext_lazy(
    "You have answered this on another page. What you typed here is not saved yet: choose below."
)


@require_get_or_post
@sensitive_post_parameters("words")
def experiment_create(request: AuthenticatedRequest) -> HttpResponse:
    """Show the form for a new experiment; on POST, save the experiment.

    If the user is in several cohorts, shows a choice of cohort first.
    """
    cohorts = own_cohorts(request.user)
    if not cohorts:
        return render(request, "reflections/reflection_create_nowhere.html", status=403)
    place = place_of(request.user, request.POST if request.method == "POST" else request.GET)
    if place is None and len(cohorts) > 1:
        return render(request, "reflections/experiment_create_where.html", {"cohorts": cohorts})
    return start_in(request, place or Place(cohorts[0]))


def start_in(request: AuthenticatedRequest, place: Place) -> HttpResponse:
    moment = timezone.now()
    form = ExperimentForm(
        post_data(request),
        cohort=place.cohort,
        moment=moment,
        possible_readers=possible_readers(place.cohort, request.user),
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
    messages.success(request, _("Saved."))
    if audience.is_wider_than(experiment.audience):
        context = {"experiment": experiment, **form.possible_readers.confirmation(audience)}
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
        "readers_named": name_list(readers),
    }
    return render(request, "reflections/experiment_detail.html", context)


@require_get_or_post
@sensitive_post_parameters("words")
def experiment_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    experiment = own_experiment(request.user, public_id)
    if experiment.is_unreadable:
        return refuse_unreadable(request, experiment)
    form = ExperimentChangeForm(
        post_data(request),
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
    messages.success(request, _("Saved. The same people can read it as before."))
    return redirect(experiment)


@require_get_or_post
@sensitive_post_parameters("happened", "learned")
def experiment_answer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the form about how the experiment went; on POST, save the answer.

    The follow-up e-mail links to this page.
    """
    experiment = own_experiment(request.user, public_id)
    if experiment.is_unreadable:
        return refuse_unreadable(request, experiment)
    form = AnswerForm(
        submitted_answer(request, experiment),
        cohort=experiment.cohort,
        moment=timezone.now(),
        initial={name: getattr(experiment, name) for name in ANSWER},
    )
    seen = request.POST.get("seen")
    if not form.is_valid():
        return show_answer(request, experiment, form, seen=seen)
    answers = {name: form.cleaned_data[name] for name in ANSWER}
    now = timezone.now()
    try:
        answer(
            experiment=experiment,
            **answers,
            look_back=form.look_back,
            by=request.user,
            at=now,
            seen=seen,
        )
    except StaleError:
        form.add_error(None, ANSWERED_ELSEWHERE)
        current = own_experiment(request.user, public_id)
        return show_answer(request, current, form, is_stale=True)
    messages.success(request, _("Saved. You can change your answer at any time."))
    return redirect(experiment)


def submitted_answer(request: AuthenticatedRequest, experiment: Experiment) -> QueryDict | None:
    """Return the form data, or None if the request is not a POST.

    If the author chose to save both answers, the saved text is appended to the text that they
    typed on this page.
    """
    if request.POST.get("choice") != KEEP_BOTH:
        return post_data(request)
    data = request.POST.copy()
    for name in ("happened", "learned"):
        typed = data.get(name, "").replace("\r\n", "\n")
        saved = getattr(experiment, name)
        data[name] = typed if saved.strip() in typed else f"{typed}\n\n{saved}"
    return data


def show_answer(
    request: AuthenticatedRequest,
    experiment: Experiment,
    form: AnswerForm,
    *,
    seen: str | None = None,
    is_stale: bool = False,
) -> HttpResponse:
    """Show the form about how the experiment went.

    `seen` is the version token that was submitted with the form, if any. If the answer has been
    changed since (`is_stale`), the page shows the saved answer beside the form, with a new token.
    """
    context = {
        "form": form,
        "experiment": experiment,
        "seen": answer_token(experiment) if seen is None else seen,
        "is_stale": is_stale,
    }
    return render(request, "reflections/experiment_answer.html", context)


def refuse_unreadable(request: AuthenticatedRequest, experiment: Experiment) -> HttpResponse:
    messages.error(
        request,
        _("This can’t be changed while it can’t be read, because what you wrote would be lost."),
    )
    return redirect(experiment)


@require_get_or_post
def experiment_share(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the form for the experiment's audience; on POST, change the audience.

    A wider audience must be confirmed on another page, which names its readers.
    """
    experiment = own_experiment(request.user, public_id)
    others = possible_readers_of(experiment, request.user)
    form = AudienceForm(post_data(request), possible_readers=others, chosen=experiment.audience)
    if not form.is_valid():
        return render(
            request, "reflections/experiment_share.html", {"experiment": experiment, "form": form}
        )
    audience = form.cleaned_data["audience"]
    is_confirmed = request.POST.get("agreed") == others.token(audience)
    if audience.is_wider_than(experiment.audience) and not is_confirmed:
        context = {"experiment": experiment, **others.confirmation(audience)}
        return render(request, "reflections/experiment_share_wider.html", context)
    share(experiment=experiment, audience=audience, by=request.user, at=timezone.now())
    messages.success(request, _("Saved. The people you chose can read it now."))
    return redirect(experiment)


@require_get_or_post
def experiment_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    experiment = own_experiment(request.user, public_id)
    if request.method == "POST":
        delete(experiment=experiment, by=request.user)
        messages.success(request, _("Deleted."))
        return redirect("reflections:reflection_list")
    return render(request, "reflections/experiment_delete.html", {"experiment": experiment})


@require_safe
def cohort_experiments(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """List the experiments that others in the cohort share with the user.

    Members who share no experiments are not on the page.
    """
    cohort = own_cohort(request.user, public_id)
    experiments = Experiment.objects.shared_with(request.user, cohort).order_by("-shared_at", "-pk")
    page = Paginator(experiments, PAGE).get_page(request.GET.get("page"))
    return render(request, "reflections/cohort_experiments.html", {"cohort": cohort, "page": page})
