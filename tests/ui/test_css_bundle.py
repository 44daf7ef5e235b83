"""Static files in production: their names contain a hash, and one bundle has all stylesheets."""

import json
import re
from pathlib import Path

from django.core.management import call_command
from pytest_django.fixtures import Settings

from ui.css_bundle import IMPORT, LAYERS, STYLES, BundleFinder, bundle

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS, TEMPLATES = ROOT / "static" / "js", ROOT / "templates"


def test_manifest_storage_resolves_every_file(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    paths = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    for name in (
        "css/app.css",
        "css/components/journey.css",
        "js/safe-forms.js",
        "js/offline-queue.js",
        "django_htmx/htmx-2.min.js",
    ):
        assert paths[name] != name
        assert (tmp_path / paths[name]).exists()
    assert (tmp_path / paths[STYLES]).read_text() == bundle()


def test_scripts_import_each_other_through_module_links() -> None:
    """Scripts import modules by the URL in a <link data-module>, not with import statements.

    The static files storage does not rewrite import statements, so they would name files without a
    hash. Then a browser might run an old version of a module with a new script.
    """
    scripts = {path.stem: path.read_text() for path in SCRIPTS.glob("*.js")}
    assert [name for name, text in scripts.items() if re.search(r"""\bfrom\s*["']""", text)] == []
    templates = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    links = re.findall(r'href="{% static "js/([\w-]+)\.js" %}" data-module="([\w-]+)"', templates)
    modules = {name for name, text in scripts.items() if re.search("^export ", text, re.MULTILINE)}
    assert {file for file, _ in links} == {name for _, name in links} == modules


def test_bundle_contains_every_imported_stylesheet() -> None:
    names = IMPORT.findall(LAYERS.read_text())
    assert (len(names) > 20, "@import" in bundle()) == (True, False)
    assert [name for name in names if (LAYERS.parent / name).read_text() not in bundle()] == []


def test_bundle_is_rebuilt_when_a_file_changes(settings: Settings, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    path = Path(str(BundleFinder().find(STYLES)))
    assert path.read_text() == bundle()
    path.write_text("as it was before a file changed")
    assert Path(str(BundleFinder().find(STYLES))).read_text() == bundle()
    assert [one.name for one in path.parent.iterdir()] == ["app.css"]
    assert BundleFinder().find("css/layers.css") == ""
