from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cohorts.models import Cohort, PeopleFile
from tests.cohorts.views.test_people_files import GOOD, newest, page_of, text


def test_pasted_list_is_previewed_and_imported(facilitator_client: Client, cohort: Cohort) -> None:
    address = reverse("cohorts:people_file_upload", args=[cohort.public_id])
    response = facilitator_client.post(address, {"text": "Ada One <ada@example.org>\r\nBea Two"})
    people_file = newest()
    assert response.headers["Location"] == page_of("detail", people_file)
    page = text(facilitator_client.get(page_of("detail", people_file)))
    assert "Pasted list. Nobody has been added yet." in page
    assert "Add 1 person" in page
    facilitator_client.post(page_of("confirm", people_file))
    assert cohort.memberships.participating().get().user.name == "Ada One"


@pytest.mark.parametrize(
    ("typed", "file", "errors"),
    [
        ("Ada One, Bea Two", b"", "Paste a list with e-mail addresses. Each person needs one, and"),
        ("a@example.org", GOOD, "Choose a file or paste a list, but not both."),
        ("a@example.org " * 40_000, b"", "Paste a shorter list, or upload it as a file."),
    ],
)
def test_unusable_pasted_list_is_shown_again_with_an_error(
    facilitator_client: Client, cohort: Cohort, typed: str, file: bytes, errors: str
) -> None:
    data: dict[str, Any] = {"text": typed}
    if file:
        data["file"] = SimpleUploadedFile("list.csv", file)
    address = reverse("cohorts:people_file_upload", args=[cohort.public_id])
    form = facilitator_client.post(address, data).context["form"]
    (error,) = form.errors["text"]
    assert error.startswith(errors)
    assert form["text"].value() == typed
    assert not PeopleFile.objects.exists()
