"""Lines of a cohort's messages, as their addresses name them."""

from typing import Any

from cohorts.models import Cohort
from workshops.models import Workshop


def lines_of(cohort: Cohort, coming: Workshop, held: Workshop) -> list[dict[str, Any]]:
    """Of its messages: to come, told to nobody, gone out, about no workshop."""
    kinds = (("day-before", coming), ("survey", coming), ("day-before", held), ("invitation", cohort))
    return [{"public_id": cohort.public_id, "kind": kind, "about": about.pk} for kind, about in kinds]
