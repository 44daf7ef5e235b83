"""The layout of the repository: templates, file lengths, dependencies, environment variables."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.layers import ROOT, layers, shown, tracked

TEMPLATES = [path for path in tracked("templates/*.html") if "emails" not in path.parts]
LONGEST = 400


def view_names(resolver: URLResolver) -> set[tuple[str, str]]:
    """Return (app, URL name) and (app, template name) of every view."""
    found: set[tuple[str, str]] = set()
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            found |= view_names(pattern)
        elif isinstance(pattern, URLPattern) and pattern.name:
            view = getattr(pattern.callback, "view_class", pattern.callback)
            app = view.__module__.split(".")[0]
            found |= {
                (app, pattern.name),
                (app, Path(getattr(view, "template_name", None) or "-").stem),
            }
    return found


def test_page_templates_are_named_after_views_of_their_app() -> None:
    """`workshops:register` shows `workshops/register.html` and `workshops/register_closed.html`.

    A template that extends no layout is a partial and may have any name.
    """
    apps = {name for layer in layers() for name in layer}
    views = view_names(get_resolver(settings.ROOT_URLCONF))
    unowned = [
        shown(path)
        for path in TEMPLATES
        if path.parent.name in apps and "{% extends" in path.read_text(encoding="utf-8")
        if not any(
            app == path.parent.name and f"{path.stem}_".startswith(f"{name}_")
            for app, name in views
        )
    ]
    assert unowned == []


def test_every_template_folder_belongs_to_an_app_or_layout() -> None:
    known = {name for layer in layers() for name in layer} | {
        "layouts",
        "components",
        "forms",
        "emails",
    }
    folders = {path.relative_to(ROOT / "templates").parts[0] for path in tracked("templates/*/*")}
    # These folders contain our replacements for templates of django-allauth and of Django's forms.
    assert folders - known <= {"account", "django"}


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.stem != "email"], ids=shown)
def test_template_has_no_inline_style_or_script(path: Path) -> None:
    """The content security policy of pages would block both. E-mails have no such policy."""
    markup = re.sub(
        r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    inline = (
        r"<style\b|<[^>]*\sstyle\s*=|<[^>]*\son[a-z]+\s*=|javascript:|<script\b(?![^>]*\ssrc\s*=)"
    )
    assert re.findall(inline, markup, re.IGNORECASE) == []


def test_python_files_have_at_most_400_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in tracked("*.py")}
    long = {
        shown(path): n
        for path, n in lengths.items()
        if n > LONGEST and "migrations" not in path.parts
    }
    assert long == {}


def test_lock_files_contain_only_names_versions_and_hashes() -> None:
    for path in (*tracked("requirements/*"), *tracked("tests/calendars/package-lock.json")):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"\S*://\S*|--(?:extra-)?index-url|--find-links|file:\S*", text) == [], (
            shown(path)
        )


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def test_lock_files_pin_the_same_versions() -> None:
    base, dev = pins("base.txt"), pins("dev.txt")
    assert len(base) > 20
    assert {name: dev.get(name) for name in base} == base


def test_every_dependency_has_a_documented_reason() -> None:
    """docs/decisions/0004 gives reasons for the packages in requirements/*.in and package.json."""
    (node_packages,) = tracked("tests/calendars/package.json")
    wanted = set(json.loads(node_packages.read_text(encoding="utf-8"))["devDependencies"]) | {
        re.split(r"[\[<>=]", line)[0].lower()
        for path in tracked("requirements/*.in")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "-"))
    }
    (page,) = tracked("docs/decisions/0004-*.md")
    given = re.findall(r"^\| ([A-Za-z0-9.-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name.lower() for name in given} - {"package", "---"} == wanted


def test_every_environment_variable_is_documented() -> None:
    """.env.example names the variables that settings or Docker Compose read, and no others.

    docs/running.md explains each of them.
    """
    read = {
        name
        for path in tracked("config/*.py")
        for name in re.findall(
            r"""(?:env\.\w+|required|environ\.get)\(\s*["']([A-Z_]+)["']""",
            path.read_text(encoding="utf-8"),
        )
    }
    composed = set(
        re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    )
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert named == read | composed
    explained = set(
        re.findall(r"`([A-Z_]+)`", (ROOT / "docs/running.md").read_text(encoding="utf-8"))
    )
    assert named - explained == set()


def test_example_environment_contains_no_secret() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    secrets = re.findall(
        r"^(?:SECRET_KEY|REFLECTION_KEYS|POSTGRES_PASSWORD|DATABASE_URL|EMAIL_URL)=(.*)",
        example,
        re.M,
    )
    assert secrets == [""] * 5
