"""Compiled queries: their SQL is compiled once, then executed with different values."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.functions import Concat

from accounts.models import User
from outbox.compiled_query import (
    BindParam,
    CompiledInsert,
    CompiledQuery,
    CompiledSelect,
    CompiledUpdate,
    DateTimeParam,
)
from outbox.models import Heartbeat, OptOut
from tests.queries import CapturedQueries

pytestmark = pytest.mark.django_db

NOON = datetime(2027, 3, 17, 12, 0, tzinfo=UTC)
prepared_or_not = pytest.mark.parametrize("prepare", [False, True])


@pytest.fixture
def people() -> list[User]:
    return [
        User.objects.create(name=name, email=f"{number}@example.org")
        for number, name in enumerate(["Ada 100%", "Bob", "Cleo"])
    ]


def statements_prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


@prepared_or_not
def test_select_runs_with_different_values(people: list[User], prepare: bool) -> None:
    by_name = CompiledSelect(
        User.objects.filter(name=BindParam("name")).values_list("pk", "email"), prepare=prepare
    )

    found = [by_name(name=person.name) for person in people]

    assert found == [[(person.pk, person.email)] for person in people]


@prepared_or_not
def test_select_is_compiled_once(people: list[User], prepare: bool) -> None:
    query = CompiledSelect(
        User.objects.filter(pk=BindParam("pk")).values_list("name"), prepare=prepare
    )
    query(pk=people[0].pk)

    query.compile = pytest.fail  # type: ignore[method-assign]

    assert query(pk=people[1].pk) == [("Bob",)]


@prepared_or_not
def test_literals_may_contain_percent_signs(people: list[User], prepare: bool) -> None:
    query = CompiledSelect(
        User.objects.filter(name__endswith="100%", pk=BindParam("pk"))
        .annotate(rate=Value("50 %s"))
        .values_list("rate"),
        prepare=prepare,
    )

    assert query(pk=people[0].pk) == [("50 %s",)]
    assert query(pk=people[1].pk) == []


@prepared_or_not
def test_select_converts_values_as_the_orm_does(prepare: bool) -> None:
    Heartbeat.record(NOON)
    query = CompiledSelect(
        Heartbeat.objects.filter(at=DateTimeParam("at") + timedelta(hours=1)).values_list("at"),
        prepare=prepare,
    )

    assert query(at=NOON - timedelta(hours=1)) == [(NOON,)]
    assert query(at=NOON) == []


def test_select_of_none_makes_no_query() -> None:
    query = CompiledSelect(User.objects.none().values_list("pk"))

    with CapturedQueries() as queries:
        assert query() == []

    assert len(queries) == 0


@prepared_or_not
def test_update_counts_changed_rows(people: list[User], prepare: bool) -> None:
    rename = CompiledUpdate(
        User.objects.filter(pk=BindParam("pk")), prepare=prepare, name=BindParam("name")
    )

    with CapturedQueries() as queries:
        assert rename(pk=people[0].pk, name="Zoë") == 1
        assert rename(pk=0, name="Nobody") == 0

    assert len(queries) == 2
    assert User.objects.get(pk=people[0].pk).name == "Zoë"


def test_insert_skips_rows_whose_unique_value_exists(people: list[User]) -> None:
    at = ExpressionWrapper(DateTimeParam("at"), DateTimeField())
    ids = User.objects.annotate(new_pk=F("pk"), new_at=at).values_list("new_pk", "new_at")
    insert = CompiledInsert(ids, Heartbeat, ["id", "at"], unique="id")

    assert insert(at=NOON) == len(people)
    assert insert(at=NOON + timedelta(hours=1)) == 0
    assert {beat.at for beat in Heartbeat.objects.all()} == {NOON}


def test_missing_value_is_an_error() -> None:
    query = CompiledSelect(User.objects.filter(pk=BindParam("pk")).values_list("pk"))

    with pytest.raises(KeyError, match="pk"):
        query()


def test_query_may_contain_a_join_and_a_union(people: list[User]) -> None:
    OptOut.objects.create(person=people[1], kind="survey-nudge", at=NOON)
    opted_out = OptOut.objects.filter(kind=BindParam("kind")).order_by().values_list("person__name")
    named = User.objects.filter(name=BindParam("name")).order_by().values_list("name")
    query = CompiledSelect(opted_out.union(named, all=True), prepare=True)

    assert sorted(query(kind="survey-nudge", name="Cleo")) == [("Bob",), ("Cleo",)]


@pytest.mark.postgresql
@prepared_or_not
def test_long_value_is_in_the_sql_once(people: list[User], prepare: bool) -> None:
    long = Value("100% “long” " * 100)
    named = User.objects.order_by().alias(long=long).annotate(text=Concat("name", long))
    rows = named.filter(name=BindParam("name")).values_list("text", "name")
    query = CompiledSelect(rows.union(rows, all=True), prepare=prepare)

    assert query(name="Bob") == [(f"Bob{long.value}", "Bob")] * 2
    assert query.compiled().statement.count("long") < 110


@pytest.mark.postgresql
def test_statement_is_prepared_once_for_every_value(people: list[User]) -> None:
    query = CompiledSelect(
        User.objects.filter(pk=BindParam("pk"), name=BindParam("name")).values_list("pk"),
        prepare=True,
    )
    before = statements_prepared()

    for pk in (1, 70_000, 5_000_000_000):
        query(pk=pk, name=f"Person {pk}")

    assert statements_prepared() == before + 1


@pytest.mark.postgresql
def test_prepared_statement_is_planned_once(people: list[User]) -> None:
    rows = User.objects.filter(pk=BindParam("pk"), name__startswith="planned once")
    query = CompiledSelect(rows.values_list("pk"), prepare=True)

    for person in people:
        query(pk=person.pk)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements "
            "WHERE statement LIKE '%planned once%'"
        )
        assert cursor.fetchall() == [(len(people), 0)]


@pytest.mark.postgresql
def test_nothing_is_prepared_if_the_connection_disables_it(people: list[User]) -> None:
    query: CompiledQuery = CompiledSelect(
        User.objects.filter(pk=BindParam("pk")).values_list("name"), prepare=True
    )
    connection.ensure_connection()
    before, threshold = statements_prepared(), connection.connection.prepare_threshold
    connection.connection.prepare_threshold = None
    try:
        assert query(pk=people[2].pk) == [("Cleo",)]  # type: ignore[operator]
    finally:
        connection.connection.prepare_threshold = threshold

    assert statements_prepared() == before
