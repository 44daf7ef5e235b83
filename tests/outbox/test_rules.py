"""Tests of every message rule of every app."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from outbox.content.placeholders import check
from outbox.models import Message
from outbox.queueing import insert_missed_query, insert_owed_query
from outbox.rules import Rule, Visibility, all_rules, visibility_at_least, visibility_of

WORDED = [rule for rule in all_rules().values() if rule.text.wording]


@pytest.mark.parametrize("rule", WORDED, ids=lambda rule: rule.kind)
def test_default_template_of_a_rule_uses_known_placeholders(rule: Rule) -> None:
    assert rule.text.wording is not None
    known = rule.text.wording.examples
    assert len(known) == len(rule.text.wording.fields)
    check(str(rule.text.wording.subject), known)
    check(str(rule.text.wording.body), known)


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.kind)
def test_queries_of_every_rule_are_compiled_once_and_valid_sql(rule: Rule, db: None) -> None:
    at = datetime(2027, 3, 17, 9, tzinfo=UTC)

    assert insert_owed_query(rule) is insert_owed_query(rule)
    assert insert_owed_query(rule)(moment=at) == 0
    assert insert_missed_query(rule)(since=at - timedelta(days=9), moment=at, reason="Missed.") == 0


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.kind)
def test_only_rules_with_schedule_visibility_have_a_plan(rule: Rule) -> None:
    shows_schedule = rule.visibility is Visibility.SCHEDULE
    assert shows_schedule == (rule.schedule.plan is not None)


def test_visibility_of_each_kind() -> None:
    by_visibility = {
        level: {kind for kind, rule in all_rules().items() if rule.visibility is level}
        for level in Visibility
    }
    assert by_visibility.pop(Visibility.RECIPIENTS) == set(all_rules()).difference(
        *by_visibility.values()
    )
    assert by_visibility == {
        Visibility.NOTHING: {
            *("look-back", "reply-digest", "wave-colleague"),
            *("partnership-agree-outside", "partnership-check-outside"),
            *("introduction", "introduction-made", "introduction-ended", "introduction-nobody"),
        },
        Visibility.SCHEDULE: {
            *("survey-nudge", "survey-nudge-2", "wave-nudge", "wave-nudge-2"),
            *("round", "round-nudge", "round-nudge-2"),
        },
        Visibility.OUTCOME: {"survey", "wave", "partnership-check"},
    }
    assert visibility_of("of-no-rule") is Visibility.OUTCOME


@pytest.mark.parametrize("least", Visibility)
def test_visibility_at_least_selects_messages_of_that_visibility_or_more(
    least: Visibility, db: None
) -> None:
    kinds = [*all_rules(), "of-no-rule"]
    for group, kind in product((0, 7), kinds):
        at = datetime(2027, 3, 17, 9, tzinfo=UTC)
        Message.objects.create(
            kind=kind,
            key=f"{kind}:{group}",
            group_id=group,
            subject_id=1,
            made_at=at,
            due_at=at,
            try_at=at,
            expires_at=at,
        )
    found = set(Message.objects.filter(visibility_at_least(least)).values_list("group_id", "kind"))
    assert found == {(7, kind) for kind in kinds if visibility_of(kind) >= least}
