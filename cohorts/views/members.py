"""Views that list, add, edit, move and remove the members of a cohort."""

from collections import Counter
from datetime import datetime
from itertools import chain
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from accounts.search_text import fold_text
from cohorts import enrolment, needs
from cohorts.access import convened_cohort, convened_member, convenes_with, current_cohort
from cohorts.csv_writer import csv_download
from cohorts.deliverability import unreached
from cohorts.forms import MemberEditForm, MemberForm, MoveForm, NoticeForm, PeopleForm
from cohorts.keyset import keyset_slice
from cohorts.models import Cohort, Membership, Organisation, PeopleFile, Sector
from outbox.forecast import foresee, foresee_after
from ui import dates

MEMBERS_PER_PAGE = 50
# Browsers slow down with a longer datalist. Users type the names that are not in the list.
MAX_SUGGESTIONS = 1000


@require_safe
def member_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """List the cohort's members.

    Users who don't run the cohort see only the names and organisations of active members.
    """
    cohort = current_cohort(request.user, public_id)
    everybody = list(cohort.memberships.by_name())
    active = [member for member in everybody if member.is_active]
    participants = [member for member in active if not member.is_facilitator]
    convenes = convenes_with(active, request.user)
    form = PeopleForm(request.GET)
    if not convenes:
        form.fields["q"].label = _("Name or organisation")
    found = search_members(participants, form, addresses=convenes)
    context = {
        "cohort": cohort,
        "form": form,
        "words": form.words,
        "found": len(found),
        "participants": keyset_slice(found, request.GET, size=MEMBERS_PER_PAGE),
        "participant_count": len(participants),
        "facilitators": [member for member in active if member.is_facilitator],
        "sectors": _sectors(participants),
        "organisation_count": len({member.organisation_id for member in participants} - {None}),
        "over": max(0, len(participants) - cohort.capacity),
    }
    if not convenes:
        return render(request, "cohorts/member_list_for_members.html", context)
    left = [member for member in everybody if not member.is_active]
    left = search_members(left, form, addresses=True)
    context["left"] = left[:MEMBERS_PER_PAGE]
    context["left_count"] = len(left)
    context["needs"] = needs.count_needs(active)
    context["unreached"] = unreached(active)
    context["recent_imports"] = PeopleFile.objects.undoable(cohort, at=timezone.now())
    return render(request, "cohorts/member_list.html", context)


@require_safe
def member_export(request: AuthenticatedRequest, public_id: str) -> StreamingHttpResponse:
    """Download the participants that `member_list` lists, on all its pages."""
    cohort = convened_cohort(request.user, public_id)
    members = list(cohort.memberships.active().participating().by_name())
    heading = (
        *(_("Name"), _("E-mail address"), _("Organisation"), _("Sector")),
        *(_("Job title"), _("Joined")),
    )
    rows = (
        (
            *(member.user.name, member.user.email, member.organisation),
            member.organisation.get_sector_display() if member.organisation else "",
            *(member.job_title, dates.day_of(member.joined_at, cohort.zone).isoformat()),
        )
        for member in search_members(members, PeopleForm(request.GET), addresses=True)
    )
    return csv_download(chain([heading], rows), "participants.csv")


def search_members(
    members: list[Membership], form: PeopleForm, *, addresses: bool
) -> list[Membership]:
    """Return the members that have each word of the search, in the chosen order.

    `members` must be ordered by name. `addresses` says whether to search e-mail addresses, which
    participants don't see.
    """
    words = form.folded_words

    def text_of(member: Membership) -> str:
        texts = (member.user.name, member.organisation or "", member.user.email * addresses)
        return fold_text("\n".join(map(str, texts)))

    found = [member for member in members if all(word in text_of(member) for word in words)]
    if form.sort_by == PeopleForm.ORGANISATION:
        found.sort(
            key=lambda one: (
                one.organisation is None,
                one.organisation.name_key if one.organisation else "",
            )
        )
    return found


def _sectors(participants: list[Membership]) -> list[tuple[str, int]]:
    """Return each sector with its number of participants, without sectors that have none."""
    found = Counter(member.organisation.sector for member in participants if member.organisation)
    return [(sector, found[sector]) for sector in Sector.values if found[sector]]


