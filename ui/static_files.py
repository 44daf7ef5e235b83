"""How production keeps static files: under names that change with their content, and all styles in one of them.

A phone asks for one stylesheet and not for forty; what is written in static/css stays one file a component.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLES = "css/app.css"
IMPORT = re.compile(r'^@import "(.+)";$', re.MULTILINE)


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's, with what the stylesheet imports put where it imports it."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            storage, path = paths[STYLES]
            joined = IMPORT.sub(lambda found: read(*paths[f"css/{found[1]}"]), read(storage, path))
            self.delete(STYLES)
            self.save(STYLES, ContentFile(joined.encode()))
            paths[STYLES] = (self, STYLES)
        yield from super().post_process(paths, dry_run, **options)


def read(storage: Any, path: str) -> str:
    with storage.open(path) as file:
        content: str = file.read().decode()
    return content
