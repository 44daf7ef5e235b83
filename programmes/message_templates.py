"""The message templates of a programme or cohort, with defaults filled in.

A `ProgrammeMessageTemplate` or `CohortMessageTemplate` stores only what differs from the rule's
default. This module combines the two, for the pages that list, edit and preview the e-mails.
`cohorts/message_templates.py` renders and saves a cohort's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time

from django.http import Http404
from django.utils.translation import gettext as _

from outbox.content.placeholders import Words, fill_body, fill_subject
from outbox.models import MessageTemplate
from outbox.rules import Rule, all_rules

# E-mails go out between these times. Clocks never change between them, so each time exists once.
EARLIEST, LATEST = time(6), time(22)
# The stored content of a template that differs from the default in nothing.
DEFAULT_CONTENT: dict[str, object] = {
    **dict.fromkeys(MessageTemplate.WORDS, ""),
    **dict.fromkeys(MessageTemplate.TIMING),
}


@dataclass(frozen=True)
class EmailTemplate:
    """One kind of e-mail of a programme or cohort: its own template, or else the default."""

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
        """The template's fields, with defaults filled in."""
        return {"subject": self.subject, "body": self.body, **self.timing}

    @property
    def timing(self) -> dict[str, object]:
        timing = {}
        for name in MessageTemplate.TIMING:
            own = getattr(self.own, name, None)
            timing[name] = getattr(self.rule.schedule.timing, name, None) if own is None else own
        return timing

    @property
    def is_default(self) -> bool:
        return self.changed_content(self.values) == DEFAULT_CONTENT

    def changed_content(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the content to store for these values: those that differ from the default."""
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
    def goes_out(self) -> str:
        """To whom and when, for example “To everybody expected, a week before the workshop”."""
        timing = self.rule.schedule.timing
        when = timing.said(self.own) if timing else self.default.when
        return _("To %(recipients)s, %(when)s") % {"recipients": self.default.to, "when": when}


def email_templates(own: Iterable[MessageTemplate]) -> list[EmailTemplate]:
    """Return every kind of e-mail that can be edited, in the order of settings.MESSAGE_RULES."""
    by_kind = {template.kind: template for template in own}
    return [
        EmailTemplate(rule, rule.text.wording, by_kind.get(rule.kind))
        for rule in all_rules().values()
        if rule.text.wording is not None
    ]


def email_template(own: Iterable[MessageTemplate], kind: str) -> EmailTemplate:
    """Return the e-mail of this kind. Raises Http404 for a kind that nobody can edit."""
    for template in email_templates(own):
        if template.kind == kind:
            return template
    raise Http404


@dataclass(frozen=True)
class Sample:
    """A template's subject and body with placeholders filled in."""

    subject: str
    body: str = field(repr=False)


def render_sample(
    template: EmailTemplate, values: Mapping[str, object], known: Mapping[str, str]
) -> Sample:
    """Fill the placeholders with example data, or with what is `known` of the cohort."""
    examples = {**template.default.examples, **known}
    return Sample(
        fill_subject(str(values["subject"]), examples), fill_body(str(values["body"]), examples)
    )
