"""What the inventory of personal data says of each kind of data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Model, QuerySet

from accounts.models import User
from privacy.serializers import Facts

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Holding:
    """One kind of personal data that is stored about users.

    `name` is its file name in the export. `rows` returns a user's items, and `facts` serializes an
    item. `covers` lists the fields (app, model and field) by which the items refer to a user or
    membership. `fate` is a sentence about what erasure does to the items, and `stays` is True if
    their rows remain without personal data. If `is_private`, nobody but the user may see whether
    they have any items. `title_for_others` and `fate_for_others` are in the third person, for
    administrators; if `fate_for_others` is empty, `fate` is used.
    """

    name: str
    title: StrOrPromise
    title_for_others: StrOrPromise
    covers: tuple[str, ...]
    rows: Callable[[User], Iterable[Any]]
    facts: Callable[[Any], Facts]
    about: StrOrPromise = ""
    fate: StrOrPromise = ""
    fate_for_others: StrOrPromise = ""
    stays: bool = False
    is_private: bool = False

    def of_another(self) -> Holding:
        """Return a copy whose texts are in the third person, for administrators."""
        fate = self.fate_for_others or self.fate
        return replace(self, title=self.title_for_others, fate=fate)

    def count(self, user: User) -> int:
        rows = self.rows(user)
        return rows.count() if isinstance(rows, QuerySet) else len(list(rows))

    def things(self, user: User) -> Iterator[Facts]:
        """Yield the user's items, serialized. Loads at most 100 rows at a time."""
        rows = self.rows(user)
        for row in rows.iterator(chunk_size=100) if isinstance(rows, QuerySet) else rows:
            yield self.facts(row)


def rows_of_user(
    model: type[Model], person: str, *related: str, order: str = "pk"
) -> Callable[[User], QuerySet[Any]]:
    """Return a function from a user to the `model` rows whose `person` field is that user.

    `person` may be a lookup, for example `membership__user`. `related` are passed to
    `select_related`.
    """

    def rows(user: User) -> QuerySet[Any]:
        found = model._default_manager.filter(**{person: user})
        return (found.select_related(*related) if related else found).order_by(order)

    return rows
