"""Search text: names without case and accents, in a generated column that searches read.

The database computes the column, so that it is correct after every kind of save, including bulk
statements. PostgreSQL and SQLite fold text as `fold_text` does, which folds the search terms.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.models import Func, Q

SQLITE_NAME = "fold_text"
# Letters that Unicode does not decompose into a letter and an accent, and curly apostrophes.
LETTERS = dict(zip("øØłŁđĐðÐħĦŧŦıς’‘\u02bc", "oollddddhhtti\u03c3'''", strict=True))
LIGATURES = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
ACCENTS = re.compile("[\u0300-\u036f]")
# A long search costs the database one condition for each word.
MAX_WORDS = 10


def fold_text(text: str) -> str:
    """Return the text in lower case and without accents: “Zoë’s Łódź” becomes “zoe's lodz”."""
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    # Character by character: str.lower() has another form for a sigma at the end of a word.
    folded = "".join(LETTERS.get(letter) or letter.lower() for letter in plain)
    for ligature, letters in LIGATURES.items():
        folded = folded.replace(ligature, letters)
    return ACCENTS.sub("", folded)


def search_words(typed: str) -> list[str]:
    """Return the folded words to search for, at most MAX_WORDS of them."""
    return fold_text(typed).split()[:MAX_WORDS]


def has_words(words: list[str], field: str = "search_text") -> Q:
    """Return a condition: the search text contains every one of these folded words."""
    condition = Q()
    for word in words:
        condition &= Q(**{f"{field}__contains": word})
    return condition


def create_sqlite_function(connection: BaseDatabaseWrapper, **signal: Any) -> None:
    """Signal receiver: register `fold_text` on a new SQLite connection."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(SQLITE_NAME, 1, fold_text, deterministic=True)


class Folded(Func):
    """The folded text of one or more fields that are never null, joined by spaces.

    PostgreSQL's functions here are immutable, which a generated column requires; `unaccent` is not.
    A change to the SQL needs a migration that computes the generated columns again.
    """

    function = SQLITE_NAME
    arg_joiner = " || ' ' || "
    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        letters, replacements = "".join(LETTERS), "".join(LETTERS.values())
        folded = (
            "lower(translate(regexp_replace(normalize(%(expressions)s, NFKD), "
            f"'[\\u0300-\\u036f]', '', 'g'), {_quoted(letters)}, {_quoted(replacements)}))"
        )
        for ligature, plain in LIGATURES.items():
            folded = f"replace({folded}, {_quoted(ligature)}, {_quoted(plain)})"
        return self.as_sql(compiler, connection, template=folded, **context)


class AnyOf(Func):
    """A condition: the value of the first expression is among the rows of the second, a subquery.

    On PostgreSQL the rows are an array. Unlike IN with a subquery, it can be one side of an OR that
    two indexes serve, or be tested in the order of a list, whichever the planner finds cheaper.
    """

    template = "(%(expressions)s)"
    arg_joiner = " IN "
    output_field = models.BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler,
            connection,
            template="(%(expressions)s))",
            arg_joiner=" = ANY(ARRAY",
            **context,
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class SearchTextField(models.GeneratedField):
    """The generated column with the search text of the named fields."""

    def __init__(self, *fields: str, **kwargs: Any) -> None:
        self.searched = fields
        super().__init__(
            expression=Folded(*fields), output_field=models.TextField(), db_persist=True, **kwargs
        )

    def deconstruct(self) -> Any:
        name, path, _args, kwargs = super().deconstruct()
        for implied in ("expression", "output_field", "db_persist"):
            del kwargs[implied]
        return name, path, list(self.searched), kwargs


def trigram_index(*, table: str, name: str) -> RunPython:
    """Return a migration operation that indexes `search_text` on PostgreSQL, and only there.

    The index serves a search for any part of the text (decision 20).
    """

    def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            schema_editor.execute(
                f'CREATE INDEX "{name}" ON "{table}" USING gin (search_text gin_trgm_ops)'
            )

    def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f'DROP INDEX IF EXISTS "{name}"')

    return RunPython(create, drop)
