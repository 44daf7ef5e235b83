"""The to-do list on a facilitator's dashboard, with the most urgent items first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse, reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cohorts.models import Cohort
from home.facilitator.sets_todo import set_items
from home.facilitator.todo_item import TodoItem
from home.facilitator.workload import COHORT_PARAMS, Workload, cohort_params
from outbox.compiled_query import MOMENT, BindParam, CompiledSelect
from outbox.models import Message, SuppressedAddress
from outbox.rules import visibility_of
from reflections.models import Reflection, Reply
from surveys.disclosure import Detail, detail_of
from surveys.models import Survey
from surveys.small_cohorts import is_small
from ui import dates
from workshops.models import Attendance, Workshop
from workshops.register import marking

# A workshop that starts within this time should have a venue or a link.
SOON = timedelta(days=14)
# Apologies and survey results are listed while they are newer than this, and shared reflections
# without a reply once they are older than this.
RECENT = timedelta(days=7)
# Registers, undelivered messages and shared reflections older than these limits are not listed.
MAX_REGISTER_AGE = timedelta(days=30)
MAX_FAILURE_AGE = timedelta(days=14)
MAX_REFLECTION_AGE = timedelta(days=60)
# At most this many items of a cohort are listed; the page only counts the others.
MAX_ITEMS_PER_COHORT = 5
READER: Any = BindParam("user")
# Compiled once in each process, because building these queries takes longer than running them.
UNDELIVERED = CompiledSelect(
    Message.objects.undelivered()
    .filter(
        Q(failed_at__gt=MOMENT - MAX_FAILURE_AGE) | Q(bounced_at__gt=MOMENT - MAX_FAILURE_AGE),
        group_id__in=COHORT_PARAMS,
    )
    .exclude(recipient=None)
    .order_by("-due_at", "-pk")
    .values_list(
        "public_id",
        "kind",
        "group_id",
        "recipient",
        "recipient__name",
        "recipient__email",
        "bounced_at",
    ),
    prepare=True,
)
SURVEYS = CompiledSelect(
    Survey.objects.filter(workshop__cohort__pk__in=COHORT_PARAMS)
    .annotate(received=Count("responses"))
    .values_list("workshop", "closing_at", "received"),
    prepare=True,
)
# A row of SURVEYS: the workshop's pk, when the survey closes, and the number of responses.
SurveyRow = tuple[Any, ...]
# Shared reflections without a reply by anybody but their author.
UNANSWERED = CompiledSelect(
    Reflection.objects.readable_by(READER)
    .shared()
    .filter(
        ~Exists(Reply.objects.filter(reflection=OuterRef("pk")).exclude(author=OuterRef("author"))),
        cohort__pk__in=COHORT_PARAMS,
        shared_at__lte=MOMENT - RECENT,
        shared_at__gt=MOMENT - MAX_REFLECTION_AGE,
    )
    .exclude(author=READER)
    .order_by("shared_at")
    .values_list("public_id", "cohort", "author__name", "author__email"),
    prepare=True,
)


@dataclass(frozen=True)
class CohortTodo:
    """The most urgent items of one cohort, and the number of its other items."""

    cohort: Cohort
    items: list[TodoItem]
    others: int


def group_by_cohort(items: list[TodoItem]) -> list[CohortTodo]:
    """Return the items grouped by cohort, the cohort with the most urgent item first.

    `items` must be sorted by urgency.
    """
    groups: dict[int, list[TodoItem]] = {}
    for item in items:
        groups.setdefault(item.cohort.pk, []).append(item)
    return [
        CohortTodo(group[0].cohort, group[:MAX_ITEMS_PER_COHORT], len(group[MAX_ITEMS_PER_COHORT:]))
        for group in groups.values()
    ]


def todo_items(workload: Workload) -> list[TodoItem]:
    """Return the items of all cohorts, the most urgent first. Makes at most four queries."""
    surveys = list(SURVEYS(**cohort_params(one.pk for one in workload.cohorts)))
    return [
        *registers_with_gaps(workload),
        *workshops_without_place(workload),
        *overlapping_workshops(workload),
        *unreached_people(workload),
        *undated_workshops(workload),
        *recent_apologies(workload),
        *empty_cohorts(workload),
        *set_items(workload),
        *unanswered_reflections(workload),
        *waiting_partnerships(workload),
        *small_cohorts(workload, surveys),
        *new_survey_results(workload, surveys),
    ]


def registers_with_gaps(workload: Workload) -> Iterator[TodoItem]:
    """Yield an item for each open register on which somebody expected is not marked."""
    for workshop in workload.dated:
        starts_at = workshop.starts_at or workload.moment
        if (
            marking.is_open(workshop, workload.moment)
            and starts_at > workload.moment - MAX_REGISTER_AGE
        ):
            gaps = sum(
                not workload.entry(workshop, one).mark for one in workload.expected_at(workshop)
            )
            if gaps:
                words = ngettext(
                    "%(count)d person is not marked at “%(title)s”",
                    "%(count)d people are not marked at “%(title)s”",
                    gaps,
                ) % {"count": gaps, "title": workshop.title}
                url = reverse("workshops:register", args=[workshop.public_id])
                yield TodoItem(words, workshop.cohort, url, _("Take the register"))


def workshops_without_place(workload: Workload) -> Iterator[TodoItem]:
    for workshop in workload.to_begin_within(SOON):
        if not workshop.venue and not workshop.joining_link:
            yield TodoItem(
                _("“%(title)s” is %(in_days)s and has no venue or link")
                % {"title": workshop.title, "in_days": in_days(workshop, workload.moment)},
                workshop.cohort,
                reverse("workshops:workshop_move", args=[workshop.public_id]),
                _("Add a venue or link"),
            )


def overlapping_workshops(workload: Workload) -> Iterator[TodoItem]:
    """Yield an item for each pair of overlapping workshops that are not over yet.

    The two can be of different cohorts. Leaves out pairs in which either workshop was confirmed
    despite a clash, with an `override_reason`.
    """
    to_come = [one for one in workload.dated if one.ends_at and one.ends_at > workload.moment]
    for place, workshop in enumerate(to_come):
        for other in to_come[place + 1 :]:
            if other.starts_at and workshop.ends_at and other.starts_at >= workshop.ends_at:
                break
            if not workshop.override_reason and not other.override_reason:
                yield TodoItem(
                    format_lazy(
                        gettext_lazy("“{title}” overlaps “{other}” of {cohort}"),
                        title=other.title,
                        other=workshop.title,
                        cohort=workshop.cohort,
                    ),
                    other.cohort,
                    reverse_lazy("workshops:workshop_move", args=[other.public_id]),
                    gettext_lazy("Move the workshop"),
                )


def unreached_people(workload: Workload) -> Iterator[TodoItem]:
    """Yield an item for each person whom e-mail does not reach.

    First come the participants with a suppressed address. Then come other people to whom an e-mail
    failed or bounced in the last MAX_FAILURE_AGE, with a link to the latest such e-mail. Leaves out
    kinds of message that hide their recipients. Makes at most two queries.
    """
    by_pk = {cohort.pk: cohort for cohort in workload.cohorts}
    listed = set[tuple[int, int | None]]()
    unreached = [one for one in workload.participants if one.is_active and one.is_suppressed]
    suppressed = SuppressedAddress.objects.in_bulk(
        {one.email for one in unreached}, field_name="address"
    )
    for one in unreached:
        listed.add((one.cohort_id, one.user_id))
        yield TodoItem(
            _("E-mail to %(person)s bounces. %(reason)s")
            % {"person": one, "reason": suppressed[one.email].plainly},
            by_pk[one.cohort_id],
            reverse("cohorts:member_address", args=[one.public_id]),
            _("Fix the e-mail address"),
        )
    for public_id, kind, cohort, recipient, name, email, bounced_at in UNDELIVERED(
        moment=workload.moment, **cohort_params(by_pk)
    ):
        if not visibility_of(kind).shows_recipients or (cohort, recipient) in listed:
            continue
        listed.add((cohort, recipient))
        words = (
            _("An e-mail to %(person)s bounced")
            if bounced_at
            else _("An e-mail to %(person)s failed")
        ) % {"person": name or email}
        url = reverse("home:message_detail", args=[public_id])
        yield TodoItem(words, by_pk[cohort], url, _("Find out why"))


def undated_workshops(workload: Workload) -> Iterator[TodoItem]:
    """Yield an item for each cohort in which some workshops have a date and others have none."""
    for cohort in workload.cohorts:
        mine = [one for one in workload.workshops_of(cohort) if not one.is_cancelled]
        undated = [one for one in mine if not one.is_planned]
        if undated and len(undated) < len(mine):
            count = len(undated)
            words = (
                _("“%(title)s” has no date") % {"title": undated[0].title}
                if count == 1
                else ngettext(
                    "%(count)d workshop has no date", "%(count)d workshops have no date", count
                )
                % {"count": count}
            )
            url = reverse("workshops:series_plan", args=[cohort.public_id])
            yield TodoItem(words, cohort, url, _("Plan the dates"))


def recent_apologies(workload: Workload) -> Iterator[TodoItem]:
    """Yield an item for each apology of the last seven days, the latest first."""
    people = {one.pk: one for one in workload.participants}
    workshops = {one.pk: one for one in workload.dated}
    lately = [
        one
        for one in workload.entries
        if one.answer == Attendance.Answer.APOLOGIES
        and one.answered_at
        and one.answered_at > workload.moment - RECENT
        and one.membership_id in people
        and one.workshop_id in workshops
    ]
    for one in sorted(lately, key=lambda one: one.answered_at or workload.moment, reverse=True):
        workshop = workshops[one.workshop_id]
        words = _("%(person)s can’t come to “%(title)s”") % {
            "person": people[one.membership_id],
            "title": workshop.title,
        }
        yield TodoItem(
            words, workshop.cohort, workshop.get_absolute_url(), _("Who is coming"), one.note
        )


def empty_cohorts(workload: Workload) -> Iterator[TodoItem]:
    """Yield an item for each cohort without participants, and for each without workshop dates.

    Former participants do not count. A cohort whose workshops have all taken place is not listed
    for having no participants.
    """
    for cohort in workload.cohorts:
        mine = [one for one in workload.workshops_of(cohort) if not one.is_cancelled]
        if not workload.active_participants(cohort) and not all(
            one.took_place(workload.moment) for one in mine
        ):
            url = reverse("cohorts:member_list", args=[cohort.public_id])
            yield TodoItem(_("Nobody is taking part yet"), cohort, url, _("Add people"))
        if mine and not any(one.is_planned for one in mine):
            url = reverse("workshops:series_plan", args=[cohort.public_id])
            yield TodoItem(_("No workshop has a date yet"), cohort, url, _("Plan the dates"))


def unanswered_reflections(workload: Workload) -> Iterator[TodoItem]:
    """Yield an item for each reflection that was shared over a week ago and has no reply.

    A reply by the reflection's author doesn't count. Includes only reflections that the facilitator
    can read. Makes one query, which does not load the text of the reflections.
    """
    by_pk = {cohort.pk: cohort for cohort in workload.cohorts}
    for public_id, cohort, name, email in UNANSWERED(
        user=workload.user.pk, moment=workload.moment, **cohort_params(by_pk)
    ):
        yield TodoItem(
            format_lazy(
                gettext_lazy("{person}’s reflection has no reply yet"), person=name or email
            ),
            by_pk[cohort],
            reverse_lazy("reflections:reflection_detail", args=[public_id]),
            gettext_lazy("Read the reflection"),
        )


def waiting_partnerships(workload: Workload) -> Iterator[TodoItem]:
    """Yield an item for each cohort with partnerships that need a facilitator's attention."""
    for cohort in workload.cohorts:
        if any(one.has_waiting_work for one in workload.active_participants(cohort)):
            words = _("Nobody has agreed to something that was started, or said how it goes")
            url = reverse("partnerships:partnership_list", args=[cohort.public_id])
            yield TodoItem(words, cohort, url, _("See what was started"))


