"""How a cohort words and times its messages: by its own `CohortMessageTemplate`, or as usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, FilteredRelation, IntegerField, Q, QuerySet, TimeField, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from cohorts.models import Cohort
from outbox.content.placeholders import FIRST_NAME, NamedField, Words, fill_body, fill_subject
from outbox.delivery.batch_cache import cached_per_batch
from outbox.models import Message, MessageTemplate
from outbox.rescheduling import postpone, queue_already_due
from outbox.rules import Rule, Timing

# Further than any cohort plans.
AHEAD = timedelta(days=1000)

COHORT_FIELDS = (
    NamedField("first_name", "the first name of who gets it", "Amina"),
    NamedField("cohort", "the cohort’s name", "North East, spring 2027"),
    NamedField("programme", "the programme’s name", "Leading Change Together"),
    NamedField("place", "the town, county or system that it is for", "North East"),
)


def values_of(cohort: Cohort, person: User | None) -> dict[str, str]:
    """What COHORT_FIELDS stand for in a letter to the person, whose name `write_letter` puts in."""
    return {
        "first_name": FIRST_NAME if person else "",
        "cohort": cohort.name,
        "programme": cohort.programme.name,
        "place": cohort.place,
    }


@dataclass(frozen=True)
class Worded:
    """A letter's subject, and its body in Markdown, with all fields put in."""

    subject: str
    body: str


def worded(cohort: Cohort, kind: str, usual: Words, values: Mapping[str, str]) -> Worded:
    """In the cohort's own words for this kind, or in the usual ones. One query."""
    own = own_words(cohort, kind)
    return Worded(
        fill_subject(own[0] or usual.subject, values), fill_body(own[1] or usual.body, values)
    )


@cached_per_batch
def own_words(cohort: Cohort, kind: str) -> tuple[str, str]:
    """Subject and body, each empty where the cohort has no other than the usual."""
    return cohort.message_templates.filter(kind=kind).values_list("subject", "body").first() or (
        "",
        "",
    )


def with_timing(
    rows: QuerySet[Any], kind: str, timing: Timing, *, name: str = "timing"
) -> QuerySet[Any]:
    """Rows that have a `cohort`, with `timing_days`, `timing_at` and `timing_minutes`: the cohort's own, or the usual.

    `timing_changed_at` is when the cohort last changed it. A rule asks it inside, so that it stays one statement;
    `name` stands in place of “timing” where a rule asks for the timing of another kind too.
    """
    own = FilteredRelation(
        "cohort__message_templates", condition=Q(cohort__message_templates__kind=kind)
    )
    timed: QuerySet[Any] = rows.annotate(**{f"{name}_own": own}).annotate(
        **{
            f"{name}_days": Coalesce(
                f"{name}_own__days", Value(timing.days), output_field=IntegerField()
            ),
            f"{name}_at": Coalesce(f"{name}_own__at", Value(timing.at), output_field=TimeField()),
            f"{name}_minutes": Coalesce(
                f"{name}_own__minutes", Value(timing.minutes), output_field=IntegerField()
            ),
            f"{name}_changed_at": F(f"{name}_own__timed_at"),
        }
    )
    return timed


@transaction.atomic
def reword(cohort: Cohort, rule: Rule, *, content: Mapping[str, object], at: datetime) -> bool:
    """Keeps how this cohort words and times a kind; what is empty in `content` is as usual.

    Nothing is sent twice, as the keys of messages don't hold their timing; nor what lies in the past by the new timing,
    so when it was changed stays known, also after a return to the usual. What is due already is written down first, so
    that it goes as long as it is in time by either. True if some that were to go are not sent by it, and if it is no
    secret whether there are any.
    """
    own = cohort.message_templates.select_for_update().filter(kind=rule.kind).first()
    if all(getattr(own, name, None) == content[name] for name in MessageTemplate.TIMING):
        cohort.message_templates.update_or_create(kind=rule.kind, defaults=content)
        return False
    queue_already_due(rule, group_id=cohort.pk, at=at)
    were_to_go = keys_to_go(cohort, rule, at)
    cohort.message_templates.update_or_create(kind=rule.kind, defaults={**content, "timed_at": at})
    postpone(rule, group_id=cohort.pk, at=at)
    timing = rule.schedule.timing
    if not rule.visibility.shows_recipients or (timing is not None and timing.catches_up):
        return False
    return not were_to_go <= keys_to_go(cohort, rule, at)


def keys_to_go(cohort: Cohort, rule: Rule, at: datetime) -> set[str]:
    """Of what is to come, and of what is written down and will still be owed."""
    in_time = rule.due(at - rule.schedule.window, at + AHEAD).filter(
        owed_group=cohort.pk, owed_expires__gt=at
    )
    waiting = Message.objects.open().filter(kind=rule.kind, group_id=cohort.pk)
    rows = (
        rule.unwritten(in_time.filter(owed_due__gt=at)),
        in_time.filter(owed_key__in=waiting.values("key")),
    )
    return {key for some in rows for key in some.values_list("owed_key", flat=True)}
