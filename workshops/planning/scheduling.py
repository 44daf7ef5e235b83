"""The creation of a cohort from its programme, and the dates and content of its workshops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.enrolment import enrol
from cohorts.models import Cohort, CohortMessageTemplate, Country, Membership
from programmes.models import Programme
from ui import dates
from ui.version_token import check_version
from workshops.changes.change_log import sequence_token
from workshops.models import Change, Workshop
from workshops.times import Arrangement, Slot


@dataclass(frozen=True)
class NewFacilitator:
    """A facilitator to enrol, who may not have an account yet."""

    email: str
    name: str


@transaction.atomic
def create_cohort(
    *,
    programme: Programme,
    name: str,
    place: str,
    time_zone: str,
    capacity: int,
    facilitators: Sequence[User],
    new_facilitators: Sequence[NewFacilitator] = (),
    country: str = Country.ENGLAND_AND_WALES,
    funder: str = "",
    funder_reference: str = "",
    by: User,
    at: datetime,
) -> Cohort:
    """Create a cohort and enrol its facilitators.

    The programme's workshop plans, message templates, survey settings and features are copied, so
    that later changes to the programme do not affect the cohort.
    """
    cohort = Cohort.objects.create(
        programme=programme,
        name=name,
        place=place,
        time_zone=time_zone,
        country=country,
        capacity=capacity,
        funder=funder,
        funder_reference=funder_reference,
        made_at=at,
        made_by=by,
        **programme.feedback_settings(),
        **programme.features(),
    )
    Workshop.objects.bulk_create(
        Workshop(cohort=cohort, **plan.content()) for plan in programme.plans.order_by("position")
    )
    CohortMessageTemplate.objects.bulk_create(
        CohortMessageTemplate(cohort=cohort, **template.content())
        for template in programme.message_templates.all()
    )
    people = dict.fromkeys(
        [*(NewFacilitator(user.email, user.name) for user in facilitators), *new_facilitators]
    )
    for person in people:
        enrol(
            cohort=cohort,
            email=person.email,
            name=person.name,
            role=Membership.Role.FACILITATOR,
            by=by,
            at=at,
        )
    for path in settings.ON_FEATURES_CHANGED:
        import_string(path)(cohort, at=at)
    return cohort


def clash(position: int, slot: Slot, others: Mapping[int, Slot], zone: ZoneInfo) -> str:
    """Return an error if the slot of the workshop at `position` clashes with another, or "".

    Workshops clash if they overlap, or if they are not in the order of their positions. `others`
    maps the positions of workshops to their slots.
    """
    for other_position, other in sorted(others.items()):
        facts = {
            "position": other_position,
            "when": dates.half_day(other.starts_at, other.ends_at, zone),
        }
        if other_position < position and other.ends_at > slot.starts_at:
            return (
                _("Choose a later time. Workshop %(position)d is not over by then (%(when)s).")
                % facts
            )
        if other_position > position and other.starts_at < slot.ends_at:
            return (
                _("Choose an earlier time. Workshop %(position)d starts before this (%(when)s).")
                % facts
            )
    return ""


def other_slots(workshop: Workshop) -> dict[int, Slot]:
    """Return a dict that maps positions to the slots of the cohort's other workshops.

    Cancelled workshops are left out.
    """
    others = Workshop.objects.on().filter(cohort=workshop.cohort_id).exclude(pk=workshop.pk)
    return {other.position: other.slot for other in others if other.slot}


@transaction.atomic
def update_content(
    *, workshop: Workshop, content: Mapping[str, object], by: User | None, at: datetime
) -> None:
    """Save a workshop's content. The programme's plan from which it was copied is unchanged.

    A new title of a workshop with a date is recorded as a change, which calendars show. Locks the
    workshop's row.
    """
    workshop.lock_for_update()
    title = Workshop.objects.values_list("title", flat=True).get(pk=workshop.pk)
    for name, value in content.items():
        setattr(workshop, name, value)
    saved = list(content)
    if workshop.title != title and workshop.is_planned and not workshop.is_cancelled:
        Change.before(workshop, kind=Change.Kind.RENAMED, by=by, at=at, reason="").save()
        workshop.sequence += 1
        saved.append("sequence")
    workshop.save(update_fields=saved)


@transaction.atomic
def schedule_series(
    *,
    cohort: Cohort,
    arrangements: Mapping[int, Arrangement],
    override_reasons: Mapping[int, str] | None = None,
    by: User | None = None,
    at: datetime,
    seen: str | None = None,
) -> None:
    """Set the times, places and override reasons of a cohort's workshops, all or none.

    The keys of both mappings are positions; workshops without an arrangement are unchanged. Locks
    the rows of the cohort's workshops.

    `seen` is the `sequence_token` of the page on which the arrangements were entered; None skips
    the check. Raises StaleError if the workshops have changed since, unless they already are as
    requested.
    """
    workshops = list(cohort.workshops.select_for_update().order_by("position"))
    reasons = override_reasons or {}
    changed = [
        one
        for one in workshops
        if one.position in arrangements
        and (one.arrangement, one.override_reason)
        != (arrangements[one.position], reasons.get(one.position, ""))
    ]
    if changed and seen is not None:
        check_version(
            seen,
            sequence_token(workshops),
            _("Someone else has changed these workshops. Nothing was saved."),
        )
    for workshop in changed:
        why = reasons.get(workshop.position, "")
        workshop.arrange(arrangements[workshop.position], override_reason=why, by=by, at=at)
