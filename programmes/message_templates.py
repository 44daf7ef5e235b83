"""The e-mails of a programme, or of a cohort that copied them: each kind, how it is worded and when it goes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time

from django.http import Http404

from outbox.content.placeholders import Words, fill_body, fill_subject
from outbox.models import MessageTemplate
from outbox.rules import Rule, all_rules

# Hours at which e-mails may go out: at none of them do the clocks leave one out or come twice.
EARLIEST, LATEST = time(6), time(22)
# What a wording holds that says nothing otherwise than usual.
AS_USUAL: dict[str, object] = {
    **dict.fromkeys(MessageTemplate.WORDS, ""),
    **dict.fromkeys(MessageTemplate.TIMING),
}


@dataclass(frozen=True)
class Email:
    """One kind of message as a programme or a cohort has it: its own words and times, or the usual ones."""

    rule: Rule
    usual: Words
    own: MessageTemplate | None = None

    @property
    def kind(self) -> str:
        return self.rule.kind

    @property
    def title(self) -> str:
        return str(self.rule.text.title)

    @property
    def subject(self) -> str:
        return (self.own and self.own.subject) or self.usual.subject

    @property
    def body(self) -> str:
        return (self.own and self.own.body) or self.usual.body

    @property
    def facts(self) -> dict[str, object]:
        """All that can be said of it, as it is: the model's fields."""
        return {"subject": self.subject, "body": self.body, **self.timing}

    @property
    def timing(self) -> dict[str, object]:
        usual = usual_facts(self.rule, self.usual)
        return {name: otherwise(self.own, name, usual[name]) for name in MessageTemplate.TIMING}

    @property
    def is_usual(self) -> bool:
        return differing(self.rule, self.usual, self.facts) == AS_USUAL

    @property
    def goes_out(self) -> str:
        """To whom and when: “To everybody who is expected, a week before the workshop, at 9am”."""
        timing = self.rule.schedule.timing
        when = timing.said(self.own) if timing else self.usual.when
        return f"To {self.usual.to}, {when}"


def otherwise(own: MessageTemplate | None, name: str, usual: object) -> object:
    said = getattr(own, name, None)
    return usual if said is None else said


def usual_facts(rule: Rule, usual: Words) -> dict[str, object]:
    timing = rule.schedule.timing
    times = {name: getattr(timing, name, None) for name in MessageTemplate.TIMING}
    return {"subject": usual.subject, "body": usual.body, **times}


def differing(rule: Rule, usual: Words, facts: Mapping[str, object]) -> dict[str, object]:
    """What is kept of these facts: those that are not the usual ones, the rest empty."""
    as_usual = usual_facts(rule, usual)
    return {
        name: empty if facts[name] == as_usual[name] else facts[name]
        for name, empty in AS_USUAL.items()
    }


def emails_of(wordings: Iterable[MessageTemplate]) -> list[Email]:
    """Every kind that can be worded, in the order of settings.MESSAGE_RULES."""
    own = {wording.kind: wording for wording in wordings}
    return [
        Email(rule, rule.text.wording, own.get(rule.kind))
        for rule in all_rules().values()
        if rule.text.wording is not None
    ]


def email_of(wordings: Iterable[MessageTemplate], kind: str) -> Email:
    """The e-mail of this kind. Raises Http404 for a kind that there is not, or that nobody words."""
    for email in emails_of(wordings):
        if email.kind == kind:
            return email
    raise Http404


@dataclass(frozen=True)
class Sample:
    """What a letter says, with what might stand in its fields."""

    subject: str
    body: str = field(repr=False)


def sample_of(email: Email, facts: Mapping[str, object], known: Mapping[str, str]) -> Sample:
    """With made-up people and dates, and what is `known` of the cohort or programme that it is for."""
    values = {**email.usual.examples, **known}
    return Sample(
        fill_subject(str(facts["subject"]), values), fill_body(str(facts["body"]), values)
    )
