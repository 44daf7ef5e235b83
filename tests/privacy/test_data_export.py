"""The zip file with a person's data: its contents, its format, and what it leaves out."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any
from zipfile import ZipFile

from cryptography.fernet import Fernet
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort
from privacy.data_export import archive_of
from privacy.data_inventory import DATA_INVENTORY
from reflections.models import Reflection
from tests.factories import MARCH
from tests.privacy.conftest import EMAIL, NAME, OTHER_WORDS, WORDS, make_message
from workshops.models import CalendarFeed


def read_archive(user: User) -> dict[str, str]:
    with archive_of(user, at=MARCH) as file, ZipFile(file) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def read_json(user: User) -> dict[str, list[dict[str, Any]]]:
    return {
        name.removeprefix("data/").removesuffix(".json"): json.loads(text)
        for name, text in read_archive(user).items()
        if name.startswith("data/")
    }


def test_archive_has_two_files_per_kind_and_an_index(wren: User) -> None:
    files = read_archive(wren)
    kinds = {holding.name for holding in DATA_INVENTORY}
    assert set(files) == {f"data/{name}.json" for name in kinds} | {
        f"{name}.html" for name in kinds
    } | {
        "index.html",
        "style.css",
    }
    assert all(f'<a href="{name}.html">' in files["index.html"] for name in kinds)


def test_export_says_of_a_removal_whether_an_email_was_sent(wren: User) -> None:
    left = wren.memberships.order_by("pk")[0]
    left.leave(by=None, at=MARCH, silently=True)
    silent = [one["Removed without an e-mail about it"] for one in read_json(wren)["cohorts"]]
    assert sorted(silent) == [False] * (wren.memberships.count() - 1) + [True]


def test_text_is_exported_unchanged(wren: User) -> None:
    found = read_json(wren)
    assert [(one["Words"], one["Who can read it"]) for one in found["reflections"]] == [
        (WORDS, "My cohort"),
        (WORDS, "Only me"),
    ]
    assert found["reflections"][0]["Who could read it when"][0]["From"] == "2027-01-20T12:00:00Z"
    assert [(one["Words"], one["To"]) for one in found["replies"]] == [(WORDS, "Amina Rahman")]
    assert [(one["Words"], one["By"]) for one in found["replies-to-you"]] == [
        (f"{OTHER_WORDS}, {NAME}", "Amina Rahman")
    ]
    assert [one["Words"] for one in found["drafts"]] == [WORDS]
    assert [one["What you learned"] for one in found["experiments"]] == ["", WORDS]
    assert found["account"][0]["E-mail"] == EMAIL
    assert found["cohorts"][0]["Access or dietary needs"] == WORDS
    assert found["when-you-are-free"][0]["Half days you can’t make"] == ["2027-03-01, morning"]
    assert found["e-mails"][0]["What it said"] == f"Dear {NAME}, {WORDS}.\n"


def test_html_pages_have_the_same_text_and_no_scripts(wren: User) -> None:
    Reflection.objects.create(
        author=wren,
        cohort=wren.memberships.all()[0].cohort,
        body="<script>alert(1)</script>\n  two\nlines 🌱",
        written_at=MARCH,
        changed_at=MARCH,
    )
    files = read_archive(wren)
    assert (
        '<dd dir="auto">&lt;script&gt;alert(1)&lt;/script&gt;\n  two\nlines 🌱</dd>'
        in files["reflections.html"]
    )
    assert files["reflections.html"].count("<dl>") == 3
    assert (
        '<dt>Written</dt><dd dir="auto">Wednesday 20 January 2027, midday</dd>'
        in files["reflections.html"]
    )
    assert not any("<script" in text for name, text in files.items() if name.endswith(".html"))


def test_survey_responses_are_excluded_with_an_explanation(wren: User) -> None:
    files = read_archive(wren)
    assert not any("Less time" in text for text in files.values())
    assert json.loads(files["data/surveys.json"]) == [
        {
            "Cohort": "North East, spring 2027",
            "Workshop": "1. Workshop 1",
            "You answered its survey": True,
        }
    ]
    assert "nothing links them to anybody" in files["surveys.html"]


def test_archive_excludes_secrets(wren: User) -> None:
    feed, everything = CalendarFeed.objects.get(), "".join(read_archive(wren).values())
    secrets = (feed.public_id, feed.token, wren.sign_in_links.get().token, wren.password)
    assert [secret for secret in secrets if secret in everything] == []


def test_archive_names_only_people_who_wrote_to_the_user(
    wren: User, participant: User, facilitator: User
) -> None:
    Reflection.objects.filter(author=participant).update(body="Amina’s own")
    everything = "".join(read_archive(wren).values())
    assert "Amina’s own" not in everything
    assert participant.email not in everything
    assert facilitator.email not in everything


def test_lost_key_is_mentioned_and_the_rest_is_exported(wren: User, settings: Settings) -> None:
    settings.REFLECTION_KEYS = [Fernet.generate_key().decode()]
    found = read_json(wren)
    assert {one["Words"] for one in found["reflections"]} == {
        "(Its encryption key is lost: nobody can read it any more.)"
    }
    assert found["account"][0]["Name"] == NAME


def test_archive_of_a_new_user_is_complete(outsider: User) -> None:
    assert set(read_archive(outsider)) == {
        "index.html",
        "style.css",
        "account.html",
        "data/account.json",
    }


def test_large_archive_uses_constant_memory(participant: User, cohort: Cohort) -> None:
    """If all thirty messages of 350 kB were in memory together, the limit would be exceeded."""
    for number in range(30):
        make_message(participant, cohort, number, text="word " * 70_000)
    tracemalloc.start()
    try:
        with archive_of(participant, at=MARCH) as file:
            _, peak = tracemalloc.get_traced_memory()
            assert file.seek(0, 2) > 0
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000
