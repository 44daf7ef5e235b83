"""The context of the administrator's page about sending."""

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
from outbox.rules import Visibility, all_rules, title_of, visibility_of

HOURS = 48
MOST_LISTED = 20


@dataclass(frozen=True)
class FailedLine:
    """A failed message: its kind, cohort and reason, without names.

    The cohort is left out for hidden kinds, because it would reveal what one of few people did.
    """

    message: Message
    cohort: Cohort | None

    @property
    def title(self) -> str:
        return title_of(self.message.kind)

    @property
    def why(self) -> str:
        """The reason in plain words, because an SMTP reply contains the address."""
        reason = self.message.reason
        by_mail_server = (Outcome.REFUSED, Outcome.SUPPRESSED)
        return in_plain_words(reason) if self.message.outcome in by_mail_server else reason

    @property
    def may_be_opened(self) -> bool:
        return visibility_of(self.message.kind).shows_recipients


def page(moment: datetime) -> dict[str, Any]:
    """Return the page's context. Ten queries."""
    now = queue_metrics(moment)
    waiting = waiting_by_kind(moment)
    bounced = list(SuppressedAddress.objects.all()[: MOST_LISTED + 1])
    return {
        "moment": moment,
        "metrics": now,
        "beat": moment - now.beat_age if now.beat_age is not None else None,
        "beat_minutes": 1 + int(now.beat_age.total_seconds() // 60)
        if now.beat_age is not None
        else None,
        "oldest": moment - now.oldest if now.oldest is not None else None,
        "oldest_words": _("the oldest for %(time)s") % {"time": whole_minutes(now.oldest)}
        if now.oldest is not None
        else "",
        "hours": hours(moment, HOURS),
        "failed": failed_lines(moment),
        "bounced": bounced[:MOST_LISTED],
        "more_bounced": len(bounced) > MOST_LISTED,
        "kinds": [(rule.text.title, waiting.get(rule.kind, 0)) for rule in all_rules().values()],
    }


def whole_minutes(age: timedelta) -> str:
    minutes = 1 + int(age.total_seconds() // 60)
    if minutes < 120:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def failed_lines(moment: datetime) -> list[FailedLine]:
    failed = failed_lately(moment, MOST_LISTED)
    cohorts = Cohort.objects.in_bulk({message.group_id for message in failed})
    return [
        FailedLine(
            message,
            cohorts.get(message.group_id)
            if visibility_of(message.kind) > Visibility.NOTHING
            else None,
        )
        for message in failed
    ]
