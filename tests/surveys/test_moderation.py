"""Comments are read, by an administrator who was never in the cohort, before anybody sees them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.feedback import SurveyKind
from surveys.models import Comment, Survey
from surveys.moderation import (
    Verdict,
    comments_to_read,
    count_to_read,
    decide,
    readers,
    surveys_to_read,
    version_of,
)
from surveys.release import release_due
from surveys.results import results_of
from tests.concurrency import run_concurrently
from tests.lost_keys import lose_keys
from tests.people import signed_in
from tests.surveys.conftest import CLOSED, GiveAnswers
from tests.surveys.pages import page, results_path
from workshops.models import Workshop

ORIGINAL = "Bryn talked all the time, and I, the only nurse, said nothing."
OTHERS = ["More tea", "Less tea", "A longer break", "Nothing"]
SECRET = "The lead from Gateshead shouted."
LATER = CLOSED + timedelta(hours=1)


@pytest.fixture(autouse=True)
def after_closing() -> Any:
    with time_machine.travel(LATER, tick=False) as traveller:
        yield traveller


@pytest.fixture
def comments(give: GiveAnswers, survey: Survey) -> dict[str, Comment]:
    """Comments that wait to be read, by their text."""
    texts = [ORIGINAL, SECRET, *OTHERS]
    give(*({"worth_time": 4, "change": text} for text in texts))
    release_due(at=CLOSED)
    return {comment.text: comment for comment in survey.comments.all()}


@pytest.fixture
def second(db: None) -> User:
    """A second administrator."""
    return User.objects.create_superuser("max@example.org", "Max Second")


def review_path(workshop: Workshop) -> str:
    return reverse("surveys:comment_review", args=[workshop.public_id])


def posting(comment: Comment, decision: str, **values: str) -> Any:
    """Return the POST data of a decision about one comment."""
    fields = {"decision": decision, "seen": version_of(comment), **values}
    return {f"{comment.pk.hex}-{name}": value for name, value in fields.items()}


def show_all(comments: dict[str, Comment], *but: str) -> Any:
    data: dict[str, str] = {}
    for text, comment in comments.items():
        if text not in but:
            data |= posting(comment, "shown")
    return data


def verdict(comment: Comment, decision: str, **values: str) -> Verdict:
    return Verdict(comment, decision, seen=version_of(comment), **values)


def words(survey: Survey) -> list[str]:
    """Return the comments that people can read now, in order."""
    survey.refresh_from_db()
    return sorted(text for one in results_of(survey, LATER).words for text in one.comments)


# Who reads


def test_readers_are_administrators_who_were_never_in_the_cohort(
    cohort: Cohort, administrator: User, second: User, facilitator: User
) -> None:
    assert list(readers(cohort)) == [administrator, second]
    Membership.objects.create(
        cohort=cohort, user=second, role=Membership.Role.FACILITATOR, left_at=LATER
    )
    assert list(readers(cohort)) == [administrator]
    facilitator.is_administrator = True
    facilitator.save()
    Membership.objects.create(cohort=cohort, user=administrator)
    assert list(readers(cohort)) == []


@pytest.mark.parametrize("role", ["facilitator", "participant"])
def test_page_is_forbidden_to_facilitators_and_participants(
    role: str, request: pytest.FixtureRequest, workshop: Workshop, comments: Any
) -> None:
    client = signed_in(request.getfixturevalue(role))
    for path in (review_path(workshop), reverse("surveys:comment_list")):
        assert SECRET not in page(client, path, 403)
        assert client.post(review_path(workshop), show_all(comments)).status_code == 403
    assert {one.decision for one in Comment.objects.all()} == {"waiting"}


@pytest.mark.parametrize("role", [Membership.Role.FACILITATOR, Membership.Role.PARTICIPANT])
@pytest.mark.parametrize("left_at", [None, LATER])
def test_administrator_who_is_or_was_in_the_cohort_is_told_who_can_read_them(
    role: str, left_at: Any, workshop: Workshop, comments: Any, administrator: User, second: User
) -> None:
    Membership.objects.create(
        cohort=workshop.cohort, user=administrator, role=role, left_at=left_at
    )
    client = signed_in(administrator)
    shown = page(client, review_path(workshop), 403)

    assert "Another administrator reads these comments" in shown
    assert "They can be read by Max Second." in shown
    assert SECRET not in shown
    assert client.post(review_path(workshop), show_all(comments)).status_code == 403
    assert {one.decision for one in Comment.objects.all()} == {"waiting"}
    listed = page(client, reverse("surveys:comment_list"))
    assert "Nothing to read" in listed
    assert "They can be read by Max Second." in listed
    second.delete()
    assert "Nobody can read them yet" in page(client, reverse("surveys:comment_list"))


def test_list_has_the_surveys_with_waiting_comments(
    administrator_client: Client, administrator: User, workshop: Workshop, comments: Any
) -> None:
    shown = page(administrator_client, reverse("surveys:comment_list"))

    assert "6 comments" in shown
    assert review_path(workshop) in shown
    assert SECRET not in shown
    assert count_to_read(administrator) == 6
    assert [one.waiting for one in surveys_to_read(administrator)] == [6]
    administrator_client.post(review_path(workshop), show_all(comments))
    assert count_to_read(administrator) == 0
    assert "Nothing to read" in page(administrator_client, reverse("surveys:comment_list"))


# Deciding


def test_page_has_each_comment_without_other_answers(
    administrator_client: Client, workshop: Workshop, comments: Any
) -> None:
    shown = page(administrator_client, review_path(workshop))

    assert shown.count("<blockquote") == 6
    assert "6 comments to read" in shown
    assert "Person " not in shown
    assert "of 5 on average" not in shown


def test_comments_are_shown_once_all_are_decided(
    administrator_client: Client,
    participant_client: Client,
    facilitator_client: Client,
    workshop: Workshop,
    survey: Survey,
    comments: dict[str, Comment],
) -> None:
    reason = "It says who somebody is."
    first = show_all(comments, ORIGINAL, SECRET)
    saved = administrator_client.post(review_path(workshop), first, follow=True)
    assert "Saved. 2 comments are still waiting." in saved.content.decode()
    for client in (participant_client, facilitator_client):
        assert "These comments are being read first" in page(client, results_path(workshop))
        assert "More tea" not in page(client, results_path(workshop))
    shortened = "… talked all the time, and I, … said nothing."
    rest = posting(comments[ORIGINAL], "shortened", shown_text=shortened)
    rest |= posting(comments[SECRET], "hidden", reason=reason)
    saved = administrator_client.post(review_path(workshop), rest, follow=True)
    assert "All comments are read" in saved.content.decode()
    assert words(survey) == sorted([shortened, *OTHERS])
    for client in (participant_client, facilitator_client):
        shown = page(client, results_path(workshop))
        assert f"1 comment is hidden: {reason}" in shown
        assert "after it had been shown" not in shown
        assert "Gateshead" not in shown
        assert "nurse" not in shown


@pytest.mark.parametrize(
    ("decision", "values", "error"),
    [
        ("shortened", {"shown_text": ORIGINAL}, "Leave something out, or show it as it is."),
        ("shortened", {"shown_text": "… "}, "Leave some of it, or hide the comment."),
        (
            "shortened",
            {"shown_text": "Bryn never talked"},
            "You can only leave words out. “never” is not in the comment at this place.",
        ),
        ("hidden", {"reason": ""}, "Enter why the comment is hidden."),
        (
            "hidden",
            {"reason": "Bryn talked all the time"},
            "Say why in other words. Everybody reads this, so don’t quote from it.",
        ),
        ("hidden", {"reason": "x" * 201}, "Shorten this to 200 characters; it has 201."),
        ("waiting", {}, "Choose one of the answers."),
        ("nonsense", {}, "Choose one of the answers."),
    ],
)
def test_bad_decision_is_an_error_that_keeps_what_was_typed(
    decision: str,
    values: dict[str, str],
    error: str,
    administrator_client: Client,
    workshop: Workshop,
    comments: dict[str, Comment],
) -> None:
    data = show_all(comments, ORIGINAL) | posting(comments[ORIGINAL], decision, **values)
    answer = administrator_client.post(review_path(workshop), data)

    assert answer.status_code == 200
    assert error in answer.content.decode()
    for value in values.values():
        assert value.strip() in answer.content.decode()
    assert {one.decision for one in Comment.objects.all()} == {"waiting"}


def test_decision_can_change_until_the_last_one_and_then_only_to_hidden(
    administrator_client: Client,
    participant_client: Client,
    workshop: Workshop,
    survey: Survey,
    comments: dict[str, Comment],
) -> None:
    tea = comments["More tea"]

    def now() -> Comment:
        return Comment.objects.get(pk=tea.pk)

    administrator_client.post(review_path(workshop), posting(tea, "hidden", reason="Not needed."))
    assert (now().decision, now().reason) == ("hidden", "Not needed.")
    administrator_client.post(review_path(workshop), posting(now(), "shown"))
    assert (now().decision, now().reason, now().was_shown) == ("shown", "", False)
    administrator_client.post(review_path(workshop), show_all(comments, "More tea"))
    assert "More tea" in words(survey)
    refused = administrator_client.post(
        review_path(workshop), posting(now(), "shortened", shown_text="tea")
    )
    assert "People can read the comments now" in refused.content.decode()
    administrator_client.post(review_path(workshop), posting(now(), "hidden", reason="A name."))
    assert (now().decision, now().was_shown) == ("hidden", True)
    shown = page(participant_client, results_path(workshop))
    assert "1 of them was hidden after it had been shown here." in shown
    assert "More tea" not in shown
    assert "More tea" not in page(administrator_client, review_path(workshop))
    administrator_client.post(review_path(workshop), posting(now(), "shown"))
    assert now().decision == "hidden"


def test_second_administrator_is_told_of_a_decision_made_meanwhile(
    administrator_client: Client,
    second: User,
    workshop: Workshop,
    comments: dict[str, Comment],
) -> None:
    tea, less = comments["More tea"], comments["Less tea"]
    administrator_client.post(review_path(workshop), posting(tea, "hidden", reason="A name."))
    data = posting(tea, "shown") | posting(less, "shown")
    answer = signed_in(second).post(review_path(workshop), data)

    told = "Ada Administrator has hidden it meanwhile, because: “A name.”."
    assert told in answer.content.decode()
    decisions = {one.text: one.decision for one in Comment.objects.all()}
    assert (decisions["More tea"], decisions["Less tea"]) == ("hidden", "shown")
    again = posting(Comment.objects.get(pk=tea.pk), "shown")
    signed_in(second).post(review_path(workshop), again)
    assert Comment.objects.get(pk=tea.pk).decision == "shown"


def test_page_left_open_until_all_are_decided_says_so(
    administrator_client: Client,
    second: User,
    workshop: Workshop,
    comments: dict[str, Comment],
) -> None:
    administrator_client.post(review_path(workshop), show_all(comments))
    stale = posting(comments[SECRET], "shortened", shown_text="The lead shouted.")
    answer = signed_in(second).post(review_path(workshop), stale)

    told = "Ada Administrator has decided meanwhile to show it as it is."
    assert told in answer.content.decode()
    assert Comment.objects.get(pk=comments[SECRET].pk).decision == "shown"


def test_same_decision_twice_is_saved_once(
    survey: Survey, comments: dict[str, Comment], administrator: User, second: User
) -> None:
    given = [verdict(comments["More tea"], "shown")]
    assert decide(survey=survey, verdicts=given, by=administrator, at=LATER) == []
    assert decide(survey=survey, verdicts=given, by=second, at=LATER) == []
    assert Comment.objects.get(pk=comments["More tea"].pk).read_by == administrator


def test_domain_refuses_what_the_form_refuses(
    survey: Survey, comments: dict[str, Comment], administrator: User
) -> None:
    save = partial(decide, survey=survey, by=administrator, at=LATER)
    for wrong in (
        verdict(comments[ORIGINAL], "shortened", shown_text="Something else"),
        verdict(comments[ORIGINAL], "hidden"),
    ):
        with pytest.raises(ValidationError):
            save(verdicts=[verdict(comments["More tea"], "shown"), wrong])
    assert {one.decision for one in Comment.objects.all()} == {"waiting"}


@pytest.mark.django_db(transaction=True)
def test_concurrent_decisions_of_two_administrators_never_overwrite_each_other(
    survey: Survey, comments: dict[str, Comment], administrator: User, second: User
) -> None:
    """Each decides about all comments on a page loaded before either has saved."""
    loaded = comments_to_read(survey)

    def act(by: User, decision: str, **values: str) -> list[Comment]:
        verdicts = [verdict(comment, decision, **values) for comment in loaded]
        return decide(survey=survey, verdicts=verdicts, by=by, at=LATER)

    jobs = [
        partial(act, administrator, "shown"),
        partial(act, second, "hidden", reason="It says who somebody is."),
    ]
    conflicts = sorted(len(found) for found in run_concurrently(jobs))

    assert conflicts == [0, 6]
    found = {(one.decision, one.read_by_id) for one in Comment.objects.all()}
    assert found in ({("shown", administrator.pk)}, {("hidden", second.pk)})


# Named surveys, and lost keys


def test_comments_of_a_named_survey_are_read_too_but_only_those_that_can_be_shown(
    workshop: Workshop, give: GiveAnswers, survey: Survey, administrator: User
) -> None:
    Survey.objects.update(kind=SurveyKind.NAMED)
    give(*({"worth_time": 4, "change": text} for text in OTHERS), {"worth_time": 4})
    release_due(at=CLOSED)

    assert survey.comments.count() == 4
    assert comments_to_read(survey) == []
    assert surveys_to_read(administrator) == []


def test_comment_with_a_lost_key_can_only_be_hidden(
    settings: Any, workshop: Workshop, comments: dict[str, Comment], administrator: User
) -> None:
    client = signed_in(administrator)
    lose_keys(settings, client)
    tea = Comment.objects.get(pk=comments["More tea"].pk)
    assert "This comment can’t be decrypted" in page(client, review_path(workshop))
    refused = client.post(review_path(workshop), posting(tea, "shown"))
    assert "You can’t read this, so you can only hide it." in refused.content.decode()
    client.post(review_path(workshop), posting(tea, "hidden", reason="Its key is lost."))
    assert Comment.objects.get(pk=tea.pk).decision == "hidden"
