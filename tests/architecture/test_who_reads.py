"""Tests who can read people's text: every URL, for every kind of person and every audience.

The expected results are tables in everybody.py. A test fails if a URL is missing from the tables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.public_id import new_public_id
from reflections.key_rotation import encrypted_fields, with_ciphertext
from reflections.models import Audience, Draft
from tests.architecture.addresses import patterns
from tests.architecture.everybody import (
    ADDRESSES,
    ANSWERER,
    AUDIENCES,
    AUTHOR,
    DRAFT,
    EVER_THERE,
    PART_OF_IT,
    READER,
    SIGNED_IN,
    Person,
    World,
    plain_refusals,
    words,
    world,
)
from tests.lost_keys import lose_keys
from workshops.models import CalendarFeed

__all__ = ["plain_refusals", "world"]


def expected(
    person: Person, name: str, audience: str, values: dict[str, str], world: World
) -> set[str]:
    """Return the permitted responses: "in" (redirected to sign in), "open", "403" or "404"."""
    asks = ADDRESSES[name][1]
    if person.name == "visitor":
        return {"in"}
    if asks == SIGNED_IN:
        return {"open"}
    if asks == EVER_THERE:
        return {"open"} if person.was_there or "elsewhere" in person.stays else {"403"}
    if asks == PART_OF_IT:
        return {"open"} if person.was_there else {"404"}
    if asks == DRAFT:
        # "open" reveals nothing here: a member who posts the id of another person's entry starts
        # a new draft of their own.
        return (
            {"open", "404"}
            if person.is_author or person.was_there or "elsewhere" in person.stays
            else {"404"}
        )
    if not person.can_read(audience):
        return {"404"}
    if asks == READER:
        return {"open"}
    if asks == AUTHOR:
        return {"open"} if person.is_author else {"403"}
    if asks == ANSWERER:
        return {"open"} if person.reads.get(audience) == "w" else {"403"}
    number = next(
        number for (of, number), one in world.replies.items() if one.public_id in values.values()
    )
    if person.name == "facilitator":
        return {"open"}
    return {"403"} if person.hears(audience, number) else {"404"}


def answer_of(response: Any) -> str:
    if response.status_code == 401 or (
        response.status_code == 302 and response["Location"].startswith(reverse("account_login"))
    ):
        return "in"
    return "open" if response.status_code in (200, 302) else str(response.status_code)


def ask(client: Client, method: str, url: str, **headers: str) -> Any:
    """Make a request, roll back what it changed in the database, and return the response."""
    data = {"body": "Mine", "keep": "first", "q": "heron"} if method == "POST" else {}
    with transaction.atomic():
        response = (
            client.generic(method, url, headers=headers)
            if method == "GET"
            else client.post(url, data)
        )
        transaction.set_rollback(True)
    return response


def readable_words(person: Person, world: World) -> set[str]:
    """Return every marker phrase that the person may see on some page."""
    found = {
        words(kind, audience, "-changed" if changed else "")
        for kind in ("reflection", "experiment")
        for audience in AUDIENCES
        for changed in (False, True)
        if person.can_read(audience, changed=changed)
    }
    found |= {words("reply", *key) for key in world.replies if person.hears(*key)}
    if person.is_author:
        found |= {words("draft", Audience.ONLY_ME)}
    if person.is_author or person.facilitates:
        found |= {words("quote", Audience.COHORT)}  # offered to the report
    return found


def shows_offer(person: Person, audience: str) -> bool:
    """Return whether a reflection's page shows this person the quote that its author offered."""
    return person.is_author and audience == Audience.COHORT


def all_words(world: World) -> set[str]:
    author = next(person for person in world.people if person.is_author)
    return readable_words(author, world)


def private_text_in(response: Any, world: World) -> set[str]:
    body = response.getvalue()
    content = body.decode(errors="replace") + repr(response.headers)
    return {one for one in all_words(world) if one in content}


def test_every_reflections_url_is_in_the_table() -> None:
    names = {name for name, _ in patterns(get_resolver()) if name.startswith("reflections:")}
    assert names == {f"reflections:{name}" for name in ADDRESSES}


