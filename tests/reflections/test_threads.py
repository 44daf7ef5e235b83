"""Threads: replies to a reflection, and the answers to each; who sees them, and their deletion."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.entries import delete_reply, reply, share
from reflections.models import Audience, Reflection, Reply
from reflections.threads import threads_of
from tests.lost_keys import lose_keys
from tests.queries import CapturedQueries
from tests.reflections.pages import text_of

Entry = Callable[..., Reflection]
NOW = timezone.now() - timedelta(hours=2)


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def shared(entry: Entry, facilitator: User, peer: User) -> Reflection:
    """A reflection shared with the cohort, which every member can read."""
    Membership.objects.update(joined_at=NOW - timedelta(days=9))
    return entry(audience=Audience.COHORT, at=NOW)


@pytest.fixture
def opening(shared: Reflection, facilitator: User) -> Reply:
    return reply(reflection=shared, author=facilitator, body="What did it cost you?", at=later(1))


@pytest.fixture
def answer(shared: Reflection, opening: Reply, participant: User) -> Reply:
    return reply(reflection=shared, author=participant, body="An evening", at=later(2), to=opening)


def reply_url(entry: Reflection) -> str:
    return reverse("reflections:reply_create", args=[entry.public_id])


def delete_url(said: Reply) -> str:
    return reverse("reflections:reply_delete", args=[said.public_id])


def threads_visible_to(entry: Reflection, user: User) -> list[tuple[str | None, list[str]]]:
    """Return, for each thread, the text of its first reply (the opening) and of the answers to it.

    The opening is None if the user can't read it.
    """
    return [
        (thread.opening.body if thread.opening else None, [one.body for one in thread.answers])
        for thread in threads_of(entry, user)
    ]


# Answering a reply --------------------------------------------------------------------------------


def test_answer_is_shown_under_the_reply_it_answers(
    participant_client: Client, shared: Reflection, opening: Reply, peer_client: Client, peer: User
) -> None:
    second = reply(reflection=shared, author=peer, body="Me too", at=later(3))
    for client, words in ((participant_client, "An evening"), (peer_client, "Worth it?")):
        sent = client.post(reply_url(shared), {"body": words, "to": opening.public_id})
        assert sent["Location"] == shared.get_absolute_url()
    assert [(one.body, one.in_answer_to) for one in Reply.objects.all()] == [
        ("What did it cost you?", None),
        ("Me too", None),
        ("An evening", opening),
        ("Worth it?", opening),
    ]
    assert second.in_answer_to is None
    text = text_of(peer_client.get(shared.get_absolute_url()))
    order = [text.index(words) for words in ("cost you?", "An evening", "Worth it?", "Me too")]
    assert order == sorted(order)
    for name in ("Ruth Okafor", "Amina Rahman", "Dev Patel"):
        assert name in text


def test_labels_of_answer_boxes_are_unique(
    participant_client: Client, shared: Reflection, opening: Reply, facilitator: User
) -> None:
    words = "Who else was <b>there</b> that day, and what did they say?"
    Reply.objects.create(reflection=shared, author=facilitator, body=words, written_at=later(5))

    page = participant_client.get(shared.get_absolute_url()).content.decode()

    boxes = re.findall(r"<label[^>]*>\s*(Your answer to .*?)\s*</label>", page, re.DOTALL)
    assert len(boxes) == len(set(boxes)) == 2
    assert "Your answer to Ruth" in boxes[0]
    assert "Who else was &lt;b&gt;there&lt;/b&gt; that day,…" in boxes[1]


def test_answer_to_an_answer_is_refused(
    facilitator_client: Client, shared: Reflection, opening: Reply, answer: Reply
) -> None:
    page = facilitator_client.get(shared.get_absolute_url()).content.decode()
    assert re.findall(r'name="to" value="(\w+)"', page) == [opening.public_id]
    sent = facilitator_client.post(reply_url(shared), {"body": "Deeper", "to": answer.public_id})
    assert (sent.status_code, Reply.objects.count()) == (200, 2)


def test_invalid_answer_shows_error_and_typed_text_under_its_reply(
    peer_client: Client, shared: Reflection, opening: Reply
) -> None:
    content = peer_client.post(
        reply_url(shared), {"body": "x" * 5_001, "to": opening.public_id}
    ).content.decode()
    (fold,) = re.findall(r'<details class="fold" open>.*?</details>', content, re.DOTALL)
    assert ("This has 5,001 characters" in fold, "x" * 5_001 in fold) == (True, True)
    assert content.count("x" * 5_001) == 1
    assert len(set(re.findall(r'id="(id_\w+)"', content))) == len(
        re.findall(r'id="(id_\w+)"', content)
    )


def test_answer_to_a_deleted_reply_is_shown_again_and_not_saved(
    peer_client: Client, shared: Reflection, opening: Reply, facilitator: User
) -> None:
    delete_reply(reply=opening, by=facilitator, at=later(2))
    content = peer_client.post(
        reply_url(shared), {"body": "I know", "to": opening.public_id}
    ).content.decode()
    assert ("The reply you were answering has been deleted." in content, "I know" in content) == (
        True,
        True,
    )
    assert 'name="to"' not in content
    assert not Reply.objects.exists()


@pytest.mark.parametrize("public_id", ["\0", "nonsense", "aaaaaaaaaaaa", "../../x"])
def test_answer_to_an_unknown_reply_is_refused(
    peer_client: Client, shared: Reflection, public_id: str
) -> None:
    assert (
        peer_client.post(reply_url(shared), {"body": "Words", "to": public_id}).status_code == 200
    )
    assert not Reply.objects.exists()


def test_answer_to_a_reply_of_another_entry_is_refused(
    shared: Reflection, opening: Reply, entry: Entry, peer: User
) -> None:
    other = entry(audience=Audience.COHORT, at=NOW)
    with pytest.raises(PermissionDenied):
        reply(reflection=other, author=peer, body="Words", at=later(2), to=opening)


def test_former_member_cannot_answer(
    facilitator: User, facilitator_client: Client, shared: Reflection, opening: Reply, answer: Reply
) -> None:
    Membership.objects.filter(user=facilitator).update(left_at=later(5))
    page = facilitator_client.get(shared.get_absolute_url()).content.decode()
    assert ("An evening" in page, 'name="to"' in page, "Send the" in page) == (True, False, False)
    sent = facilitator_client.post(reply_url(shared), {"body": "Words", "to": opening.public_id})
    assert sent.status_code == 403


# Who can see a thread -----------------------------------------------------------------------------


def test_widening_does_not_reveal_answers_to_earlier_replies(
    entry: Entry, participant: User, facilitator: User, peer: User
) -> None:
    """New readers can't see earlier replies.

    They can't see new answers to those either, because an answer would reveal the reply.
    """
    Membership.objects.update(joined_at=NOW - timedelta(days=9))
    kept = entry(audience=Audience.FACILITATORS, at=NOW)
    opening = reply(reflection=kept, author=facilitator, body="Between us", at=later(1))
    kept = share(reflection=kept, audience=Audience.COHORT, by=participant, at=later(2))
    reply(reflection=kept, author=participant, body="Yes, between us", at=later(3), to=opening)
    for_all = reply(reflection=kept, author=facilitator, body="To all", at=later(4))
    assert threads_visible_to(kept, peer) == [("To all", [])]
    assert threads_visible_to(kept, facilitator) == [
        ("Between us", ["Yes, between us"]),
        ("To all", []),
    ]
    assert threads_visible_to(kept, participant) == threads_visible_to(kept, facilitator)
    with pytest.raises(PermissionDenied):
        reply(reflection=kept, author=peer, body="I can’t see it", at=later(5), to=opening)
    assert (
        reply(reflection=kept, author=peer, body="I can", at=later(5), to=for_all).in_answer_to
        == for_all
    )


def test_narrowing_hides_whole_threads(
    shared: Reflection, answer: Reply, participant: User, facilitator: User, peer: User
) -> None:
    reply(reflection=shared, author=peer, body="And me", at=later(3), to=answer.in_answer_to)
    whole = [("What did it cost you?", ["An evening", "And me"])]
    assert [threads_visible_to(shared, user) for user in (peer, facilitator, participant)] == [
        whole
    ] * 3
    share(reflection=shared, audience=Audience.FACILITATORS, by=participant, at=later(4))
    assert [threads_visible_to(shared, user) for user in (peer, facilitator, participant)] == [
        [],
        whole,
        whole,
    ]
    share(reflection=shared, audience=Audience.ONLY_ME, by=participant, at=later(5))
    assert [threads_visible_to(shared, user) for user in (peer, facilitator, participant)] == [
        [],
        [],
        whole,
    ]


def test_former_member_does_not_see_later_answers(
    shared: Reflection, opening: Reply, participant: User, peer: User
) -> None:
    Membership.objects.filter(user=peer).update(left_at=later(2))
    reply(reflection=shared, author=participant, body="An evening", at=later(3), to=opening)
    assert threads_visible_to(shared, peer) == [("What did it cost you?", [])]


def test_own_answer_is_shown_when_its_opening_is_no_longer_visible(
    entry: Entry,
    participant: User,
    facilitator: User,
    cohort: Cohort,
    peer: User,
    peer_client: Client,
) -> None:
    """The peer, a facilitator here, answers a reply. Then the author shares with the whole cohort.

    Everybody in the cohort, and so the peer, then sees only replies written after that change.
    """
    Membership.objects.update(joined_at=NOW - timedelta(days=9))
    Membership.objects.filter(user=peer).update(role=Membership.Role.FACILITATOR)
    kept = entry(audience=Audience.FACILITATORS, at=NOW)
    opening = reply(reflection=kept, author=facilitator, body="Between us", at=later(1))
    reply(reflection=kept, author=peer, body="My answer", at=later(2), to=opening)
    share(reflection=kept, audience=Audience.COHORT, by=participant, at=later(3))
    assert threads_visible_to(kept, peer) == [(None, ["My answer"])]
    text = text_of(peer_client.get(kept.get_absolute_url()))
    assert ("A reply that you can’t read any more." in text, "My answer" in text) == (True, True)


# Deleting replies and answers ---------------------------------------------------------------------


def test_answers_stay_under_a_deleted_reply(
    facilitator_client: Client,
    peer_client: Client,
    shared: Reflection,
    opening: Reply,
    answer: Reply,
) -> None:
    assert "The answers to it stay under" in text_of(facilitator_client.get(delete_url(opening)))
    assert facilitator_client.post(delete_url(opening))["Location"] == shared.get_absolute_url()
    opening.refresh_from_db()
    assert (opening.author, opening.body, opening.deleted_at is None) == (None, "", False)
    for client in (facilitator_client, peer_client):
        text = text_of(client.get(shared.get_absolute_url()))
        assert ("A deleted reply." in text, "An evening" in text) == (True, True)
        assert ("What did it cost you?" in text, "Ruth Okafor" in text, "Answer" in text) == (
            False,
        ) * 3
    assert facilitator_client.get(delete_url(opening)).status_code == 403


def test_deleted_reply_is_removed_with_its_last_answer(
    shared: Reflection,
    opening: Reply,
    answer: Reply,
    facilitator: User,
    participant: User,
    peer: User,
) -> None:
    second = reply(reflection=shared, author=peer, body="Worth it?", at=later(3), to=opening)
    delete_reply(reply=opening, by=facilitator, at=later(4))
    delete_reply(reply=answer, by=participant, at=later(5))
    assert threads_visible_to(shared, participant) == [("", ["Worth it?"])]
    delete_reply(reply=second, by=peer, at=later(6))
    assert not Reply.objects.exists()


def test_opening_remains_after_its_last_answer_is_deleted(
    shared: Reflection, opening: Reply, answer: Reply, participant: User
) -> None:
    delete_reply(reply=answer, by=participant, at=later(4))
    assert list(Reply.objects.all()) == [opening]


def test_deleted_reply_without_visible_answers_is_not_shown(
    shared: Reflection, opening: Reply, facilitator: User, peer: User, participant: User
) -> None:
    Membership.objects.filter(user=peer).update(left_at=later(2))
    reply(reflection=shared, author=participant, body="An evening", at=later(3), to=opening)
    delete_reply(reply=opening, by=facilitator, at=later(4))
    assert threads_visible_to(shared, peer) == []


def test_only_the_writer_can_delete_an_answer(
    facilitator_client: Client,
    participant_client: Client,
    shared: Reflection,
    answer: Reply,
    peer: User,
) -> None:
    assert facilitator_client.post(delete_url(answer)).status_code == 403
    with pytest.raises(PermissionDenied):
        delete_reply(reply=answer, by=peer, at=later(4))
    assert "Delete your answer" in text_of(participant_client.get(shared.get_absolute_url()))
    participant_client.post(delete_url(answer))
    assert threads_visible_to(shared, answer.reflection.author) == [("What did it cost you?", [])]


def test_unreadable_reply_can_be_deleted(
    facilitator_client: Client, opening: Reply, answer: Reply, settings: Settings
) -> None:
    lose_keys(settings, facilitator_client)
    facilitator_client.post(delete_url(opening))
    opening.refresh_from_db()
    assert (opening.author, opening.is_unreadable, answer in opening.answers.all()) == (
        None,
        False,
        True,
    )


def test_deleting_an_account_deletes_its_replies_but_not_answers_to_them(
    opening: Reply, answer: Reply, facilitator: User
) -> None:
    facilitator.delete()
    answer.refresh_from_db()
    assert (list(Reply.objects.all()), answer.in_answer_to) == ([answer], None)


@pytest.mark.parametrize("wrong", [{"author": None}, {"deleted_at": NOW}])
def test_database_requires_either_author_or_deleted_at(
    opening: Reply, wrong: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Reply.objects.filter(pk=opening.pk).update(**wrong)


# The tag on replies that the author has not seen --------------------------------------------------


def replies_seen_at_of(entry: Reflection) -> object:
    return Reflection.objects.get(pk=entry.pk).replies_seen_at


def test_author_sees_the_new_tag_once(
    participant_client: Client,
    facilitator_client: Client,
    shared: Reflection,
    opening: Reply,
    answer: Reply,
) -> None:
    facilitator_client.get(shared.get_absolute_url())
    participant_client.get("/reflections/")
    assert replies_seen_at_of(shared) is None
    pages = [participant_client.get(shared.get_absolute_url()).content.decode() for _ in range(2)]
    assert [page.count('<span class="tag sun">New</span>') for page in pages] == [1, 0]
    assert replies_seen_at_of(shared) == opening.written_at


def test_only_the_author_sees_the_new_tag(
    facilitator_client: Client, peer_client: Client, shared: Reflection, opening: Reply
) -> None:
    for client in (facilitator_client, peer_client):
        assert ">New<" not in client.get(shared.get_absolute_url()).content.decode()
    assert replies_seen_at_of(shared) is None


def test_thread_query_count_is_constant(
    peer_client: Client, shared: Reflection, answer: Reply, facilitator: User, peer: User
) -> None:
    def queries() -> int:
        with CapturedQueries() as queries:
            assert peer_client.get(shared.get_absolute_url()).status_code == 200
        return len(queries)

    one = queries()
    for number in range(30):
        opening = reply(reflection=shared, author=peer, body=f"{number}", at=later(number + 3))
        reply(reflection=shared, author=facilitator, body="Yes", at=later(99), to=opening)
    assert queries() == one
    assert one <= 10
