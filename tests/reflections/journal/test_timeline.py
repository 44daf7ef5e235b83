"""The journal and its search: contents, permissions and number of queries."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from cohorts.models import Membership
from reflections.entries import reply, share
from reflections.experiments.actions import answer
from reflections.journal.search import contains_all, excerpt, search_terms
from reflections.models import Audience, Experiment, Reflection
from tests.queries import CapturedQueries
from tests.reflections.conftest import MARKER
from tests.reflections.pages import text_of
from workshops.models import Workshop

Entry = Callable[..., Reflection]
Begin = Callable[..., Experiment]
FIND = "/reflections/find/"


# The list of a journal's entries ------------------------------------------------------------------


def test_journal_groups_entries_experiments_and_replies_by_workshop(
    participant_client: Client,
    participant: User,
    entry: Entry,
    experiment: Begin,
    workshop: Workshop,
    peer: User,
    facilitator: User,
) -> None:
    now = timezone.now() + timedelta(seconds=1)
    fourth = Workshop.objects.create(
        cohort=workshop.cohort, position=4, title="Power and prejudice"
    )
    mine = entry(workshop=workshop, body="Mine", audience=Audience.COHORT, at=now)
    for author in (peer, facilitator):
        reply(reflection=mine, author=author, body="Words of others", at=now)
    theirs = entry(author=peer, workshop=fourth, body="Theirs", audience=Audience.COHORT, at=now)
    reply(reflection=theirs, author=participant, body="What I said", at=now)
    tried = experiment(workshop=workshop, words="To ask", at=now + timedelta(hours=1))
    answer(experiment=tried, outcome="tried", learned="To wait", by=participant, at=now)
    entry(body="Of no workshop")
    text = text_of(participant_client.get("/reflections/"))
    words = [
        "4 · Power and prejudice",
        "You replied to Dev Patel",
        "What I said",
        "3 · Trust and conflict",
        "Tried",
        "To ask",
        "To wait",
        "Mine",
        "Dev and Ruth replied",
        "At other times",
        "Of no workshop",
    ]
    places = [text.find(word) for word in words]
    assert -1 not in places
    assert places == sorted(places)
    assert ("Theirs" in text, "Words of others" in text) == (False, False)


def test_reply_to_an_entry_made_private_is_hidden_from_its_writer(
    participant_client: Client, participant: User, entry: Entry, peer: User
) -> None:
    now = timezone.now() + timedelta(seconds=1)
    theirs = entry(author=peer, audience=Audience.COHORT, at=now)
    reply(reflection=theirs, author=participant, body="What I said", at=now)
    assert "What I said" in text_of(participant_client.get("/reflections/"))
    share(reflection=theirs, audience=Audience.ONLY_ME, by=peer, at=now)
    assert "What I said" not in text_of(participant_client.get("/reflections/"))
    assert "No results" in text_of(participant_client.post(FIND, {"q": "What I said"}))


def test_list_and_search_query_counts_are_constant(
    participant_client: Client,
    participant: User,
    entry: Entry,
    experiment: Begin,
    workshop: Workshop,
) -> None:
    def queries() -> list[int]:
        with CapturedQueries() as listed:
            assert "heron" in participant_client.get("/reflections/").content.decode()
        with CapturedQueries() as found:
            assert "heron" in participant_client.post(FIND, {"q": "heron"}).content.decode()
        return [len(listed), len(found)]

    entry(workshop=workshop)
    experiment(workshop=workshop)
    few, now = queries(), timezone.now()
    Reflection.objects.bulk_create(
        Reflection(
            author=participant,
            cohort=workshop.cohort,
            workshop=workshop,
            body=f"{MARKER} " * 40,
            written_at=now,
            changed_at=now,
        )
        for _ in range(500)
    )
    assert [many - one for many, one in zip(queries(), few, strict=True)] == [
        -1,  # the first page no longer lists the experiment
        0,
    ]
    text = text_of(participant_client.post(FIND, {"q": "heron"}))
    assert ("502 results" in text, "There are 452 more" in text) == (True, True)
    assert "at the weir" in text_of(participant_client.get("/reflections/", {"page": "17"}))


# Searching the journal ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("HERON", "The heron at the weir"),
        ("weir heron", "The heron at the weir"),
        ("lodz", "W Łódź i Ło\u0301dz\u0301".replace("Ł", "L")),
        ("Ångström", "angstrom"),
        ("strasse", "Die Straße"),
        ("שלום", "אמרתי שָׁלוֹם"),
        ("écoute", "J’e\u0301coute"),
    ],
)
def test_search_ignores_accents_and_case(query: str, text: str) -> None:
    assert contains_all([text], search_terms(query))


def test_search_requires_every_word() -> None:
    assert not contains_all(["The heron", "at the weir"], search_terms("heron otter"))
    assert contains_all(["The heron", "at the weir"], search_terms("heron weir"))


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("Die Straße dort", "strasse", "Die <mark>Straße</mark> dort"),
        ("e\u0301coute bien", "ecoute", "<mark>e\u0301coute</mark> bien"),
        ("anana", "ana nan", "<mark>anana</mark>"),
        ("<b>heron</b> & Co", "heron", "&lt;b&gt;<mark>heron</mark>&lt;/b&gt; &amp; Co"),
        (
            "<script>alert(1)</script>",
            "script",
            "&lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt;",
        ),
    ],
)
def test_excerpt_marks_matches_and_escapes_markup(text: str, query: str, shown: str) -> None:
    assert excerpt([text], search_terms(query)) == shown


def test_excerpt_of_long_text_is_cut_around_the_match() -> None:
    shown = excerpt(["word " * 300 + "heron " + "word " * 300], ["heron"])
    assert ("<mark>heron</mark>" in shown, shown[0], shown[-1], len(shown) < 400) == (
        True,
        "…",
        "…",
        True,
    )


def test_search_covers_only_own_entries_experiments_and_threads(
    participant_client: Client,
    peer_client: Client,
    entry: Entry,
    experiment: Begin,
    facilitator: User,
    peer: User,
) -> None:
    now = timezone.now() + timedelta(seconds=1)
    mine = entry(body="I saw the héron", audience=Audience.COHORT, at=now)
    experiment(words="To wait", at=now)
    reply(reflection=mine, author=facilitator, body="Herons are patient", at=now)
    entry(author=peer, body="My own heron", at=now)
    shown = participant_client.post(FIND, {"q": "HERON"}).content.decode()
    assert ("<mark>héron</mark>" in shown, "<mark>Heron</mark>s are patient" in shown) == (
        True,
        True,
    )
    assert ("2 results" in shown, "My own" in shown) == (True, False)
    assert "No results" in text_of(peer_client.post(FIND, {"q": "patient"}))
    assert "1 result" in text_of(participant_client.post(FIND, {"q": "wait"}))


def test_search_query_is_not_in_url_title_or_log(
    participant_client: Client, entry: Entry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    entry()
    content = participant_client.get("/reflections/").content.decode()
    form = content[content.index("<search>") : content.index("</search>")]
    assert (
        f'method="post" action="{FIND}"' in form,
        participant_client.get(FIND, {"q": MARKER}).status_code,
    ) == (
        True,
        200,
    )
    assert "<mark>" not in participant_client.get(FIND, {"q": "heron"}).content.decode()
    response = participant_client.post(FIND, {"q": MARKER})
    assert MARKER not in response.content.decode().split("<main")[0]
    assert [record for record in caplog.records if "heron" in record.getMessage()] == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Enter a word"),
        ("x" * 201, "Shorten this to 200"),
        ("\0", "can’t be shown"),
        ("\u0301", "No results"),
    ],
)
def test_invalid_or_unmatched_query_shows_a_message(
    query: str, said: str, participant_client: Client, entry: Entry
) -> None:
    entry()
    assert said in text_of(participant_client.post(FIND, {"q": query}))


def test_former_member_can_search_their_text(
    participant_client: Client, participant: User, entry: Entry
) -> None:
    entry()
    Membership.objects.get(user=participant).leave(by=None, at=timezone.now())
    assert "1 result" in text_of(participant_client.post(FIND, {"q": "heron"}))