def small_cohorts(workload: Workload, surveys: list[SurveyRow]) -> Iterator[TodoItem]:
    """Yield an item for each cohort too small for exact results whose first workshop is near.

    Leaves out cohorts that are set to survey every second workshop, and cohorts in which a survey
    was sent. `surveys` are the rows of SURVEYS.
    """
    asked = {workshop for workshop, _closing_at, _received in surveys}
    first = {one.cohort_id: one for one in reversed(workload.dated)}
    near = {one.cohort_id for one in workload.to_begin_within(SOON) if first[one.cohort_id] == one}
    for cohort in workload.cohorts:
        people = len(workload.active_participants(cohort))
        if cohort.pk not in near or not is_small(people) or cohort.surveys_every != 1:
            continue
        if not any(one.pk in asked for one in workload.workshops_of(cohort)):
            words = ngettext(
                "%(count)d person takes part: exact feedback results need eight answers",
                "%(count)d people take part: exact feedback results need eight answers",
                people,
            ) % {"count": people}
            url = reverse("surveys:cohort_feedback", args=[cohort.public_id])
            yield TodoItem(words, cohort, f"{url}#how-often", _("Choose how often to ask"))


def new_survey_results(workload: Workload, surveys: list[SurveyRow]) -> Iterator[TodoItem]:
    """Yield an item for each survey that closed in the last seven days and may show its results.

    `surveys` are the rows of SURVEYS.
    """
    held = {one.pk: one for one in workload.dated if one.took_place(workload.moment)}
    for pk, closing_at, received in surveys:
        if pk not in held:
            continue
        workshop = held[pk]
        survey = Survey(workshop=workshop, closing_at=closing_at)
        closes_at = survey.closes_at
        is_recent = closes_at and workload.moment - RECENT < closes_at <= workload.moment
        detail = detail_of(received, is_closed=survey.is_closed(workload.moment))
        if is_recent and detail >= Detail.ROUNDED_MEAN:
            words = _("The feedback on “%(title)s” is in") % {"title": workshop.title}
            url = reverse("surveys:survey_results", args=[workshop.public_id])
            yield TodoItem(words, workshop.cohort, url, _("See the results"))


def in_days(workshop: Workshop, moment: datetime) -> str:
    zone = workshop.cohort.zone
    return dates.in_days(
        dates.day_of(workshop.starts_at or moment, zone), dates.day_of(moment, zone)
    )
