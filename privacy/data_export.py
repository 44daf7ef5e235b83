"""The export of a person's data: a zip file with the same data as HTML pages and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.resources import files
from tempfile import TemporaryFile
from typing import IO, Any, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import gettext as _

from accounts.models import User
from privacy.data_inventory import DATA_INVENTORY
from privacy.holdings import Holding
from privacy.serializers import Facts
from ui import dates

STYLE = "style.css"


def archive_of(user: User, *, at: datetime) -> IO[bytes]:
    """Return an open temporary zip file with the user's data. Closing the file deletes it.

    Items are written one by one, so that memory use does not grow with their number.
    """
    file = cast(IO[bytes], TemporaryFile())  # noqa: SIM115 (FileResponse closes it)
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        counted = [
            (holding, write_holding(archive, holding, user, at)) for holding in DATA_INVENTORY
        ]
        context = {"user": user, "at": at, "counted": counted, "contact": settings.HOST_CONTACT}
        write(archive, "index.html", at, [render_to_string("privacy/archive/index.html", context)])
        style = files("privacy").joinpath("data", "archive.css").read_text(encoding="utf-8")
        write(archive, STYLE, at, [style])
    file.seek(0)
    return file


def write_holding(archive: ZipFile, holding: Holding, user: User, at: datetime) -> int:
    """Write the JSON and HTML files of one kind of data, unless the user has none.

    Returns the number of items.
    """
    count = holding.count(user)
    if count:
        write(archive, f"data/{holding.name}.json", at, as_json(holding.things(user)))
        write(archive, f"{holding.name}.html", at, as_page(holding, holding.things(user)))
    return count


def write(archive: ZipFile, name: str, at: datetime, parts: Iterable[str]) -> None:
    """Add a file to the archive. `parts` are joined, and `at` is the file's modification time."""
    entry = ZipInfo(name, dates.local(at).timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    with archive.open(entry, "w", force_zip64=True) as out:
        for part in parts:
            out.write(part.encode())


def as_json(things: Iterable[Facts]) -> Iterator[str]:
    """Yield the parts of a JSON list of the items, with times in UTC."""
    separator = "["
    for thing in things:
        yield separator + json.dumps(thing, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        separator = ",\n"
    yield "]\n"


def as_page(holding: Holding, things: Iterable[Facts]) -> Iterator[str]:
    """Yield the parts of an HTML page with a `<dl>` for each item, without its empty fields."""
    head, foot = render_to_string("privacy/archive/holding.html", {"holding": holding}).split(
        "<!-- things -->"
    )
    yield head
    for thing in things:
        rows = (
            f"<dt>{escape(name)}</dt>{as_html(value)}"
            for name, value in thing.items()
            if not is_empty(value)
        )
        yield f"<dl>{''.join(rows)}</dl>\n"
    yield foot


def is_empty(value: Any) -> bool:
    """Return whether the value is None or an empty string, list or dict (not 0 or False)."""
    return value is None or value == "" or value == [] or value == {}


def as_html(value: Any) -> str:
    """Return a value as a `<dd>` element. A list has one line for each of its values.

    Times are in the current time zone, except those in a list or dict, which are in UTC.
    """
    if isinstance(value, bool):
        words = _("Yes") if value else _("No")
    elif isinstance(value, datetime):
        words = f"{dates.long_day(dates.day_of(value))}, {dates.clock(value)}"
    elif isinstance(value, list):
        words = "\n".join(line(one) for one in value)
    elif isinstance(value, dict):
        words = line(value)
    else:
        words = str(value)
    return f'<dd dir="auto">{escape(words)}</dd>'


def line(value: Any) -> str:
    """Return a value as one line of text; a dict as “name: value, name: value”."""
    if not isinstance(value, dict):
        return str(value)
    parts = (
        (name, one.isoformat(" ", "minutes") if isinstance(one, datetime) else one)
        for name, one in value.items()
    )
    return ", ".join(f"{name}: {one}" for name, one in parts if not is_empty(one))
