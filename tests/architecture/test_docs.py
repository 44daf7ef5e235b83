"""The documents lead where they say: every link, picture and path in them is there."""

import re
from pathlib import Path

import pytest

from tests.architecture.layers import ROOT, shown, tracked

DOCUMENTS = tracked("README.md", "CONTRIBUTING.md", "docs/*.md")
LINK = re.compile(r"""\]\(([^)\s]+)\)|\ssrc="([^"]+)\"""")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# A path in the running text or the code of a page: at least one slash, and a name that ends as our files do.
PATH = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)+[\w.-]+\.(?:py|md|html|css|js|toml|yml|png|txt|in)\b")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```|^ {4}.*$|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)


def anchor_of(heading: str) -> str:
    """What a heading is called in an address: its words in small letters, a hyphen between."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def anchors(document: Path) -> set[str]:
    return {anchor_of(heading) for heading in HEADING.findall(document.read_text(encoding="utf-8"))}


def links(text: str) -> list[str]:
    return [link or source for link, source in LINK.findall(text)]


def leads_nowhere(document: Path, link: str) -> bool:
    """True for a relative link to what is not there, be it a file or a heading in it."""
    if "://" in link or link.startswith("mailto:"):
        return False
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    return not target.exists() or bool(anchor and anchor not in anchors(target))


def test_there_are_documents_to_look_at() -> None:
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
def test_every_link_and_picture_of_a_page_is_there(document: Path) -> None:
    found = links(without_code(document.read_text(encoding="utf-8")))
    assert [link for link in found if leads_nowhere(document, link)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_every_path_that_a_page_names_is_there(document: Path) -> None:
    """From the top of the repository, from its templates, or from the page's own folder. `var/` is made by running."""
    folders = (ROOT, ROOT / "templates", document.parent)
    named = set(PATH.findall(document.read_text(encoding="utf-8")))
    lost = [
        name
        for name in sorted(named)
        if not name.startswith("var/") and not any((folder / name).exists() for folder in folders)
    ]
    assert lost == []


def test_map_in_the_readme_names_what_stands_at_the_top() -> None:
    """Each folder and file of the map is there, and each folder of the repository is on the map."""
    (drawn,) = re.findall(
        r"## Where things are\n.*?```\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    named = {word for line in drawn.splitlines() for word in re.split(r" {2,}", line)[0].split()}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    folders = {f"{path.relative_to(ROOT).parts[0]}/" for path in tracked("*/*")}
    assert {name for name in folders if not name.startswith(".")} - named == set()


def test_every_picture_is_shown_somewhere() -> None:
    shown_ones = {
        (document.parent / link).resolve()
        for document in DOCUMENTS
        for link in links(document.read_text(encoding="utf-8"))
    }
    assert [shown(path) for path in tracked("docs/img/*") if path not in shown_ones] == []
