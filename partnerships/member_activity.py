"""The rule that undoing an import does not remove members who take part in a partnership."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from cohorts.import_undo import Activity
from cohorts.models import MembershipQuerySet
from partnerships.models import Party


def in_partnerships(members: MembershipQuerySet) -> Iterable[int]:
    return Party.objects.filter(membership__in=members).values_list("membership", flat=True)


STARTED = Activity(_("%(name)s is part of something started together."), in_partnerships)
