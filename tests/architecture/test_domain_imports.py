"""Tests that the domain modules of workshops import no forms or views, which call the domain."""

import ast
from pathlib import Path

import pytest

from tests.architecture.layers import ROOT, shown, tracked

# The modules that are the app's user interface. All others are domain modules.
INTERFACE = {"forms", "views", "urls.py", "admin.py", "templatetags", "migrations"}
DOMAIN = [
    path
    for path in tracked("workshops/*.py")
    if path.relative_to(ROOT / "workshops").parts[0] not in INTERFACE
]


def imported_modules(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_domain_modules_are_found() -> None:
    assert ROOT / "workshops" / "planning" / "draft_plan.py" in DOMAIN


@pytest.mark.parametrize("path", DOMAIN, ids=shown)
def test_domain_modules_import_no_forms_or_views(path: Path) -> None:
    interface = ("django.forms", "workshops.forms", "workshops.views", "ui.forms")
    assert [name for name in imported_modules(path) if name.startswith(interface)] == []
