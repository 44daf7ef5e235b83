"""Materials of a workshop: adding, viewing, downloading and deleting."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.queries import CapturedQueries
from tests.workshops import handouts
from workshops.forms.materials import TOO_LARGE
from workshops.materials import actions as materials
from workshops.materials.actions import MAX_PER_WORKSHOP
from workshops.materials.upload_validation import ValidatedFile
from workshops.models import Material, Workshop

NOW = datetime.now(UTC)
Schedule = Callable[..., Workshop]


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    Membership.objects.update(joined_at=NOW - timedelta(days=60))
    return schedule(workshops[1], NOW + timedelta(days=6))


@pytest.fixture
def uploaded_material(workshop: Workshop, facilitator: User) -> Material:
    file = ValidatedFile("Four lines – Zoë.pdf", "application/pdf", handouts.PDF)
    return materials.add(workshop=workshop, title="Four lines", file=file, by=facilitator, at=NOW)


def add_url(workshop: Workshop) -> str:
    return reverse("workshops:material_add", args=[workshop.public_id])


def post(client: Client, workshop: Workshop, **typed: Any) -> Any:
    return client.post(add_url(workshop), {"title": "To read", "link": ""} | typed)


def upload(name: str, content: bytes, content_type: str = "text/html") -> SimpleUploadedFile:
    """Return an uploaded file. Its content type is wrong by default: the server must ignore it."""
    return SimpleUploadedFile(name, content, content_type)


# Adding a material


def test_facilitator_adds_a_link(
    facilitator_client: Client, facilitator: User, workshop: Workshop
) -> None:
    answer = post(facilitator_client, workshop, link="example.org/film?a=1&b=2")

    assert answer["Location"] == f"{workshop.get_absolute_url()}#materials"
    material = Material.objects.get()
    assert (material.title, material.link) == ("To read", "https://example.org/film?a=1&b=2")
    assert (material.kind, material.added_by, material.size) == ("example.org", facilitator, 0)


def test_facilitator_adds_a_file(facilitator_client: Client, workshop: Workshop) -> None:
    post(facilitator_client, workshop, file=upload("../Read me.pdf", handouts.PDF))

    material = Material.objects.get()
    assert (material.filename, material.content_type) == ("Read me.pdf", "application/pdf")
    assert (bytes(material.content or b""), material.size) == (handouts.PDF, len(handouts.PDF))
    page = facilitator_client.get(workshop.get_absolute_url()).content.decode()
    assert f"PDF · {len(handouts.PDF)}\xa0bytes" in page


def test_double_click_adds_material_once(facilitator_client: Client, workshop: Workshop) -> None:
    for _ in range(2):
        post(facilitator_client, workshop, file=upload("a.pdf", handouts.PDF))
        post(facilitator_client, workshop, link="https://example.org")
    post(facilitator_client, workshop, file=upload("a.pdf", handouts.PDF.replace(b"1.7", b"1.6")))

    assert Material.objects.count() == 3


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({}, "link", "Add a link or a file."),
        ({"title": "", "link": "https://example.org"}, "title", "Enter a title."),
        ({"link": "javascript:alert(1)"}, "link", "Enter a link that starts with https://."),
        ({"link": "ftp://example.org/a"}, "link", "Enter a link that starts with https://."),
        ({"link": "data:text/html,hello"}, "link", "Enter a link that starts with https://."),
        ({"file": ("a.pdf", b"")}, "file", "Choose another file. This one is empty."),
        ({"file": ("a.pdf", b"%PDF-" + b" " * Material.MOST_BYTES)}, "file", TOO_LARGE),
        (
            {"file": ("a.pdf", handouts.EXE)},
            "file",
            "Save “a.pdf” again and try again. Its content does not match its name, or it is "
            "damaged or"
            " protected by a password.",
        ),
        (
            {"link": "https://example.org", "file": ("a.pdf", handouts.PDF)},
            "link",
            "Add either a link or a file, not both.",
        ),
        (
            {"title": "", "file": ("a.pdf", handouts.PDF)},
            "file",
            "Choose the file again. Your browser does not keep it.",
        ),
    ],
)
def test_add_shows_field_errors_and_redisplays_input(
    facilitator_client: Client, workshop: Workshop, typed: dict[str, Any], field: str, sentence: str
) -> None:
    if isinstance(typed.get("file"), tuple):
        typed = {**typed, "file": upload(*typed["file"])}

    page = post(facilitator_client, workshop, **typed)

    assert page.context["form"].errors[field] == [sentence]
    if "title" not in typed:
        assert 'value="To read"' in page.content.decode()
    assert Material.objects.count() == 0


def test_file_of_maximum_size_is_accepted(facilitator_client: Client, workshop: Workshop) -> None:
    content = handouts.PDF + b" " * (Material.MOST_BYTES - len(handouts.PDF))

    post(facilitator_client, workshop, file=upload("a.pdf", content))

    assert Material.objects.get().size == Material.MOST_BYTES


def test_add_refuses_more_than_maximum_per_workshop(
    facilitator_client: Client, workshop: Workshop
) -> None:
    Material.objects.bulk_create(
        Material(workshop=workshop, title="A", link=f"https://example.org/{number}", added_at=NOW)
        for number in range(MAX_PER_WORKSHOP)
    )

    page = post(facilitator_client, workshop, link="https://example.org/more")

    assert page.context["form"].non_field_errors() == [
        "Delete a link or file first. A workshop can have up to 30."
    ]


# Viewing and downloading a material


def test_participant_sees_materials_on_workshop_page_and_today(
    participant_client: Client, uploaded_material: Material, workshop: Workshop
) -> None:
    Material.objects.create(
        workshop=workshop, title="A film", link="https://example.org/f", added_at=NOW
    )

    for address in (workshop.get_absolute_url(), reverse("home:today")):
        page = participant_client.get(address).content.decode()
        assert f'<a href="/materials/{uploaded_material.public_id}/">Four lines</a>' in page
        assert '<a href="https://example.org/f" rel="noopener noreferrer">A film</a>' in page
        assert "Remove" not in page


def test_download_is_attachment_with_sandbox_headers(
    participant_client: Client, uploaded_material: Material
) -> None:
    answer = participant_client.get(uploaded_material.get_absolute_url())

    assert answer.content == handouts.PDF
    assert {
        name: answer[name]
        for name in (
            "Content-Type",
            "Content-Length",
            "Content-Disposition",
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "Cache-Control",
        )
    } == {
        "Content-Type": "application/pdf",
        "Content-Length": str(len(handouts.PDF)),
        "Content-Disposition": (
            "attachment; filename*=utf-8''Four%20lines%20%E2%80%93%20Zo%C3%AB.pdf"
        ),
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store, private",
    }


def test_download_of_link_returns_404(
    participant_client: Client, workshop: Workshop, facilitator: User
) -> None:
    link = materials.add(
        workshop=workshop, title="A", link="https://example.org", by=facilitator, at=NOW
    )

    address = reverse("workshops:material_download", args=[link.public_id])

    assert participant_client.get(address).status_code == 404


def test_former_member_cannot_see_or_download(
    participant_client: Client, participant: User, uploaded_material: Material, workshop: Workshop
) -> None:
    Membership.objects.get(user=participant).leave(by=None, at=NOW)

    page = participant_client.get(workshop.get_absolute_url())

    assert (page.status_code, "Four lines" in page.content.decode()) == (200, False)
    assert participant_client.get(uploaded_material.get_absolute_url()).status_code == 403


def test_former_facilitator_cannot_download_or_delete(
    facilitator_client: Client, facilitator: User, uploaded_material: Material
) -> None:
    Membership.objects.get(user=facilitator).leave(by=None, at=NOW)

    answers = [
        facilitator_client.get(uploaded_material.get_absolute_url()).status_code,
        facilitator_client.post(
            reverse("workshops:material_delete", args=[uploaded_material.public_id])
        ).status_code,
    ]

    assert (answers, Material.objects.count()) == ([403, 403], 1)


def test_lists_defer_bytes_and_query_count_is_constant(
    facilitator_client: Client,
    participant_client: Client,
    uploaded_material: Material,
    workshop: Workshop,
) -> None:
    pages = [
        (facilitator_client, workshop.get_absolute_url()),
        (participant_client, reverse("home:today")),
    ]

    def queries() -> list[int]:
        counts = []
        for client, address in pages:
            with CapturedQueries() as captured:
                assert client.get(address).status_code == 200
            assert not [
                one for one in captured if '"workshops_material"."content",' in str(one["sql"])
            ]
            counts.append(len(captured))
        return counts

    few = queries()
    Material.objects.bulk_create(
        Material(workshop=workshop, title="A", link=f"https://example.org/{number}", added_at=NOW)
        for number in range(29)
    )

    assert queries() == few


# Deleting a material


def test_delete_asks_for_confirmation(
    facilitator_client: Client, uploaded_material: Material, workshop: Workshop
) -> None:
    address = reverse("workshops:material_delete", args=[uploaded_material.public_id])

    assert "Delete “Four lines”?" in facilitator_client.get(address).content.decode()
    assert Material.objects.count() == 1
    answer = facilitator_client.post(address)

    assert answer["Location"] == f"{workshop.get_absolute_url()}#materials"
    assert Material.objects.count() == 0
    assert facilitator_client.post(address).status_code == 404


def test_material_is_deleted_with_cohort(uploaded_material: Material, cohort: Cohort) -> None:
    cohort.delete()

    assert Material.objects.count() == 0
