"""A facilitator's to-do list, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts import deliverability
from cohorts.models import Cohort
from home.facilitator.workload import Workload
from outbox.models import Message
from outbox.rules import visibility_of
from reflections.models import Reflection, Reply
from surveys.disclosure import Detail, detail_of
from surveys.models import Survey
from ui import dates
from workshops.models import Attendance, Workshop
from workshops.register import marking

SOON = timedelta(days=14)
LATELY = timedelta(days=7)
REGISTERS_OF = timedelta(days=30)
FAILURES_OF = timedelta(days=14)
REFLECTIONS_OF = timedelta(days=60)
# Of each cohort; its page has the others.
MOST_NEEDS = 5


@dataclass(frozen=True)
class Need:
    """An item of the list: what to do, for which cohort, and the link to do it.

    `word` is a participant's own note.
    """

    words: str
    cohort: Cohort
    url: str
    act: str
    word: str = ""


@dataclass(frozen=True)
class CohortNeeds:
    """The most urgent items of one cohort, and how many others there are."""

    cohort: Cohort
    needs: list[Need]
    others: int


def by_cohort(needs: list[Need]) -> list[CohortNeeds]:
    """Group the items by cohort, in the order of each cohort's most urgent one."""
    groups: dict[int, list[Need]] = {}
    for need in needs:
        groups.setdefault(need.cohort.pk, []).append(need)
    return [
        CohortNeeds(group[0].cohort, group[:MOST_NEEDS], len(group[MOST_NEEDS:]))
        for group in groups.values()
    ]


def todo(workload: Workload) -> list[Need]:
    """Return the items, the most urgent first. Four queries."""
    return [
        *registers_with_gaps(workload),
        *without_place(workload),
        *overlapping(workload),
        *unreached_people(workload),
        *without_dates(workload),
        *apologies(workload),
        *empty_cohorts(workload),
        *unanswered_reflections(workload),
        *results_shown(workload),
    ]


def registers_with_gaps(workload: Workload) -> Iterator[Need]:
    for workshop in workload.dated:
        starts_at = workshop.starts_at or workload.moment
        if (
            marking.is_open(workshop, workload.moment)
            and starts_at > workload.moment - REGISTERS_OF
        ):
            gaps = sum(
                not workload.reply(workshop, one).mark for one in workload.expected(workshop)
            )
            if gaps:
                words = ngettext(
                    "%(count)d person is not marked at “%(title)s”",
                    "%(count)d people are not marked at “%(title)s”",
                    gaps,
                ) % {"count": gaps, "title": workshop.title}
                url = reverse("workshops:register", args=[workshop.public_id])
                yield Need(words, workshop.cohort, url, _("Take the register"))


def without_place(workload: Workload) -> Iterator[Need]:
    for workshop in workload.to_begin_within(SOON):
        if not workshop.venue and not workshop.joining_link:
            yield Need(
                _("“%(title)s” is %(in_days)s and has no venue or link")
                % {"title": workshop.title, "in_days": in_days(workshop, workload.moment)},
                workshop.cohort,
                reverse("workshops:workshop_move", args=[workshop.public_id]),
                _("Add a venue or link"),
            )


def overlapping(workload: Workload) -> Iterator[Need]:
    """Yield overlapping workshops that nobody has confirmed with a reason."""
    to_come = [one for one in workload.dated if one.ends_at and one.ends_at > workload.moment]
    for place, workshop in enumerate(to_come):
        for other in to_come[place + 1 :]:
            if other.starts_at and workshop.ends_at and other.starts_at >= workshop.ends_at:
                break
            if not workshop.override_reason and not other.override_reason:
                yield Need(
                    _("“%(title)s” overlaps “%(other)s” of %(cohort)s")
                    % {"title": other.title, "other": workshop.title, "cohort": workshop.cohort},
                    other.cohort,
                    reverse("workshops:workshop_move", args=[other.public_id]),
                    _("Move the workshop"),
                )


