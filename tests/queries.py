"""Lists of the queries made, so that a failure shows which one is too many."""

import re
from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

TABLES = re.compile(r'(?:FROM|INTO|UPDATE|JOIN) "(\w+)"')


def queries_of(act: Callable[[], object]) -> list[str]:
    """Call the function and name each query that it makes by its verb and tables, in order.

    `["SELECT accounts_user", "SELECT cohorts_membership accounts_user"]`
    """
    with CaptureQueriesContext(connection) as captured:
        act()
    return [name_of(query["sql"]) for query in captured]


def name_of(sql: str) -> str:
    verb = sql.split(maxsplit=1)[0]
    tables = dict.fromkeys(TABLES.findall(sql))
    return " ".join([verb, *tables])
