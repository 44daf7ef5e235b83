"""What the architecture tests look at: our apps, in the order in which they may know of each other, and our files."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def layers() -> list[set[str]]:
    """The import-linter contract: each layer's packages, from the one that knows most to the one that knows nobody."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    return [{name.strip() for name in layer.split("|")} for layer in contract["layers"]]


def rank(package: str) -> int:
    """How far left a package stands: the higher, the less it may know."""
    return next(place for place, names in enumerate(layers()) if package in names)


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository (and new ones that git would take), by pattern."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return [path for name in sorted(set(names)) if (path := ROOT / name).is_file()]


def packages() -> set[str]:
    """The folders of the repository's top that hold Python meant to be imported by the site."""
    return {path.parent.name for path in tracked("*/__init__.py") if path.parent.parent == ROOT}


def syntax(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path)))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))