@require_get_or_post
def member_add(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Add one person to a cohort."""
    cohort = convened_cohort(request.user, public_id)
    form = MemberForm(post_data(request))
    if form.is_valid():
        try:
            with transaction.atomic():
                member = enrolment.enrol(
                    cohort=cohort, by=request.user, at=timezone.now(), **_enrolment_arguments(form)
                )
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _added(member, cohort))
            return redirect("cohorts:member_list", cohort.public_id)
    context = {"cohort": cohort, "form": form, "organisations": organisation_names()}
    return render(request, "cohorts/member_add.html", context)


def _added(member: Membership, cohort: Cohort) -> str:
    """Return the message after a member was added, which says whether they get an invitation."""
    sentence = (
        _(
            "%(name)s has been added to %(cohort)s. We won’t send them an invitation, because the "
            "cohort is archived."
        )
        if cohort.is_archived
        else _(
            "%(name)s has been added to %(cohort)s. We’ll send their invitation in a few "
            "minutes, or when the first workshop has a date."
        )
    )
    return sentence % {"name": member.user, "cohort": cohort}


def _moved(member: Membership, cohort: Cohort) -> str:
    """Return the message after a member was moved, which says whether they get an invitation."""
    sentence = (
        _(
            "%(name)s has been moved to %(cohort)s. We’ll send their invitation in a few "
            "minutes, or when the first workshop has a date."
        )
        if member.user.email
        else _(
            "%(name)s has been moved to %(cohort)s. We can’t send them an invitation, because they "
            "have no e-mail address."
        )
    )
    return sentence % {"name": member.user, "cohort": cohort}


def _enrolment_arguments(form: MemberForm) -> dict[str, Any]:
    """Return the arguments for `enrol` or `amend`. Saves the organisation and its sector."""
    facts = dict(form.cleaned_data)
    organisation = enrolment.organisation_named(
        name=facts["organisation"], sector=facts.pop("sector")
    )
    return {**facts, "organisation": organisation}


def organisation_names() -> list[str]:
    return list(Organisation.objects.current().values_list("name", flat=True)[:MAX_SUGGESTIONS])


@require_get_or_post
def member_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Edit a member, or show a page without a form if the member has left."""
    member = convened_member(request.user, public_id)
    if not member.is_active:
        return render(
            request, "cohorts/member_edit_left.html", {"member": member, "cohort": member.cohort}
        )
    form = MemberEditForm(post_data(request), membership=member, by=request.user)
    if form.is_valid():
        try:
            with transaction.atomic():
                enrolment.amend(
                    membership=member,
                    by=request.user,
                    at=timezone.now(),
                    **_enrolment_arguments(form),
                )
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("Changes to %(name)s saved.") % {"name": member.user})
            return redirect("cohorts:member_list", member.cohort.public_id)
    # Reload the member, because the heading must show the saved name, not the submitted one.
    member = convened_member(request.user, public_id)
    context = {
        "member": member,
        "cohort": member.cohort,
        "form": form,
        "organisations": organisation_names(),
        "unreached": unreached([member]),
    }
    return render(request, "cohorts/member_edit.html", context)


@require_get_or_post
def member_move(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Move a member to another cohort that the user runs."""
    member = convened_member(request.user, public_id)
    if not member.is_active:
        return redirect(member)
    form = MoveForm(post_data(request), membership=member, by=request.user)
    if form.is_valid():
        to = form.cleaned_data["to"]
        try:
            enrolment.move(membership=member, to=to, by=request.user, at=timezone.now())
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _moved(member, to))
            return redirect("cohorts:member_list", to.public_id)
    context = {
        "member": member,
        "cohort": member.cohort,
        "form": form,
        "is_notified": _would_be_notified(member, request.user, timezone.now()),
    }
    return render(request, "cohorts/member_move.html", context)


@require_get_or_post
def member_leave(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Explain what removing a member does; on POST, remove the member.

    If the member has had a calendar entry, the user chooses whether they get an e-mail about it.
    """
    member = convened_member(request.user, public_id)
    if not member.is_active:
        return redirect(member)
    problem, now = "", timezone.now()
    form = None
    if _would_be_notified(member, request.user, now):
        form = NoticeForm(post_data(request))
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            enrolment.leave(
                membership=member,
                by=request.user,
                at=now,
                silently=form is not None and not form.notify,
            )
        except ValidationError as error:
            problem = error.messages[0]
        else:
            return _redirect_after_removal(request, member)
    context = {
        "member": member,
        "cohort": member.cohort,
        "problem": problem,
        "form": form,
        "lacks_address": not member.user.email,
    }
    return render(request, "cohorts/member_leave.html", context)


def _redirect_after_removal(request: AuthenticatedRequest, member: Membership) -> HttpResponse:
    words = _("%(name)s has been removed from %(cohort)s.")
    messages.success(request, words % {"name": member.user, "cohort": member.cohort})
    if member.user_id == request.user.pk and not request.user.is_administrator:
        return redirect("home:today")
    return redirect("cohorts:member_list", member.cohort.public_id)


def _would_be_notified(member: Membership, by: User, moment: datetime) -> bool:
    """Return whether the member would get an e-mail if they were removed now.

    Removes the member, evaluates the message rules, and rolls back.
    """

    def remove() -> None:
        member_now = Membership.objects.get(pk=member.pk)
        member_now.leave(by=by, at=moment)

    foreseen = foresee_after(remove, member.cohort_id, moment, moment)
    already = foresee(member.cohort_id, moment, moment)
    return any(one.recipient == member.user_id for one in set(foreseen) - set(already))
