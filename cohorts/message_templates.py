"""A cohort's message templates: rendering them, saving them, and using their timing in queries.

A `CohortMessageTemplate` overrides a rule's default text and timing.
`programmes/message_templates.py` lists and previews templates for the pages that edit them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, FilteredRelation, IntegerField, Q, QuerySet, TimeField, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models import Cohort
from outbox.content.placeholders import FIRST_NAME, NamedField, Words, fill_body, fill_subject
from outbox.delivery.batch_cache import cached_per_batch
from outbox.models import Message, MessageTemplate
from outbox.rescheduling import postpone, queue_already_due
from outbox.rules import Rule, Timing, visibility_of

# How far ahead `pending_keys` looks for messages: longer than any cohort's series of workshops.
HORIZON = timedelta(days=1000)

COHORT_FIELDS = (
    NamedField("first_name", _("the recipient’s first name"), "Amina", is_personal=True),
    NamedField("cohort", _("the cohort’s name"), "North East, spring 2027"),
    NamedField("programme", _("the programme’s name"), "Leading Change Together"),
    NamedField("place", _("the cohort’s place"), "North East"),
)


def cohort_values(cohort: Cohort, person: User | None) -> dict[str, str]:
    """Return the values of COHORT_FIELDS, for an e-mail to a person.

    `first_name` is the placeholder FIRST_NAME, which is replaced when the e-mail is rendered. It is
    empty if `person` is None.
    """
    return {
        "first_name": FIRST_NAME if person else "",
        "cohort": cohort.name,
        "programme": cohort.programme_name,
        "place": cohort.place,
    }


@dataclass(frozen=True)
class RenderedTemplate:
    """A subject, and a body in Markdown, with placeholders filled in."""

    subject: str
    body: str


def render_template(
    cohort: Cohort, kind: str, default: Words, values: Mapping[str, str]
) -> RenderedTemplate:
    """Return the cohort's own template of this kind, or else `default`, with `values` filled in.

    If pages may not show who gets this kind, personal fields in or beside a web address are left
    out. Otherwise a click on the address would reveal who got the e-mail. Makes one query, cached
    per batch.
    """
    subject, body = own_text(cohort, kind)
    personal = () if visibility_of(kind).shows_recipients else default.personal
    return RenderedTemplate(
        fill_subject(subject or str(default.subject), values, personal=personal),
        fill_body(body or str(default.body), values, personal=personal),
    )


@cached_per_batch
def own_text(cohort: Cohort, kind: str) -> tuple[str, str]:
    """Return the cohort's own subject and body. Each is empty if the default applies."""
    templates = cohort.message_templates.filter(kind=kind)
    return templates.values_list("subject", "body").first() or ("", "")


def with_timing(
    rows: QuerySet[Any], kind: str, timing: Timing, *, name: str = "timing"
) -> QuerySet[Any]:
    """Annotate each row with the timing of `kind`: its cohort's own, or else the default `timing`.

    The rows' model must have a foreign key `cohort`. The annotations are `timing_days`, `timing_at`
    (local time), `timing_minutes` and `timing_changed_at` (when the cohort last changed its
    timing). `name` replaces the prefix “timing”, so that a query can annotate the timings of two
    kinds.
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
def save_message_template(
    cohort: Cohort, rule: Rule, *, content: Mapping[str, object], at: datetime
) -> bool:
    """Save the cohort's template of a kind. Return whether some messages will now never be sent.

    Values that are empty or None mean the default. For a kind whose recipients are confidential,
    the result is always False.

    Messages that are due already by the old timing are queued first, so that they are sent even if
    the new timing puts them in the past. Other messages that the new timing puts in the past are
    not sent, unless `Timing.catches_up` is true for the kind. The time of the change is saved as
    `timed_at`, even if the timing returns to the default. No message is sent twice, because a
    message's key does not depend on its timing.
    """
    templates = cohort.message_templates
    own = templates.select_for_update().filter(kind=rule.kind).first()
    if all(getattr(own, name, None) == content[name] for name in MessageTemplate.TIMING):
        templates.update_or_create(kind=rule.kind, defaults=content)
        return False
    queue_already_due(rule, group_id=cohort.pk, at=at)
    before = pending_keys(cohort, rule, at)
    templates.update_or_create(kind=rule.kind, defaults={**content, "timed_at": at})
    postpone(rule, group_id=cohort.pk, at=at)
    timing = rule.schedule.timing
    if not rule.visibility.shows_recipients or (timing is not None and timing.catches_up):
        return False
    return not before <= pending_keys(cohort, rule, at)


def pending_keys(cohort: Cohort, rule: Rule, at: datetime) -> set[str]:
    """Return the keys of the rule's messages that are still to be sent to the cohort.

    These are messages that are due after `at` and not queued yet, and queued messages that are
    still owed.
    """
    in_time = rule.due(at - rule.schedule.window, at + HORIZON).filter(
        owed_group=cohort.pk, owed_expires__gt=at
    )
    waiting = Message.objects.open().filter(kind=rule.kind, group_id=cohort.pk)
    still_to_come = rule.unwritten(in_time.filter(owed_due__gt=at))
    still_owed = in_time.filter(owed_key__in=waiting.values("key"))
    return {
        key
        for rows in (still_to_come, still_owed)
        for key in rows.values_list("owed_key", flat=True)
    }
