"""The message templates of a programme or cohort, with defaults filled in.

A `ProgrammeMessageTemplate` or `CohortMessageTemplate` stores only what differs from the rule's
default. This module combines the two, for the pages that list, edit and preview the e-mails.
`cohorts/message_templates.py` renders e-mails to a cohort's members, and saves its templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, Protocol

from django.http import Http404
from django.utils.translation import gettext as _

from outbox.content.placeholders import Words, fill_body, fill_subject
from outbox.models import MessageTemplate
from outbox.rules import Rule, all_rules

# The earliest and latest local time that a template may set. The clocks never change between these
# times, so each time exists exactly once a day.
EARLIEST, LATEST = time(6), time(22)
# The stored content of a template that does not differ from the default.
DEFAULT_CONTENT: dict[str, object] = {
    **dict.fromkeys(MessageTemplate.WORDS, ""),
    **dict.fromkeys(MessageTemplate.TIMING),
}


@dataclass(frozen=True)
class EmailTemplate:
    """The template of one kind of e-mail: a programme's or cohort's own, or else the default.

    `own` stores only the values that differ from the default. It is None if all are the default.
    """

    rule: Rule
    default: Words
    own: MessageTemplate | None = None

    @property
    def kind(self) -> str:
        return self.rule.kind

    @property
    def title(self) -> str:
        return str(self.rule.text.title)

    @property
    def subject(self) -> str:
        return (self.own and self.own.subject) or str(self.default.subject)

    @property
    def body(self) -> str:
        return (self.own and self.own.body) or str(self.default.body)

    @property
    def values(self) -> dict[str, object]:
        """The subject, body and timing, with defaults filled in."""
        return {"subject": self.subject, "body": self.body, **self.timing}

    @property
    def timing(self) -> dict[str, object]:
        """The days, time of day and minutes. Those that the kind does not have are None."""
        timing = {}
        for name in MessageTemplate.TIMING:
            own = getattr(self.own, name, None)
            timing[name] = getattr(self.rule.schedule.timing, name, None) if own is None else own
        return timing

    @property
    def personal(self) -> frozenset[str]:
        """The fields that no URL or e-mail address may contain; empty if pages show recipients."""
        shown = self.rule.visibility.shows_recipients
        return frozenset() if shown else self.default.personal

    @property
    def is_default(self) -> bool:
        return self.changed_content(self.values) == DEFAULT_CONTENT

    def changed_content(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the content to store: `values`, with "" or None for each that is the default."""
        defaults: dict[str, object] = {
            "subject": str(self.default.subject),
            "body": str(self.default.body),
        }
        for name in MessageTemplate.TIMING:
            defaults[name] = getattr(self.rule.schedule.timing, name, None)
        return {
            name: empty if values[name] == defaults[name] else values[name]
            for name, empty in DEFAULT_CONTENT.items()
        }

    @property
    def recipients_and_time(self) -> str:
        """A description of who gets the e-mail and when, for people.

        For example “To each participant who was there, 30 minutes after the end”.
        """
        timing = self.rule.schedule.timing
        when = timing.describe(self.own) if timing else self.default.when
        return _("To %(recipients)s, %(when)s") % {"recipients": self.default.to, "when": when}


class HasMessageTemplates(Protocol):
    """A programme or cohort."""

    @property
    def message_templates(self) -> Any: ...
    def uses(self, feature: str) -> bool: ...


def email_templates(group: HasMessageTemplates) -> list[EmailTemplate]:
    """Return a template for each kind of e-mail that a programme or cohort can edit.

    Leaves out the kinds of features that it doesn't use. The order is that of
    settings.MESSAGE_RULES. Makes one query.
    """
    by_kind = {template.kind: template for template in group.message_templates.all()}
    return [
        EmailTemplate(rule, rule.text.wording, by_kind.get(rule.kind))
        for rule in all_rules().values()
        if rule.text.wording is not None and group.uses(rule.feature)
    ]


def email_template(group: HasMessageTemplates, kind: str) -> EmailTemplate:
    """Return the template of this kind. Raises Http404 for a kind that can't be edited."""
    for template in email_templates(group):
        if template.kind == kind:
            return template
    raise Http404


@dataclass(frozen=True)
class Sample:
    """The subject and body (Markdown) of an e-mail in a preview, with placeholders filled in."""

    subject: str
    body: str = field(repr=False)


def render_sample(
    template: EmailTemplate, values: Mapping[str, object], known: Mapping[str, str]
) -> Sample:
    """Return a preview of the subject and body in `values`.

    Placeholders are replaced by their values in `known`, or else by example data.
    """
    examples = {**template.default.examples, **known}
    return Sample(
        fill_subject(str(values["subject"]), examples, personal=template.personal),
        fill_body(str(values["body"]), examples, personal=template.personal),
    )
