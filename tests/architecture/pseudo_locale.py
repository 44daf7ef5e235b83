"""A pseudo-locale: every translatable message between ⟦ and ⟧, and data in full-width letters.

Other text on a page is not translatable. Django's makemessages extracts the messages from a copy of
the code, as for translators. A message that it does not find gets no brackets.
"""

from __future__ import annotations

import gettext
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import models

from programmes.questions import Question, QuestionsField

OPENING, CLOSING = "⟦", "⟧"
CONTEXT_SEPARATOR = "\x04"
# Packages whose own translations our pages use. Their messages are read from the German catalogue,
# because it is complete.
PACKAGES = ("django", "allauth")


class PseudoTranslations(gettext.NullTranslations):
    """The translations of the pseudo-locale: each known message is its English in brackets."""

    def __init__(self, messages: Collection[str]) -> None:
        super().__init__()
        self.messages = messages

    def language(self) -> str:
        return settings.LANGUAGE_CODE

    to_language = language

    def gettext(self, message: str) -> str:
        text = message.rpartition(CONTEXT_SEPARATOR)[2]
        return bracketed(text) if message in self.messages and text else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        chosen = (msgid1 if n == 1 else msgid2).rpartition(CONTEXT_SEPARATOR)[2]
        return bracketed(chosen) if msgid1 in self.messages else chosen


def bracketed(text: str) -> str:
    """Return the text with brackets around each of its paragraphs."""
    return "\n\n".join(f"{OPENING}{part}{CLOSING}" for part in text.split("\n\n"))


def extract_messages(folder: Path) -> set[str]:
    """Run makemessages on a copy of the code; return the found messages, and those of PACKAGES.

    The copy is made in `folder`.
    """
    root = settings.BASE_DIR
    for name in [*{app.name for app in own_apps()}, "config", "templates"]:
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "manage.py", folder)
    environment = os.environ | {"DEMO": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "manage.py", "makemessages", "--locale", "en_GB"]
    run = subprocess.run(
        [*command, "--extension", "html,txt,py"],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")
    catalogue = folder / "locale" / "en_GB" / "LC_MESSAGES" / "django.po"
    filled, compiled = folder / "filled.po", folder / "filled.mo"
    subprocess.run(["msgen", "--output-file", filled, catalogue], check=True)
    subprocess.run(["msgfmt", "--check-format", "--output-file", compiled, filled], check=True)
    return {
        *read_msgids(compiled),
        *(msgid for path in package_catalogues() for msgid in read_msgids(path)),
    }


def own_apps() -> list[AppConfig]:
    return [app for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]


def package_catalogues() -> Iterator[Path]:
    for package in PACKAGES:
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        yield from Path(spec.origin).parent.rglob("locale/de/LC_MESSAGES/django.mo")


def read_msgids(compiled: Path) -> Iterator[str]:
    with compiled.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    for key in catalogue:
        yield key[0] if isinstance(key, tuple) else key


# Data is rewritten in full-width letters, so that the tests don't take it for untranslated text.

WIDE = {letter: letter + 0xFEE0 for letter in (*range(0x41, 0x5B), *range(0x61, 0x7B))}
FIELD_IN_BRACES = re.compile(r"(\{\w+\}|\b\S+@\S+|\bhttps?://\S+)")
# Columns that `widen_database` must not change. They contain HTML, or codes such as keys and URLs.
NO_WORDS = {
    *("password", "public_id", "email", "key", "kind", "claim", "address", "reply_to", "calendar"),
    *("html", "outcome", "name_key", "time_zone", "content", "content_type", "entry", "page"),
    *("joining_link", "joining_link_before", "link", "half"),
}


def widen(text: str) -> str:
    """Replace the text's letters by full-width ones, except in placeholders and addresses."""
    parts = FIELD_IN_BRACES.split(text)
    return "".join(
        part if number % 2 else part.translate(WIDE) for number, part in enumerate(parts)
    )


def widen_database() -> None:
    """Replace the letters of all text in the database by full-width ones."""
    for model in apps.get_models():
        names = list(worded_columns(model))
        if not names:
            continue
        rows = list(model._base_manager.only("pk", *names))
        for row in rows:
            for name in names:
                setattr(row, name, widened(getattr(row, name)))
        model._base_manager.bulk_update(rows, names, batch_size=200)


def widened(value: Any) -> Any:
    """Return the value of a text column or of a list of survey questions in full-width letters."""
    return widen(value or "") if isinstance(value, str | None) else tuple(map(reworded, value))


def reworded(question: Question) -> Question:
    return replace(
        question,
        text=widen(question.text),
        low=widen(question.low),
        high=widen(question.high),
        options=tuple(map(widen, question.options)),
    )


def worded_columns(model: type[models.Model]) -> Iterator[str]:
    if model._meta.app_label not in {app.label for app in own_apps()}:
        return
    for field in model._meta.concrete_fields:
        is_text = isinstance(field, models.CharField | models.TextField | QuestionsField)
        if is_text and not field.choices and field.name not in NO_WORDS and not field.null:
            yield field.name


# Finding untranslated text in a page ------------------------------------------------------------

SPOKEN = ("title", "alt", "aria-label", "placeholder", "aria-description", "data-confirm")
NOT_READ = {"script", "style", "code"}
BLOCKS = {"p", "li", "td", "th", "h1", "h2", "h3", "label", "legend", "title", "option", "button"}
# Addresses, names and formats that are the same in every language, so they are not translated.
UNIVERSAL = re.compile(
    r"\S+@\S+|https?://\S*|/\S*/|\b[\w-]+\.(?:org|csv|xlsx|pdf|txt)\b"
    r"|\b[A-Z]{4}-[A-Z]{4}\b"  # a sign-in code
    r"|\b(?:Convenor|Change Together CIC|CSV|XLSX|PDF|iCalendar)\b"
)


class Reader(HTMLParser):
    """Collects the untranslated texts of a page, which are outside the pseudo-locale's brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.unread = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self.depth = 0
        self.unread += tag in NOT_READ
        named = dict(attrs)
        spoken = [named.get(name) for name in SPOKEN]
        if tag == "input" and named.get("type") in ("submit", "button"):
            spoken.append(named.get("value"))
        for text in filter(None, spoken):
            self.found += untranslated(text)

    def handle_endtag(self, tag: str) -> None:
        self.unread -= tag in NOT_READ
        if tag in BLOCKS:
            self.depth = 0

    def handle_data(self, data: str) -> None:
        if self.unread:
            return
        outside, self.depth = outside_brackets(data, self.depth)
        self.found += untranslated(outside)


def outside_brackets(text: str, depth: int = 0) -> tuple[str, int]:
    """Return the text outside the brackets, and the number of brackets open at its end.

    `depth` is the number of brackets that are open at its beginning.
    """
    outside = []
    for letter in text:
        if letter == OPENING:
            depth += 1
        elif letter == CLOSING:
            depth = max(depth - 1, 0)
        elif depth == 0:
            outside.append(letter)
    return "".join(outside), depth


def untranslated(text: str) -> list[str]:
    """Return a list of the text's untranslated part, or an empty list if all is translated.

    Data does not count as untranslated, because its letters are full-width.
    """
    outside, _ = outside_brackets(text)
    return (
        [" ".join(outside.split())] if re.search(r"[A-Za-z]{2}", UNIVERSAL.sub("", outside)) else []
    )


def untranslated_in(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.found
