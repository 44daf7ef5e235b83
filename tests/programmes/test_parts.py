"""Tests of what a programme's features add to its first and last workshop."""

from __future__ import annotations

from django.test import Client

from programmes.models import Programme
from tests.programmes.pages import words

FIRST_PARTS = (
    "we ask each participant how well they know",
    "small groups are made",
    "introduced to",
)
LAST_PARTS = (
    "we ask again how well you know the others",
    "Write down what you will do with people",
)
NO_FEATURES = dict.fromkeys(Programme.FEATURES, False)


def test_first_and_last_plan_say_what_the_features_add(
    administrator_client: Client, default_programme: Programme
) -> None:
    text = words(administrator_client.get(default_programme.get_absolute_url()))
    plans = list(default_programme.plans.order_by("position"))
    second, last = (text.index(f"{plan.position}. {plan.title}") for plan in (plans[1], plans[-1]))
    assert all(text.index(part) < second for part in FIRST_PARTS)
    assert all(text.index(part) > last for part in LAST_PARTS)
    shown = [
        [
            all(part in text for part in FIRST_PARTS),
            any(part in text for part in (*FIRST_PARTS, *LAST_PARTS)),
            all(part in text for part in LAST_PARTS),
        ]
        for plan in (plans[0], plans[1], plans[-1])
        for text in [words(administrator_client.get(f"/plans/{plan.public_id}/"))]
    ]
    assert shown == [[True, True, False], [False, False, False], [False, True, True]]


def test_features_that_are_off_leave_no_trace_on_plans(
    administrator_client: Client, default_programme: Programme
) -> None:
    Programme.objects.update(**NO_FEATURES)
    pages = [default_programme.get_absolute_url().partition("#")[0]]
    pages += [f"/plans/{plan.public_id}/" for plan in default_programme.plans.all()]
    for page in pages:
        text = words(administrator_client.get(page))
        assert "Also at this workshop" not in text
        assert not any(part in text for part in (*FIRST_PARTS, *LAST_PARTS))
