"""Secret keys for a demo or for development: generated once and stored in var/keys."""

import os
from collections.abc import Callable
from pathlib import Path


def local_key(folder: Path, name: str, make: Callable[[], str]) -> str:
    """Return the key of this name. The first call generates it by `make()` and stores it.

    Concurrent processes agree on one key: each writes a temporary file and hard-links it into
    place, and only the first link succeeds.
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
