"""All styles in one file, for a phone asks for one faster than for thirty; they are written in one a component."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

STYLES = "css/app.css"
# What it is made of, in the order of the layers.
LAYERS = settings.BASE_DIR / "static" / "css" / "layers.css"
IMPORT = re.compile(r'^@import "(.+)";$', re.MULTILINE)


class JoinedStyles(BaseFinder):
    """Finds css/app.css, made of css/layers.css and all that this imports: at once where it has changed since."""

    def __init__(self) -> None:
        self.storage = FileSystemStorage(settings.VAR / "styles")

    def check(self, **kwargs: object) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: object) -> Any:
        found = [str(self.written())] if path == STYLES else []
        return found if find_all else "".join(found)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        self.written()
        yield STYLES, self.storage

    def written(self) -> Path:
        """Where it is. Two processes at once write the same, each into a file of its own that takes the place whole."""
        path, styles = Path(self.storage.path(STYLES)), joined()
        if not path.exists() or path.read_text(encoding="utf-8") != styles:
            path.parent.mkdir(parents=True, exist_ok=True)
            own = path.with_suffix(f".{token_hex(4)}")
            own.write_text(styles, encoding="utf-8")
            own.replace(path)
        return path


def joined() -> str:
    return IMPORT.sub(
        lambda found: (LAYERS.parent / found[1]).read_text(encoding="utf-8"),
        LAYERS.read_text(encoding="utf-8"),
    )
