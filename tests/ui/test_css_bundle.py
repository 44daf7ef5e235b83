"""What production serves: every file under a name that changes with its content, and all styles in one."""

import json
from pathlib import Path

from django.core.management import call_command
from pytest_django.fixtures import Settings

from ui.css_bundle import IMPORT, LAYERS, STYLES, BundleFinder, bundle


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
        "js/unsaved.js",
        "django_htmx/htmx-2.min.js",
    ):
        assert paths[name] != name
        assert (tmp_path / paths[name]).exists()
    assert (tmp_path / paths[STYLES]).read_text() == bundle()


def test_styles_are_one_file_with_all_that_is_imported() -> None:
    names = IMPORT.findall(LAYERS.read_text())
    assert (len(names) > 20, "@import" in bundle()) == (True, False)
    assert [name for name in names if (LAYERS.parent / name).read_text() not in bundle()] == []


def test_styles_change_with_their_files_at_once(settings: Settings, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    path = Path(str(BundleFinder().find(STYLES)))
    assert path.read_text() == bundle()
    path.write_text("as it was before a file changed")
    assert Path(str(BundleFinder().find(STYLES))).read_text() == bundle()
    assert [one.name for one in path.parent.iterdir()] == ["app.css"]
    assert BundleFinder().find("css/layers.css") == ""
