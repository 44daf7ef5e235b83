"""What somebody did for others, and their name stands beside: plans made, registers marked, messages sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db.models import Count, Max, Min

from accounts.models import User

# The column that says who did it, when it was done (if that is known), and the words for it.
DOINGS = {
    "admin.LogEntry.user": ("action_time", "Changes made in the back office"),
    "cohorts.Cohort.made_by": ("made_at", "Cohorts made"),
    "cohorts.Membership.added_by": ("joined_at", "People brought in"),
    "cohorts.Membership.left_by": ("left_at", "People taken out of a cohort"),
    "cohorts.PeopleFile.uploaded_by": ("made_at", "Lists of people handed in, of the last day"),
    "outbox.MessageOverride.noted_by": ("noted_at", "Words added to e-mails"),
    "outbox.MessageOverride.skipped_by": ("skipped_at", "E-mails skipped"),
    "privacy.Erasure.by": ("at", "Deletions asked for"),
    "privacy.Retention.set_by": ("set_at", "Times said for how long a cohort is kept"),
    "programmes.Programme.retired_by": ("retired_at", "Programmes retired"),
    "reports.FrozenReport.frozen_by": ("frozen_at", "Reports frozen"),
    "reflections.Quote.chosen_by": ("chosen_at", "Words of others chosen for a report"),
    "surveys.Survey.closed_by": ("closing_at", "Surveys closed early"),
    "workshops.Announcement.confirmed_by": ("confirmed_at", "Messages sent to a cohort"),
    "workshops.Attendance.marked_by": ("marked_at", "Marks made on registers"),
    "workshops.AvailabilityPoll.asked_by": (
        "asked_at",
        "Times that people were asked when they are free",
    ),
    "workshops.AvailabilityPoll.closed_by": ("closed_at", "Ends put to asking them"),
    "workshops.Change.by": ("at", "Workshops moved, cancelled or reinstated"),
    "workshops.ClosedDays.made_by": ("made_at", "Closed days written down"),
    "workshops.Material.added_by": ("added_at", "Handouts added"),
    "workshops.Workshop.cancelled_by": ("cancelled_at", "Workshops cancelled"),
}

# Whose it was, where that may be their own. What they did to their own stands among what is theirs alone; others, to
# whom this is counted, would read off it that there was something.
WHOSE = {"privacy.Erasure.by": "person", "reflections.Quote.chosen_by": "author"}


@dataclass(frozen=True)
class Doing:
    """How often somebody did one thing, and from when to when."""

    words: str
    count: int
    first: datetime | None
    last: datetime | None


def doings_of(user: User) -> list[Doing]:
    """What they did at least once. A query for each kind."""
    return [
        doing for label, facts in DOINGS.items() if (doing := doing_of(user, label, *facts)).count
    ]


def doing_of(user: User, label: str, moment: str, words: str) -> Doing:
    model, column = label.rsplit(".", 1)
    rows = apps.get_model(model)._default_manager.filter(**{column: user}).order_by()
    if whose := WHOSE.get(label):
        rows = rows.exclude(**{whose: user})
    found = rows.aggregate(count=Count("pk"), first=Min(moment), last=Max(moment))
    return Doing(words, found["count"], found["first"], found["last"])
