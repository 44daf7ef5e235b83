"""What every rule holds, whatever it is about."""

from datetime import UTC, datetime, timedelta

import pytest

from outbox.content.placeholders import check
from outbox.queueing import missing, owing
from outbox.rules import Rule, all_rules

WORDED = [rule for rule in all_rules().values() if rule.wording]


@pytest.mark.parametrize("rule", WORDED, ids=lambda rule: rule.kind)
def test_usual_wording_of_a_rule_names_fields_that_it_knows(rule: Rule) -> None:
    assert rule.wording is not None
    known = rule.wording.examples
    assert len(known) == len(rule.wording.fields)
    check(rule.wording.subject, known)
    check(rule.wording.body, known)


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.kind)
def test_statements_of_every_rule_are_written_once_and_can_be_asked(rule: Rule, db: None) -> None:
    at = datetime(2027, 3, 17, 9, tzinfo=UTC)

    assert owing(rule) is owing(rule)
    assert owing(rule)(moment=at) == 0
    assert missing(rule)(since=at - timedelta(days=9), moment=at, reason="Missed.") == 0
