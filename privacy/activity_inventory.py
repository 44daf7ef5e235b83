"""Counts of the actions that a person took for others, such as marking a register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models import Count, Max, Min
from django.utils.translation import gettext_lazy as _

from accounts.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# The actions that are counted. Each key is the path of the field that refers to the person (app,
# model and field). Each value has the name of the field with the time of the action, and a label.
ACTIVITIES = {
    "admin.LogEntry.user": ("action_time", _("Changes made in the admin site")),
    "cohorts.Cohort.archived_by": ("archived_at", _("Cohorts archived")),
    "cohorts.Cohort.made_by": ("made_at", _("Cohorts created")),
    "cohorts.Membership.added_by": ("joined_at", _("People added")),
    "cohorts.Membership.left_by": ("left_at", _("People removed from a cohort")),
    "cohorts.Organisation.merged_by": ("merged_at", _("Organisations merged")),
    "cohorts.PeopleFile.uploaded_by": ("made_at", _("Lists of people uploaded in the last day")),
    "outbox.MessageOverride.noted_by": ("noted_at", _("Notes added to e-mails")),
    "outbox.MessageOverride.skipped_by": ("skipped_at", _("E-mails skipped")),
    "partnerships.Partnership.withdrawn_by": (
        "withdrawn_at",
        _("Work started together withdrawn"),
    ),
    "privacy.Erasure.by": ("at", _("Deletions requested")),
    "privacy.Retention.set_by": ("set_at", _("Retention periods set")),
    "programmes.Programme.retired_by": ("retired_at", _("Programmes retired")),
    "reports.ReportPdf.asked_by": ("asked_at", _("PDFs of reports made in the last day")),
    "reports.FrozenReport.frozen_by": ("frozen_at", _("Reports frozen")),
    "reflections.Quote.chosen_by": ("chosen_at", _("Quotes chosen for a report")),
    "relationships.Round.opened_by": (
        "opened_at",
        _("Rounds of “Who do you know here?” opened"),
    ),
    "sets.Grouping.asked_by": ("asked_at", _("Sets or tables made")),
    "sets.Grouping.published_by": ("published_at", _("Sets published")),
    "sets.KeepApart.made_by": ("made_at", _("Pairs kept apart")),
    "sets.Meeting.planned_by": ("changed_at", _("Meetings of your set entered")),
    "surveys.Comment.read_by": ("read_at", _("Comments of surveys read")),
    "surveys.FeedbackReply.written_by": ("written_at", _("Replies to feedback written")),
    "surveys.Survey.closed_by": ("closing_at", _("Surveys closed early")),
    "workshops.Announcement.confirmed_by": ("confirmed_at", _("Messages sent to a cohort")),
    "workshops.Attendance.marked_by": ("marked_at", _("Register marks")),
    "workshops.AvailabilityPoll.asked_by": (
        "asked_at",
        _("Availability polls sent"),
    ),
    "workshops.AvailabilityPoll.closed_by": ("closed_at", _("Availability polls closed")),
    "workshops.Change.by": ("at", _("Workshops moved, cancelled or reinstated")),
    "workshops.ClosedDays.made_by": ("made_at", _("Closed days added")),
    "workshops.Material.added_by": ("added_at", _("Handouts added")),
    "workshops.Workshop.cancelled_by": ("cancelled_at", _("Workshops cancelled")),
}

# Maps each action on personal data to the field that refers to the owner of the data. An action on
# one's own data is not counted, because administrators see the counts and would learn from them
# that the person had such data.
OWNERS = {"privacy.Erasure.by": "person", "reflections.Quote.chosen_by": "author"}


@dataclass(frozen=True)
class Activity:
    """One kind of action by a person: a label, how often they did it, and when first and last."""

    words: StrOrPromise
    count: int
    first: datetime | None
    last: datetime | None


def activities_of(user: User) -> list[Activity]:
    """Return the kinds of action that the user did at least once. Makes a query for each kind."""
    return [
        activity
        for label, facts in ACTIVITIES.items()
        if (activity := activity_of(user, label, *facts)).count
    ]


def activity_of(user: User, label: str, moment: str, words: StrOrPromise) -> Activity:
    """Count the user's actions of the kind `label` (a key of ACTIVITIES), with one query.

    `moment` is the name of the field with the time of the action, and `words` describes the action.
    """
    model, column = label.rsplit(".", 1)
    rows = apps.get_model(model)._default_manager.filter(**{column: user}).order_by()
    if owner := OWNERS.get(label):
        rows = rows.exclude(**{owner: user})
    found = rows.aggregate(count=Count("pk"), first=Min(moment), last=Max(moment))
    return Activity(words, found["count"], found["first"], found["last"])