@pytest.mark.either
@pytest.mark.long
def test_every_url_opens_only_for_people_permitted_by_the_table(world: World) -> None:
    """Tests GET, POST and htmx requests. No response shows text that the person may not read."""
    wrong = []
    for person in world.people:
        own = readable_words(person, world)
        for name, (methods, asks) in ADDRESSES.items():
            for audience, values in world.things(name):
                url = reverse(f"reflections:{name}", kwargs=values)
                right = expected(person, name, audience, values, world)
                if name == "keepsake_pdf" and right == {"open"} and not person.is_author:
                    continue  # a PDF takes a second
                answers = [ask(person.client, method, url) for method in methods.split()]
                if asks in (READER, PART_OF_IT):
                    answers.append(ask(person.client, "GET", url, **{"HX-Request": "true"}))
                wrong += [
                    (person.name, name, str(audience), answer_of(response), right)
                    for response in answers
                    if answer_of(response) not in right
                    or not private_text_in(response, world) <= own
                ]
    assert wrong == []


@pytest.mark.either
@pytest.mark.long
def test_detail_pages_show_each_person_exactly_the_permitted_text(world: World) -> None:
    for person in world.people:
        for entries, kind, changed in (
            (world.reflections, "reflection", False),
            (world.changed, "reflection", True),
            (world.experiments, "experiment", False),
            (world.changed_experiments, "experiment", True),
        ):
            for audience, thing in entries.items():
                shown = private_text_in(person.client.get(thing.get_absolute_url()), world)
                right = set()
                if person.can_read(audience, changed=changed):
                    right = {words(kind, audience, "-changed" if changed else "")}
                    if entries is world.reflections:
                        heard = [key for key in world.replies if person.hears(*key)]
                        right |= {words("reply", *key) for key in heard if key[0] == audience}
                        right |= (
                            {words("quote", audience)} if shows_offer(person, audience) else set()
                        )
                assert shown == right, (person.name, kind, audience, changed)


@pytest.mark.either
@pytest.mark.long
def test_lists_search_and_feeds_show_only_permitted_text(world: World) -> None:
    """These are a person's lists and search, Today, the cohort's pages and the calendar feeds."""
    cohort = [world.cohort.public_id]
    for person in world.people:
        urls = [
            reverse("reflections:reflection_list"),
            reverse("reflections:cohort_experiments", args=cohort),
            reverse("reflections:keepsake_detail", args=cohort),
            reverse("reflections:keepsake_text", args=cohort),
            reverse("reports:quote_list", args=cohort),
            reverse("reports:report_detail", args=cohort),
            reverse("reports:report_csv", args=cohort),
            reverse("home:cohort_reflections", args=cohort),
            reverse("home:cohort_detail", args=cohort),
            reverse("home:message_list", args=cohort),
            reverse("home:today"),
        ]
        if user_id := person.client.session.get("_auth_user_id"):
            user = User.objects.get(pk=user_id)
            for kind in CalendarFeed.Kind:
                feed = CalendarFeed.open_for(user, kind, at=timezone.now())
                urls.append(reverse("workshops:calendar_feed", args=[feed.token]))
        own = readable_words(person, world)
        for url in urls:
            response = person.client.get(url)
            shown = private_text_in(response, world)
            assert shown <= own, (person.name, url)
            if "calendar" in url:
                assert (response.status_code, shown) == (200, set())
        found = person.client.post(reverse("reflections:reflection_search"), {"q": "heron"})
        assert private_text_in(found, world) <= own, person.name


@pytest.mark.either
@pytest.mark.long
def test_draft_api_returns_no_text_of_other_people(world: World) -> None:
    """Everybody except the author posts to the draft's URL, and to draft URLs of reflections."""
    entries = [world.draft.entry, *(one.public_id for one in world.reflections.values())]
    before = list(Draft.objects.values_list("pk", "version"))
    for person in world.people:
        if person.is_author:
            continue
        for entry in entries:
            url = reverse("reflections:draft_save", args=[entry])
            for data in (
                {},
                {"body": "Mine"},
                {"body": "Mine", "version": "1", "cohort": world.cohort.public_id},
            ):
                with transaction.atomic():
                    response = person.client.post(url, data)
                    transaction.set_rollback(True)
                assert private_text_in(response, world) == set(), (person.name, entry)
    assert list(Draft.objects.values_list("pk", "version")) == before


