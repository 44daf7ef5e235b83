"""The documentation: its links, images and file paths exist, and the README names each folder."""

import re
from pathlib import Path

import pytest

from tests.architecture.layers import ROOT, shown, tracked

DOCUMENTS = tracked("README.md", "CONTRIBUTING.md", "docs/*.md")
LINK = re.compile(r"""\]\(([^)\s]+)\)|\ssrc="([^"]+)\"""")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# A path in prose or code: it has at least one slash, and one of these file extensions.
PATH = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)+[\w.-]+\.(?:py|md|html|css|js|toml|yml|png|txt|in)\b")
# A test as pytest names it.
TEST_NAME = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```|^ {4}.*$|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)


def anchor_of(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def anchors(document: Path) -> set[str]:
    return {anchor_of(heading) for heading in HEADING.findall(document.read_text(encoding="utf-8"))}


def links(text: str) -> list[str]:
    return [link or source for link, source in LINK.findall(text)]


def is_broken(document: Path, link: str) -> bool:
    """Return whether a relative link points to a missing file or heading."""
    if "://" in link or link.startswith("mailto:"):
        return False
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    return not target.exists() or bool(anchor and anchor not in anchors(target))


def test_documents_are_found() -> None:
    names = {shown(document) for document in DOCUMENTS}
    assert {
        "README.md",
        "CONTRIBUTING.md",
        "docs/architecture.md",
        "docs/guides/administrators.md",
        "docs/guides/facilitators.md",
        "docs/guides/participants.md",
        "docs/running.md",
    } <= names


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_targets_of_links_and_images_exist(document: Path) -> None:
    found = links(without_code(document.read_text(encoding="utf-8")))
    assert [link for link in found if is_broken(document, link)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_paths_in_documents_exist(document: Path) -> None:
    """A path may be relative to the repository, templates/, static/ or the document.

    Paths in `var/` are not tested, because that folder exists only at run time.
    """
    folders = (ROOT, ROOT / "templates", ROOT / "static", document.parent)
    named = set(PATH.findall(document.read_text(encoding="utf-8")))
    missing = [
        name
        for name in sorted(named)
        if not name.startswith("var/") and not any((folder / name).exists() for folder in folders)
    ]
    assert missing == []


def test_readme_lists_every_folder() -> None:
    """The README names every folder of the repository, and no missing one."""
    (drawn,) = re.findall(
        r"## Where things are\n.*?```\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    named = {word for line in drawn.splitlines() for word in re.split(r" {2,}", line)[0].split()}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    folders = {f"{path.relative_to(ROOT).parts[0]}/" for path in tracked("*/*")}
    assert {name for name in folders if not name.startswith(".")} - named == set()


def test_every_image_is_used() -> None:
    used = {
        (document.parent / link).resolve()
        for document in DOCUMENTS
        for link in links(document.read_text(encoding="utf-8"))
    }
    assert [shown(path) for path in tracked("docs/img/*") if path not in used] == []


def test_tests_named_in_documents_exist() -> None:
    named = [
        found
        for document in DOCUMENTS
        for found in TEST_NAME.findall(document.read_text(encoding="utf-8"))
    ]
    missing = [
        f"{path}::{name}"
        for path, name in named
        if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert missing == []
    assert named
