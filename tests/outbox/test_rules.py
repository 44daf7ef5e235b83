"""What every rule holds, whatever it is about."""

import pytest

from outbox.rules import Rule, all_rules
from outbox.wording import check

WORDED = [rule for rule in all_rules().values() if rule.wording]


@pytest.mark.parametrize("rule", WORDED, ids=lambda rule: rule.kind)
def test_usual_wording_of_a_rule_names_fields_that_it_knows(rule: Rule) -> None:
    assert rule.wording is not None
    known = rule.wording.examples
    assert len(known) == len(rule.wording.fields)
    check(rule.wording.subject, known)
    check(rule.wording.body, known)
