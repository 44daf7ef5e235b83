"""A context manager that captures queries. A failing assertion about it lists their tables."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

TABLES = re.compile(r'(?:FROM|INTO|UPDATE|JOIN) "(\w+)"')


class CapturedQueries(CaptureQueriesContext):
    """Context manager: capture the queries made in its block.

    Its `repr` names each query by its verb and tables, in order:
    `[SELECT accounts_user, SELECT cohorts_membership accounts_user]`. pytest prints it when an
    assertion about `len(queries)` fails.
    """

    def __init__(self) -> None:
        super().__init__(connection)

    def __repr__(self) -> str:
        return f"[{', '.join(name_of(str(query['sql'])) for query in self.captured_queries)}]"


def name_of(sql: str) -> str:
    verb = sql.split(maxsplit=1)[0]
    tables = dict.fromkeys(TABLES.findall(sql))
    return " ".join([verb, *tables])
