# ruff: noqa: RUF001, the letters that look alike are what is tested
"""Search text: the same on both databases and in Python, and current after every kind of save."""

import unicodedata
from typing import Any, cast

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import User
from accounts.search_text import MAX_WORDS, fold_text, has_words, search_words, trigram_index

NAMES = {
    "Zoë’s Larder": "zoe's larder",
    "ŁÓDŹ Ångström": "lodz angstrom",
    "Straße, STRASSE": "strasse, strasse",
    "Þórr Œuvre Ærø": "thorr oeuvre aero",
    unicodedata.normalize("NFD", "Nguyễn Thị"): "nguyen thi",
    "ΟΔΥΣΣΕΥΣ Ὀδυσσεύς": "οδυσσευσ οδυσσευσ",
    "Йосип ЩУКА": "иосип щука",
    "İstanbul Diyarbakır": "istanbul diyarbakir",
    "ﬁrm Ⅷ １２": "firm viii 12",
    "100% \\ _a_": "100% \\ _a_",
    "李小龍 יוסף علي": "李小龍 יוסף علي",
}


@pytest.mark.parametrize(("name", "folded"), NAMES.items())
def test_fold_text_removes_case_and_accents(name: str, folded: str) -> None:
    assert fold_text(name) == folded
    assert fold_text(folded) == folded


@pytest.mark.both
@pytest.mark.parametrize("name", NAMES)
def test_database_computes_the_same_text(name: str, db: None) -> None:
    user = User.objects.create(name=name, email="Ø@example.org".lower())
    user.refresh_from_db()
    assert user.search_text == f"{fold_text(name)} o@example.org"


@pytest.mark.both
def test_search_text_is_current_after_bulk_statements(db: None) -> None:
    User.objects.bulk_create([User(name="Zoë", email="z@example.org")])
    user = User.objects.get(has_words(["zoe"]))
    User.objects.filter(pk=user.pk).update(name="Chloé")
    assert User.objects.get(has_words(["chloe"])) == user
    user.name = "Renée"
    User.objects.bulk_update([user], ["name"])
    assert User.objects.get(has_words(["renee"])) == user
    user.name = "Noémi"
    user.save(update_fields=["name"])
    assert User.objects.get(has_words(["noemi"])) == user
    assert not User.objects.filter(has_words(["renee"])).exists()


@pytest.mark.both
@pytest.mark.parametrize("typed", ["%", "_", "\\", "zoe %"])
def test_special_characters_of_patterns_are_searched_for_literally(typed: str, db: None) -> None:
    User.objects.create(name="Zoë", email="z@example.org")
    assert not User.objects.filter(has_words(search_words(typed))).exists()


def test_search_words_are_limited() -> None:
    assert search_words("  Zoë  LARDER ") == ["zoe", "larder"]
    assert len(search_words("a " * 50)) == MAX_WORDS


@pytest.mark.postgresql
def test_index_serves_a_search(db: None) -> None:
    with connection.schema_editor() as editor:
        trigram_index(table="accounts_user", name="tried").code(cast(Any, apps), editor)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = User.objects.filter(has_words(["zoe"])).order_by().explain()
    assert "Bitmap Index Scan on tried" in plan