@pytest.mark.either
@pytest.mark.long
def test_unknown_ids_and_ids_of_other_objects_are_not_found(world: World) -> None:
    """The author gets 404, for example, at the URL of an experiment with the id of a reply."""
    [author] = [person for person in world.people if person.is_author]
    reflection, experiment = world.reflections[Audience.COHORT], world.experiments[Audience.COHORT]
    reply = world.replies[Audience.COHORT, "1"]
    others: dict[str, Callable[[str], bool]] = {
        reflection.public_id: lambda name: name.startswith("reflection_") or name == "reply_create",
        experiment.public_id: lambda name: name.startswith("experiment_"),
        reply.public_id: lambda name: name == "reply_delete",
        world.cohort.public_id: lambda name: name.startswith(("cohort_", "keepsake_")),
        **{new_public_id(): (lambda name: False) for _ in range(20)},
    }
    for name, (methods, asks) in ADDRESSES.items():
        if asks in (SIGNED_IN, EVER_THERE, DRAFT):
            continue
        for public_id, is_its_own in others.items():
            if not is_its_own(name):
                url = reverse(f"reflections:{name}", args=[public_id])
                answers = {
                    ask(author.client, method, url).status_code for method in methods.split()
                }
                assert answers == {404}, (name, public_id)


def stored_ciphertexts() -> set[str]:
    """Return the ciphertext of every encrypted text in the database."""
    return {
        token
        for model, name in encrypted_fields()
        for token in with_ciphertext(model, name).values_list("ciphertext", flat=True)
    }


def test_missing_key_breaks_no_page_and_changes_no_ciphertext(
    world: World, settings: Settings
) -> None:
    """Pages say that the text can't be decrypted, and nobody can edit it."""
    before = stored_ciphertexts()
    people = [one for one in world.people if one.name in ("author", "facilitator")]
    lose_keys(settings, *(one.client for one in people))
    cohort = [world.cohort.public_id]
    for name in ("author", "facilitator"):
        [person] = [one for one in world.people if one.name == name]
        urls = [
            reverse("home:today"),
            reverse("home:cohort_detail", args=cohort),
            reverse("home:cohort_reflections", args=cohort),
            reverse("privacy:my_data"),
            *(
                reverse(f"reflections:{address}", kwargs=values)
                for address, (methods, _) in ADDRESSES.items()
                for _, values in world.things(address)
                if methods.startswith("GET")
            ),
        ]
        if name == "facilitator":
            urls += [
                reverse("reports:quote_list", args=cohort),
                reverse("reports:report_detail", args=cohort),
            ]
        for url in urls:
            response = person.client.get(url)
            assert response.status_code in (200, 302, 403, 404), (name, url)
            assert private_text_in(response, world) == set()
        for thing in (world.reflections[Audience.COHORT], world.experiments[Audience.COHORT]):
            assert (
                "can’t be read at the moment"
                in person.client.get(thing.get_absolute_url()).content.decode()
            )
    [author] = [one for one in world.people if one.is_author]
    for address, thing in (
        ("reflection_edit", world.reflections[Audience.COHORT]),
        ("experiment_edit", world.experiments[Audience.COHORT]),
        ("experiment_answer", world.experiments[Audience.COHORT]),
    ):
        data = {
            "body": "New",
            "words": "New",
            "outcome": "tried",
            "happened": "New",
            "learned": "New",
        }
        answer = author.client.post(
            reverse(f"reflections:{address}", args=[thing.public_id]), data, follow=True
        )
        assert "can’t be changed while it can’t be read" in answer.content.decode(), address
    assert stored_ciphertexts() == before
