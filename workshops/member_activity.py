"""Members' activity in workshops. Members with such activity stay if an import is undone."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from cohorts.import_undo import HAS_USED_CONVENOR, Activity
from cohorts.models import MembershipQuerySet
from workshops.models import Attendance, AvailabilityAnswer


def on_registers(members: MembershipQuerySet) -> Iterable[int]:
    found = Attendance.objects.filter(membership__in=members)
    return found.values_list("membership", flat=True)


def in_polls(members: MembershipQuerySet) -> Iterable[int]:
    found = AvailabilityAnswer.objects.filter(membership__in=members)
    return found.values_list("membership", flat=True)


ON_REGISTER = Activity(
    _("%(name)s is on a register, or has replied about a workshop."), on_registers
)
ANSWERED_POLL = Activity(HAS_USED_CONVENOR, in_polls)
