"""Views of an uploaded list of people: upload, preview, correction, import and undo."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.access import convened_cohort, convened_people_file
from cohorts.csv_writer import csv_rows
from cohorts.forms import NoticeForm, ReadingForm, RowForm, UploadForm
from cohorts.import_undo import plan_undo, undo_import
from cohorts.models import Membership, PeopleFile
from cohorts.people_import import Plan, RowResult, import_people, plan_people
from cohorts.row_correction import correct_row, correctable_row
from cohorts.views.members import organisation_names

ROWS_PER_PAGE = 100


@require_get_or_post
def people_file_upload(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Upload or paste a list of people. Adds nobody to the cohort yet."""
    cohort = convened_cohort(request.user, public_id)
    form = UploadForm(post_data(request), request.FILES or None)
    if form.is_valid():
        people_file = PeopleFile.objects.upload(
            cohort=cohort,
            filename=form.filename,
            table=form.table,
            by=request.user,
            at=timezone.now(),
        )
        return redirect(people_file)
    return render(request, "cohorts/people_file_upload.html", {"cohort": cohort, "form": form})


@require_get_or_post
def people_file_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Preview the import of a list; on POST, save the chosen columns, sectors and encoding.

    After the import, show its result instead.
    """
    people_file = convened_people_file(request.user, public_id)
    if people_file.is_confirmed:
        return render(request, "cohorts/people_file_detail_done.html", _result_context(people_file))
    plan = plan_people(people_file)
    form = ReadingForm(post_data(request), people_file=people_file, plan=plan)
    if form.is_valid():
        form.save(people_file)
        messages.success(request, _("Columns saved. Check the rows."))
        return redirect(people_file)
    return render(
        request,
        "cohorts/people_file_detail.html",
        _preview_context(request, people_file, plan, form),
    )


def _result_context(people_file: PeopleFile) -> dict[str, object]:
    counts = {RowResult(result): count for result, count in people_file.outcome.items()}
    return {
        "people_file": people_file,
        "cohort": people_file.cohort,
        "counts": counts,
        "brought_in": sum(count for result, count in counts.items() if result.adds_member),
        "wrong": counts.get(RowResult.WRONG, 0),
        "can_be_undone": people_file.can_be_undone(timezone.now()),
    }


def _preview_context(
    request: AuthenticatedRequest, people_file: PeopleFile, plan: Plan, form: ReadingForm
) -> dict[str, object]:
    counts = plan.counts
    shown = next((result for result in counts if result == request.GET.get("show")), None)
    # Rows with errors first, because they need attention.
    rows = (
        plan.of(shown)
        if shown
        else sorted(plan.rows, key=lambda planned: planned.result is not RowResult.WRONG)
    )
    cohort, coming = people_file.cohort, len(plan.coming)
    participants = Membership.objects.filter(cohort=cohort).active().participating().count()
    return {
        "people_file": people_file,
        "cohort": cohort,
        "form": form,
        "counts": counts,
        "shown": shown,
        "total": len(plan.rows),
        "coming": coming,
        "wrong": counts.get(RowResult.WRONG, 0),
        "over": max(0, participants + coming - cohort.capacity) if coming else 0,
        "rows": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "table": form.table,
    }


@require_get_or_post
def people_file_row(request: AuthenticatedRequest, public_id: str, number: int) -> HttpResponse:
    """Correct one row of a list before the import."""
    people_file = convened_people_file(request.user, public_id)
    if people_file.is_confirmed:
        return redirect(people_file)
    planned = correctable_row(people_file, number)
    if planned is None:
        raise Http404
    form = RowForm(post_data(request), planned=planned)
    if form.is_valid():
        try:
            correct_row(people_file, number, form.cleaned_data)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("Row %(number)d saved.") % {"number": number})
            return redirect(f"{people_file.get_absolute_url()}#rows")
    context = {
        "people_file": people_file,
        "cohort": people_file.cohort,
        "planned": planned,
        "form": form,
        "organisations": organisation_names(),
    }
    return render(request, "cohorts/people_file_row.html", context)


@require_POST
def people_file_confirm(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Import the rows without errors. Submitting again changes nothing."""
    people_file = convened_people_file(request.user, public_id)
    return redirect(import_people(people_file, by=request.user, at=timezone.now()))


@require_get_or_post
def people_file_undo(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show what undoing an import does, and who stays; on POST, undo the import."""
    people_file = convened_people_file(request.user, public_id)
    now = timezone.now()
    if not people_file.can_be_undone(now):
        return redirect(people_file)
    plan = plan_undo(people_file)
    form = NoticeForm(post_data(request)) if plan.invited else None
    if request.method == "POST" and (form is None or form.is_valid()):
        done = undo_import(
            people_file, notify=form.notify if form else False, by=request.user, at=now
        )
        count = len(done.removed)
        messages.success(
            request,
            ngettext("%(count)d person removed.", "%(count)d people removed.", count)
            % {"count": count},
        )
        return redirect("cohorts:member_list", people_file.cohort.public_id)
    context = {
        "people_file": people_file,
        "cohort": people_file.cohort,
        "plan": plan,
        "form": form,
    }
    return render(request, "cohorts/people_file_undo.html", context)


@require_POST
def people_file_discard(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Delete the list without importing anybody."""
    people_file = convened_people_file(request.user, public_id)
    people_file.delete()
    messages.info(request, _("%(filename)s deleted.") % {"filename": people_file.filename})
    return redirect("cohorts:member_list", people_file.cohort.public_id)


@require_safe
def people_file_wrong(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Download the rows with errors, each with its number and errors, to correct and upload."""
    people_file = convened_people_file(request.user, public_id)
    wrong = {
        planned.row.number: planned for planned in plan_people(people_file).of(RowResult.WRONG)
    }
    table = people_file.table
    rows = [
        (*row.cells, row.number, " ".join(wrong[row.number].remarks))
        for row in table.rows
        if row.number in wrong
    ]
    heading = (*table.headings, _("Row in your list"), _("Error"))
    return HttpResponse(
        "".join(csv_rows([heading, *rows])),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="rows-with-errors.csv"'},
    )
