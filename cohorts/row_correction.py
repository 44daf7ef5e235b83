"""Correction of one row of an uploaded list, before the list is imported."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cohorts.models import PeopleFile
from cohorts.people_import import PlannedRow, RowResult, plan_people


def correctable_row(people_file: PeopleFile, number: int) -> PlannedRow | None:
    """Return the row with this number, or None if there is none or its person isn't coming."""
    return next(
        (
            planned
            for planned in plan_people(people_file).rows
            if planned.row.number == number and planned.can_be_corrected
        ),
        None,
    )


@transaction.atomic
def correct_row(people_file: PeopleFile, number: int, facts: Mapping[str, str]) -> None:
    """Save what the user entered for a row in place of what the list says. Locks the list.

    Raises ValidationError if the list has been imported, or if the row still has an error, which is
    then about its address.
    """
    people_file = PeopleFile.objects.select_for_update().get(pk=people_file.pk)
    if people_file.is_confirmed:
        raise ValidationError(_("This list has been imported. Edit the person on their own page."))
    people_file.corrections[str(number)] = dict(facts)
    planned = correctable_row(people_file, number)
    if planned and planned.result is RowResult.WRONG:
        raise ValidationError({"email": list(planned.remarks)})
    people_file.save(update_fields=["corrections"])
