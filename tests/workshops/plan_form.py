"""Form data for the plan page, and the dates that it saves."""

from cohorts.models import Cohort
from workshops.changes.change_log import sequence_token
from workshops.models import Workshop

RECURRENCE = {"first": "2027-03-04", "weeks": "3", "half_day": "morning"}
DAYS = ["2027-03-04", "2027-03-25", "2027-04-15", "2027-05-06", "2027-05-27", "2027-06-17"]


def dates_form_data(workshops: list[Workshop]) -> dict[str, str]:
    """Return form data with six dates, and the current version token of the workshops."""
    form_data = dict(RECURRENCE, usual_venue="", usual_link="", seen=sequence_token(workshops))
    for number, day in enumerate(DAYS, 1):
        row = {"day": day, "starts": "09:30", "ends": "13:00", "venue": "Town Hall", "link": ""}
        form_data |= {f"{number}-{name}": value for name, value in row.items()}
    return form_data


def local_starts(cohort: Cohort) -> list[str]:
    """Return the local start of each workshop with a date, such as “2027-03-04 09:30”."""
    return [
        f"{workshop.starts_at.astimezone(cohort.zone):%Y-%m-%d %H:%M}"
        for workshop in cohort.workshops.order_by("position")
        if workshop.starts_at
    ]
