"""The apps, in the order in which they may import each other, and the files of the repository."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def layers() -> list[set[str]]:
    """Return the layers of import-linter's contract, from config to ui."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    return [{name.strip() for name in layer.split("|")} for layer in contract["layers"]]


def rank(package: str) -> int:
    """Return the position of a package's layer: the higher, the fewer packages it may import."""
    return next(place for place, names in enumerate(layers()) if package in names)


def tracked(*patterns: str) -> list[Path]:
    """Return the files that match a pattern and that git tracks or does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return [path for name in sorted(set(names)) if (path := ROOT / name).is_file()]


def packages() -> set[str]:
    """Return the top-level packages of the site."""
    return {path.parent.name for path in tracked("*/__init__.py") if path.parent.parent == ROOT}


def syntax(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path)))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))
