"""What production serves: every file under a name that changes with its content."""

import json
from pathlib import Path

from django.core.management import call_command
from pytest_django.fixtures import Settings


def test_manifest_storage_resolves_every_file(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    paths = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    for name in ("css/app.css", "css/components/journey.css", "js/unsaved.js", "django_htmx/htmx-2.min.js"):
        assert paths[name] != name
        assert (tmp_path / paths[name]).exists()
