"""The template context of the administrators' page about sending e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.models import Cohort
from outbox.bounces.smtp_replies import in_plain_words
from outbox.models import Message, Outcome, SuppressedAddress
from outbox.monitoring import failed_lately, hours, queue_metrics, waiting_by_kind
from outbox.rules import all_rules, title_of

# How many hours the chart of sent and failed messages covers.
HOURS = 48
# At most this many failed messages, and this many suppressed addresses, are listed.
MOST_LISTED = 20


@dataclass(frozen=True)
class FailedLine:
    """A failed message in the list: its kind, cohort and reason, without its recipient.

    `cohort` is None if the cohort has been deleted.
    """

    message: Message
    cohort: Cohort | None

    @property
    def title(self) -> str:
        return title_of(self.message.kind)

    @property
    def why(self) -> str:
        """The reason why the message failed.

        A mail server's reply is replaced by plain words, because it may contain the address.
        """
        reason = self.message.reason
        by_mail_server = (Outcome.REFUSED, Outcome.SUPPRESSED)
        return in_plain_words(reason) if self.message.outcome in by_mail_server else reason


def sending_context(moment: datetime) -> dict[str, Any]:
    """Return the template context. Makes at most eleven queries.

    `kinds` has each kind's title and number of waiting messages. The number is None for a kind that
    hides its recipients.
    """
    now = queue_metrics(moment)
    waiting = waiting_by_kind(moment)
    # Sort by address. Sorting by time would reveal when each e-mail bounced, and so whether it was
    # a survey's reminder, which only those who have not answered get.
    bounced = list(SuppressedAddress.objects.order_by("address")[: MOST_LISTED + 1])
    used = features_in_use()
    return {
        "moment": moment,
        "metrics": now,
        "beat": moment - now.beat_age if now.beat_age is not None else None,
        "beat_minutes": 1 + int(now.beat_age.total_seconds() // 60)
        if now.beat_age is not None
        else None,
        "oldest": moment - now.oldest if now.oldest is not None else None,
        "oldest_words": _("the oldest for %(time)s") % {"time": age_in_words(now.oldest)}
        if now.oldest is not None
        else "",
        "hours": hours(moment, HOURS),
        "failed": failed_lines(moment),
        "bounced": bounced[:MOST_LISTED],
        "more_bounced": len(bounced) > MOST_LISTED,
        "kinds": [
            (
                rule.text.title,
                waiting.get(rule.kind, 0) if rule.visibility.shows_recipients else None,
            )
            for rule in all_rules().values()
            if not rule.feature or rule.feature in used
        ],
    }


def features_in_use() -> set[str]:
    """Return the switches of the features that any cohort uses. Makes one query."""
    rows = Cohort.objects.order_by().values(*Cohort.FEATURES).distinct()
    return {name for row in rows for name, is_on in row.items() if is_on}


def age_in_words(age: timedelta) -> str:
    """Return the age in minutes if it is under two hours, else in hours (“3 hours”)."""
    minutes = 1 + int(age.total_seconds() // 60)
    if minutes < 120:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def failed_lines(moment: datetime) -> list[FailedLine]:
    """Return the latest failed messages of the last seven days. Makes at most two queries."""
    failed = failed_lately(moment, MOST_LISTED)
    cohorts = Cohort.objects.in_bulk({message.group_id for message in failed})
    return [FailedLine(message, cohorts.get(message.group_id)) for message in failed]