def unreached_people(workload: Workload) -> Iterator[Need]:
    """Yield people whose address is suppressed, then each other person's latest failed message.

    Leaves out kinds of message whose recipients are confidential.
    """
    by_number, lately = (
        {cohort.pk: cohort for cohort in workload.cohorts},
        workload.moment - FAILURES_OF,
    )
    listed = set[tuple[int, int | None]]()
    for one in deliverability.unreached(
        member for member in workload.participants if member.is_active
    ):
        listed.add((one.member.cohort_id, one.member.user_id))
        yield Need(
            _("E-mail to %(person)s bounces. %(reason)s")
            % {"person": one.member.user, "reason": one.bounced.plainly},
            by_number[one.member.cohort_id],
            reverse("cohorts:member_address", args=[one.member.public_id]),
            _("Fix the e-mail address"),
        )
    failed = (
        Message.objects.undelivered()
        .filter(Q(failed_at__gt=lately) | Q(bounced_at__gt=lately), group_id__in=by_number)
        .exclude(recipient=None)
        .select_related("recipient")
        .defer("text", "html", "calendar")
        .order_by("-due_at", "-pk")
    )
    for message in failed:
        if (
            not visibility_of(message.kind).shows_recipients
            or (message.group_id, message.recipient_id) in listed
        ):
            continue
        listed.add((message.group_id, message.recipient_id))
        words = (
            _("An e-mail to %(person)s bounced")
            if message.bounced_at
            else _("An e-mail to %(person)s failed")
        ) % {"person": message.recipient}
        url = reverse("home:message_detail", args=[message.public_id])
        yield Need(words, by_number[message.group_id], url, _("Find out why"))


def without_dates(workload: Workload) -> Iterator[Need]:
    for cohort in workload.cohorts:
        mine = [one for one in workload.of(cohort) if not one.is_cancelled]
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
            yield Need(words, cohort, url, _("Plan the dates"))


def apologies(workload: Workload) -> Iterator[Need]:
    """Yield recent apologies with their notes, the latest first."""
    people = {one.pk: one for one in workload.participants}
    workshops = {one.pk: one for one in workload.dated}
    lately = [
        one
        for one in workload.replies
        if one.answer == Attendance.Answer.APOLOGIES
        and one.answered_at
        and one.answered_at > workload.moment - LATELY
        and one.membership_id in people
        and one.workshop_id in workshops
    ]
    for one in sorted(lately, key=lambda one: one.answered_at or workload.moment, reverse=True):
        workshop = workshops[one.workshop_id]
        words = _("%(person)s can’t come to “%(title)s”") % {
            "person": people[one.membership_id].user,
            "title": workshop.title,
        }
        yield Need(
            words, workshop.cohort, workshop.get_absolute_url(), _("Who is coming"), one.word
        )


def empty_cohorts(workload: Workload) -> Iterator[Need]:
    for cohort in workload.cohorts:
        mine = [one for one in workload.of(cohort) if not one.is_cancelled]
        if not workload.active(cohort) and not all(one.took_place(workload.moment) for one in mine):
            url = reverse("cohorts:member_list", args=[cohort.public_id])
            yield Need(_("Nobody is taking part yet"), cohort, url, _("Add people"))
        if mine and not any(one.is_planned for one in mine):
            url = reverse("workshops:series_plan", args=[cohort.public_id])
            yield Need(_("No workshop has a date yet"), cohort, url, _("Plan the dates"))


def unanswered_reflections(workload: Workload) -> Iterator[Need]:
    """Yield reflections shared a week ago without a reply. Does not read their text."""
    others = Reply.objects.filter(reflection=OuterRef("pk")).exclude(author=OuterRef("author"))
    waiting = (
        Reflection.objects.readable_by(workload.user)
        .shared()
        .filter(
            ~Exists(others),
            cohort__in=workload.cohorts,
            shared_at__lte=workload.moment - LATELY,
            shared_at__gt=workload.moment - REFLECTIONS_OF,
        )
        .exclude(author=workload.user)
        .select_related("author")
        .defer("body")
        .order_by("shared_at")
    )
    by_number = {cohort.pk: cohort for cohort in workload.cohorts}
    for entry in waiting:
        words = _("%(person)s’s reflection has no reply yet") % {"person": entry.author}
        yield Need(
            words, by_number[entry.cohort_id], entry.get_absolute_url(), _("Read the reflection")
        )


def results_shown(workload: Workload) -> Iterator[Need]:
    """Yield surveys that closed recently, if their results may be shown."""
    held = {one.pk: one for one in workload.dated if one.took_place(workload.moment)}
    for survey in Survey.objects.filter(workshop__in=held).annotate(received=Count("responses")):
        workshop = survey.workshop = held[survey.workshop_id]
        closes_at = survey.closes_at
        if closes_at and workload.moment - LATELY < closes_at <= workload.moment:
            received = getattr(survey, "received", 0)
            if detail_of(received, is_closed=survey.is_closed(workload.moment)) >= Detail.FIGURES:
                words = _("The feedback on “%(title)s” is in") % {"title": workshop.title}
                url = reverse("surveys:survey_results", args=[workshop.public_id])
                yield Need(words, workshop.cohort, url, _("See the results"))


def in_days(workshop: Workshop, moment: datetime) -> str:
    zone = workshop.cohort.zone
    return dates.in_days(
        dates.day_of(workshop.starts_at or moment, zone), dates.day_of(moment, zone)
    )
