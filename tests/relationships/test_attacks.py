"""Somebody with the database, but not its keys, learns who has finished and nothing more.

Each save replaces all blobs and each receipt all receipts. So the rows that exist have one length
and one transaction number, in random order. Earlier versions of receipts, which PostgreSQL removes
only when it vacuums, may reveal the order in which people finished; never what they said.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from accounts.encryption import encrypt
from cohorts.models import Membership
from relationships.answers import own_answers, save_answers
from relationships.models import AnswerBlob, Round, RoundReceipt
from tests.relationships.conftest import START_OPEN, finish

pytestmark = pytest.mark.django_db(transaction=True)

# Of twelve random guesses, one is right on average. More than seven are right once in 100,000
# runs.
CHANCE = 7


@pytest.fixture
def answering(start: Round, people: list[Membership]) -> list[Membership]:
    """Twelve who are on the list already; only they answer, in this order."""
    return people


def rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def ciphertexts() -> dict[int, str]:
    """Return the encrypted blobs by membership, as the database stores them."""
    found = rows("SELECT membership_id, content FROM relationships_answerblob")
    return dict(found)


def everything() -> str:
    """Return all rows of the app's tables, without ciphertexts and random primary keys."""
    found = []
    for model in apps.get_app_config("relationships").get_models():
        left_out = {"content", "id"} if model in (AnswerBlob, RoundReceipt) else set()
        fields = (field.column for field in model._meta.local_fields)
        names = ", ".join(str(one) for one in fields if one not in left_out)
        table = model._meta.db_table
        found.append((table, sorted(map(str, rows(f"SELECT {names} FROM {table}")))))  # noqa: S608
    return json.dumps(found)


def test_ciphertexts_have_one_length_from_the_first_to_the_last_tap(
    start: Round, answering: list[Membership]
) -> None:
    lengths = {len(text) for text in ciphertexts().values()}
    me, *others = answering
    for count in range(1, len(others) + 1):
        levels = {other.pk: 4 for other in others[:count]}
        save_answers(one=start, membership=me, levels=levels, at=START_OPEN)
        lengths |= {len(text) for text in ciphertexts().values()}
    # Base64 of 4 KiB, with Fernet's header, padding and signature.
    assert lengths == {4 * -(-(AnswerBlob.SIZE + 16 + 57) // 3)}


def test_two_copies_of_the_database_do_not_say_whose_answers_changed(
    start: Round, answering: list[Membership]
) -> None:
    before, keys = ciphertexts(), set(AnswerBlob.objects.values_list("pk", flat=True))
    save_answers(one=start, membership=answering[0], levels={answering[1].pk: 4}, at=START_OPEN)
    after = ciphertexts()
    assert before.keys() == after.keys()
    assert [member for member in before if before[member] == after[member]] == []
    assert not keys & set(AnswerBlob.objects.values_list("pk", flat=True))


def test_starting_leaves_no_trace_and_what_is_said_changes_no_other_column(
    start: Round, answering: list[Membership]
) -> None:
    untouched = everything()
    me, *others = answering
    save_answers(one=start, membership=me, levels={one.pk: 4 for one in others}, at=START_OPEN)
    assert everything() == untouched
    finish(start, me, {one.pk: 4 for one in others})
    finished = everything()
    finish(start, me, {one.pk: 0 for one in others})
    assert everything() == finished
    assert finished != untouched


def test_no_row_has_a_time_of_an_answer() -> None:
    kinds = {
        field.get_internal_type()
        for model in (AnswerBlob, RoundReceipt)
        for field in model._meta.get_fields()
        if not field.auto_created
    }
    assert kinds == {"UUIDField", "ForeignKey", "TextField"}


def test_ciphertexts_do_not_contain_the_words_of_the_answers(
    start: Round, answering: list[Membership]
) -> None:
    me, other = answering[:2]
    save_answers(one=start, membership=me, levels={other.pk: 4}, at=START_OPEN)
    assert own_answers(start, me) == {other.pk: 4}
    assert encrypt("") != encrypt("")
    assert f'"{other.pk}"' not in "".join(ciphertexts().values())


def test_rows_are_in_random_order(start: Round, answering: list[Membership]) -> None:
    """The rows' physical order, and that of their keys, are not the order of answers."""
    order = "ctid" if connection.vendor == "postgresql" else "rowid"
    for member in answering:
        finish(start, member, {})
    for table in ("relationships_roundreceipt", "relationships_answerblob"):
        for by in (order, "id"):
            found = rows(f"SELECT membership_id FROM {table} ORDER BY {by}")  # noqa: S608
            right = sum(one == member.pk for (one,), member in zip(found, answering, strict=False))
            assert right <= CHANCE


@pytest.mark.postgresql
def test_all_rows_have_one_transaction_number(start: Round, answering: list[Membership]) -> None:
    for member in answering[:6]:
        finish(start, member, {})
    for table in ("relationships_roundreceipt", "relationships_answerblob"):
        assert len(rows(f"SELECT DISTINCT xmin::text FROM {table}")) == 1  # noqa: S608
