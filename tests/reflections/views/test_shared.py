"""Pages of reflections that other people have shared, and replies to them."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import User
from accounts.public_id import new_public_id
from cohorts.models import Cohort, Membership
from reflections.entries import reply, share
from reflections.models import Audience, Reflection, Reply
from tests.queries import CapturedQueries
from tests.reflections.conftest import MARKER
from tests.reflections.pages import text_of
from workshops.models import Workshop

Entry = Callable[..., Reflection]


@pytest.fixture
def shared(entry: Entry, facilitator: User, peer: User) -> Reflection:
    """A reflection shared with the facilitators, all of whom can read it."""
    return entry(audience=Audience.FACILITATORS, at=timezone.now())


@pytest.fixture
def answer(shared: Reflection, facilitator: User) -> Reply:
    return reply(
        reflection=shared, author=facilitator, body="Thank you for this", at=timezone.now()
    )


def reply_url(entry: Reflection) -> str:
    return reverse("reflections:reply_create", args=[entry.public_id])


def delete_url(answer: Reply) -> str:
    return reverse("reflections:reply_delete", args=[answer.public_id])


def cohort_url(cohort: Cohort) -> str:
    return reverse("home:cohort_reflections", args=[cohort.public_id])


def test_facilitator_can_reply_and_author_sees_the_reply(
    facilitator_client: Client, participant_client: Client, shared: Reflection
) -> None:
    text = text_of(facilitator_client.get(shared.get_absolute_url()))
    assert "What Amina wrote" in text
    assert "Shared with the facilitators" in text
    response = facilitator_client.post(reply_url(shared), {"body": "Thank you\r\nfor this"})
    assert response["Location"] == shared.get_absolute_url()
    said = Reply.objects.get()
    assert (str(said.author), said.body) == ("Ruth Okafor", "Thank you\nfor this")
    page = participant_client.get(shared.get_absolute_url())
    assert "<p>Thank you<br>\nfor this</p>" in page.content.decode()
    assert "Ruth can read it." in text_of(page)
    assert delete_url(said) not in page.content.decode()


def test_author_can_reply_after_an_earlier_reply(
    participant_client: Client, facilitator_client: Client, shared: Reflection, answer: Reply
) -> None:
    assert participant_client.post(reply_url(shared), {"body": "And to you"}).status_code == 302
    text = text_of(facilitator_client.get(shared.get_absolute_url()))
    assert text.index("Thank you for this") < text.index("And to you")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("  ", "Write a few words."),
        ("x" * 5_001, "This has 5,001 characters; the limit is 5,000."),
    ],
)
def test_invalid_reply_shows_error_and_typed_text(
    facilitator_client: Client, shared: Reflection, body: str, sentence: str
) -> None:
    response = facilitator_client.post(reply_url(shared), {"body": body})
    content = html.unescape(response.content.decode())
    assert (sentence in content, body.strip() in content, MARKER in content) == (True, True, True)
    assert not Reply.objects.exists()


def test_reply_to_ones_own_private_entry_is_refused(
    participant_client: Client, entry: Entry
) -> None:
    private = entry()
    assert participant_client.post(reply_url(private), {"body": "Note"}).status_code == 403
    assert "Send reply" not in participant_client.get(private.get_absolute_url()).content.decode()


def test_replies_return_404_for_people_who_cannot_read(
    shared: Reflection,
    answer: Reply,
    peer_client: Client,
    other_facilitator_client: Client,
    administrator_client: Client,
    outsider_client: Client,
) -> None:
    for client in (peer_client, other_facilitator_client, administrator_client, outsider_client):
        assert client.post(reply_url(shared), {"body": "Mine"}).status_code == 404
        assert client.get(delete_url(answer)).status_code == 404
        assert client.post(delete_url(answer)).status_code == 404
    assert list(Reply.objects.all()) == [answer]


def test_former_member_can_read_but_not_reply(
    facilitator_client: Client, facilitator: User, shared: Reflection
) -> None:
    Membership.objects.get(user=facilitator).leave(by=None, at=timezone.now())
    assert "Send reply" not in facilitator_client.get(shared.get_absolute_url()).content.decode()
    response = facilitator_client.post(reply_url(shared), {"body": "Still here"})
    assert (response.status_code, ">\nStill here</textarea>" in response.content.decode()) == (
        403,
        True,
    )


UNSENT_REPLY = "\r\n<b>A long</b> & careful reply"


def post_unsent_reply(client: Client, public_id: str) -> tuple[int, str]:
    response = client.post(
        reverse("reflections:reply_create", args=[public_id]), {"body": UNSENT_REPLY}
    )
    return response.status_code, re.sub(
        r'value="\w{64}"', "", response.content.decode()
    )  # without the CSRF token


def test_refused_reply_is_returned_without_revealing_the_entry(
    facilitator_client: Client, participant: User, shared: Reflection
) -> None:
    """The response is the same for a private entry, a deleted one, and one that never existed."""
    share(reflection=shared, audience=Audience.ONLY_ME, by=participant, at=timezone.now())
    narrowed = post_unsent_reply(facilitator_client, shared.public_id)
    shared.delete()
    assert narrowed == post_unsent_reply(facilitator_client, shared.public_id)
    assert narrowed == post_unsent_reply(facilitator_client, new_public_id())
    status, content = narrowed
    assert (status, "You can’t reply here any more." in content) == (404, True)
    assert f"readonly>\n{escape(UNSENT_REPLY)}</textarea>" in content
    assert ("Amina" in content, MARKER in content, Reply.objects.exists()) == (False, False, False)


def test_blank_reply_to_a_missing_entry_shows_not_found_page(facilitator_client: Client) -> None:
    nowhere = reverse("reflections:reply_create", args=[new_public_id()])
    assert "We can’t find that page" in text_of(facilitator_client.post(nowhere, {"body": " "}))


def test_get_of_reply_url_redirects_readers_to_the_entry(
    facilitator_client: Client, outsider_client: Client, shared: Reflection
) -> None:
    assert facilitator_client.get(reply_url(shared))["Location"] == shared.get_absolute_url()
    assert outsider_client.get(reply_url(shared)).status_code == 404


def test_only_the_writer_can_delete_a_reply(
    facilitator_client: Client, participant_client: Client, shared: Reflection, answer: Reply
) -> None:
    assert participant_client.get(delete_url(answer)).status_code == 403
    assert participant_client.post(delete_url(answer)).status_code == 403
    assert "Delete this reply?" in text_of(facilitator_client.get(delete_url(answer)))
    assert Reply.objects.exists()
    assert facilitator_client.post(delete_url(answer))["Location"] == shared.get_absolute_url()
    assert not Reply.objects.exists()
    assert facilitator_client.get(delete_url(answer)).status_code == 404


def test_reply_views_refuse_wrong_methods(
    facilitator_client: Client, shared: Reflection, answer: Reply
) -> None:
    assert facilitator_client.put(reply_url(shared)).status_code == 405
    assert facilitator_client.put(delete_url(answer)).status_code == 405


def test_cohort_page_shows_entries_shared_with_the_user(
    facilitator_client: Client,
    peer_client: Client,
    participant_client: Client,
    entry: Entry,
    shared: Reflection,
    answer: Reply,
    workshop: Workshop,
) -> None:
    later = timezone.now()
    entry(body="To all", workshop=workshop, audience=Audience.COHORT, at=later)
    entry(body="To nobody", workshop=workshop, at=later)
    url = cohort_url(workshop.cohort)
    facilitators, peers, authors = (
        text_of(client.get(url)) for client in (facilitator_client, peer_client, participant_client)
    )
    shown = [
        facilitators.find(words)
        for words in ("3 · Trust and conflict", "To all", "At other times", MARKER)
    ]
    assert -1 not in shown
    assert shown == sorted(shown)
    assert "(1 reply)" in facilitators
    assert ("To all" in peers, MARKER in peers, "To nobody" in peers + facilitators) == (
        True,
        False,
        False,
    )
    assert "Nobody has shared anything with you here yet" in authors


def test_cohort_page_returns_404_for_non_members(
    cohort: Cohort,
    shared: Reflection,
    administrator_client: Client,
    other_facilitator_client: Client,
    outsider_client: Client,
    facilitator_client: Client,
) -> None:
    for client in (administrator_client, other_facilitator_client, outsider_client):
        assert client.get(cohort_url(cohort)).status_code == 404
    assert facilitator_client.post(cohort_url(cohort)).status_code == 405


def test_new_member_does_not_see_earlier_entries(
    cohort: Cohort, entry: Entry, peer: User, peer_client: Client
) -> None:
    Membership.objects.filter(user=peer).update(joined_at=timezone.now())
    before = entry(body="Before", audience=Audience.COHORT, at=timezone.now() - timedelta(hours=1))
    entry(body="After", audience=Audience.COHORT, at=timezone.now())
    text = text_of(peer_client.get(cohort_url(cohort)))
    assert ("Before" in text, "After" in text) == (False, True)
    assert peer_client.get(before.get_absolute_url()).status_code == 404


def test_cohort_page_is_paginated_with_constant_query_count(
    facilitator_client: Client,
    cohort: Cohort,
    entry: Entry,
    shared: Reflection,
    answer: Reply,
    facilitator: User,
) -> None:
    def queries(page: int) -> int:
        with CapturedQueries() as queries:
            assert facilitator_client.get(cohort_url(cohort), {"page": page}).status_code == 200
        return len(queries)

    one = queries(1)
    for number in range(31):
        user = User.objects.create_user(f"more{number}@example.org", f"More {number}")
        Membership.objects.create(cohort=cohort, user=user)
        more = entry(body=f"Entry {number}.", author=user, audience=Audience.COHORT)
        reply(reflection=more, author=facilitator, body="Yes", at=timezone.now())
    assert (queries(1), queries(2)) == (one, one)
    assert one <= 15
    assert MARKER in text_of(facilitator_client.get(cohort_url(cohort), {"page": 2}))
