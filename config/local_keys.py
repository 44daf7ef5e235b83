"""Keys for a machine that was given none: made once, kept in var/keys, never in the repository."""

import os
from collections.abc import Callable
from pathlib import Path


def local_key(folder: Path, name: str, make: Callable[[], str]) -> str:
    """The key of this name, made by `make` the first time.

    Two processes that start at once agree: the file is written under a name of its own and linked into place, and
    whoever comes second reads what the first one linked.
    """
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f"{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
