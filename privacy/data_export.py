"""All that is held on a person in one file: pages that anybody can open and read, and the same as JSON for programs."""

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

from accounts.models import User
from privacy.data_inventory import DATA_INVENTORY, Holding
from privacy.serializers import Facts
from ui import dates

STYLE = "style.css"


def archive_of(user: User, *, at: datetime) -> IO[bytes]:
    """A zip file in a place that the system forgets as it is closed, however much is in it."""
    file = cast(IO[bytes], TemporaryFile())  # noqa: SIM115 (whoever sends it closes it)
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
    """One kind, read once for each of its two files; how many things it has. No file of what there is none of."""
    count = holding.count(user)
    if count:
        write(archive, f"data/{holding.name}.json", at, as_json(holding.things(user)))
        write(archive, f"{holding.name}.html", at, as_page(holding, holding.things(user)))
    return count


def write(archive: ZipFile, name: str, at: datetime, parts: Iterable[str]) -> None:
    """A file of the archive, part by part."""
    entry = ZipInfo(name, dates.local(at).timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    with archive.open(entry, "w", force_zip64=True) as out:
        for part in parts:
            out.write(part.encode())


def as_json(things: Iterable[Facts]) -> Iterator[str]:
    """A list of them; moments in UTC."""
    separator = "["
    for thing in things:
        yield separator + json.dumps(thing, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        separator = ",\n"
    yield "]\n"


def as_page(holding: Holding, things: Iterable[Facts]) -> Iterator[str]:
    """The same to be read, what is empty left out."""
    head, foot = render_to_string("privacy/archive/holding.html", {"holding": holding}).split(
        "<!-- things -->"
    )
    yield head
    for thing in things:
        rows = (
            f"<dt>{escape(name)}</dt>{shown(value)}"
            for name, value in thing.items()
            if not is_empty(value)
        )
        yield f"<dl>{''.join(rows)}</dl>\n"
    yield foot


def is_empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def shown(value: Any) -> str:
    """People's words as they typed them, moments by the clock of the site's own place."""
    if isinstance(value, bool):
        words = "Yes" if value else "No"
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
    if not isinstance(value, dict):
        return str(value)
    parts = (
        (name, one.isoformat(" ", "minutes") if isinstance(one, datetime) else one)
        for name, one in value.items()
    )
    return ", ".join(f"{name}: {one}" for name, one in parts if not is_empty(one))
