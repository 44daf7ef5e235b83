"""What production serves: every file under a name that changes with its content, and all styles in one."""

import json
from pathlib import Path

from django.core.management import call_command
from pytest_django.fixtures import Settings

from tests.architecture.house import ROOT
from ui.static_files import IMPORT, STYLES


def test_manifest_storage_resolves_every_file(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "ui.static_files.StaticFilesStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    paths = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    for name in ("css/app.css", "css/components/journey.css", "js/unsaved.js", "django_htmx/htmx-2.min.js"):
        assert paths[name] != name
        assert (tmp_path / paths[name]).exists()
    served, folder = (tmp_path / paths[STYLES]).read_text(), ROOT / "static" / "css"
    names = IMPORT.findall((folder / "app.css").read_text())
    assert (len(names) > 20, "@import" in served) == (True, False)
    assert [name for name in names if (folder / name).read_text() not in served] == []
