"""The placeholders of an e-mail about a workshop, and their values."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.message_templates import COHORT_FIELDS, cohort_values
from cohorts.models import Cohort
from outbox.content.placeholders import NamedField
from outbox.delivery.batch_cache import cached_per_batch
from ui import dates
from workshops.models import Workshop
from workshops.times import Slot

WORKSHOP_FIELDS = (
    *COHORT_FIELDS,
    NamedField("workshop", _("the workshop’s title"), "Power and prejudice"),
    NamedField("number", _("which workshop it is, as a number"), "4"),
    NamedField("day", _("its day, without the year"), "Thursday 18 March"),
    NamedField("when", _("its day and times"), "Thursday 18 March 2027, 9:30am to 1pm"),
    NamedField("where", _("its venue, or “online”"), "The Old Fire Station, Sunderland"),
)


@cached_per_batch
def workshop_for_email(number: int) -> Workshop:
    """Return the workshop with this primary key, with its cohort and programme."""
    return Workshop.objects.select_related("cohort__programme").get(pk=number)


def values_about(workshop: Workshop, person: User | None) -> dict[str, str]:
    """Return the values of WORKSHOP_FIELDS in an e-mail about the workshop to the person.

    Makes no query if the workshop's cohort and programme are loaded.
    """
    cohort, slot = workshop.cohort, workshop.slot
    return {
        **cohort_values(cohort, person),
        "workshop": workshop.title,
        "number": str(workshop.position),
        "day": day_of(slot, cohort),
        "when": dates.half_day(slot.starts_at, slot.ends_at, cohort.zone)
        if slot
        else gettext("a day to be agreed"),
        "where": workshop.venue
        or (gettext("online") if workshop.joining_link else gettext("a place to be agreed")),
    }


def day_of(slot: Slot | None, cohort: Cohort) -> str:
    """Return the local day of a workshop, for example “Thursday 18 March”; empty without a slot.

    A message whose workshop has just lost its date is written without a day, but is not sent.
    """
    if slot is None:
        return ""
    return dates.weekday_month(dates.day_of(slot.starts_at, cohort.zone))
