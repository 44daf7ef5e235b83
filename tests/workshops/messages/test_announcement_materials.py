"""Announcements with a link, or with a file that is attached or linked to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from tests.factories import STARTS
from tests.services import Letterbox
from tests.workshops.announcement_helpers import create_draft, send
from tests.workshops.changing import text
from tests.workshops.views.test_announcements import FORM_DATA, url_of
from ui.version_token import StaleError
from workshops.messages import announcements
from workshops.messages.announcement_audience import audience_of
from workshops.models import Announcement, Material, Workshop

pytestmark = pytest.mark.django_db(transaction=True)

NOW = STARTS - timedelta(days=5)
MINUTE = timedelta(minutes=1)
PDF = b"%PDF-1.7 " + bytes(range(256)) * 4


@pytest.fixture
def member(join: Callable[..., Membership]) -> Membership:
    return join("Ama One")


def make(workshop: Workshop, filename: str = "", content: bytes = b"", **facts: str) -> Material:
    return Material.objects.create(
        workshop=workshop,
        title="Four lines",
        filename=filename,
        content=content or None,
        size=len(content),
        added_at=NOW,
        **facts,
    )


@pytest.fixture
def file(workshops: list[Workshop]) -> Material:
    return make(workshops[0], "four lines.pdf", PDF, content_type="application/pdf")


def create_with(cohort: Cohort, by: User, material: Material) -> Announcement:
    draft = create_draft(cohort, by, NOW)
    draft.material, draft.has_material = material, True
    return announcements.save_draft(draft, by=by, at=NOW)


def sent_mail(server: Letterbox) -> EmailMessage:
    take_turn(lambda: NOW + MINUTE)
    [mail] = [one for one in server.messages if "coat" in one["Subject"]]
    return mail


def words_of(mail: EmailMessage) -> tuple[str, str]:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content().replace("\r\n", "\n"), html.get_content()


def files_of(mail: EmailMessage) -> list[tuple[str | None, str, Any]]:
    return [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in mail.iter_attachments()
    ]


def test_file_is_attached(
    cohort: Cohort, member: Membership, facilitator: User, file: Material, smtp_server: Letterbox
) -> None:
    send(create_with(cohort, facilitator, file), facilitator, NOW)
    mail = sent_mail(smtp_server)
    assert files_of(mail) == [("four lines.pdf", "application/pdf", PDF)]
    plain, html = words_of(mail)
    assert "Four lines:\nAttached to this e-mail" in plain
    assert "Attached to this e-mail" in html


def test_text_file_is_attached_with_its_letters(
    cohort: Cohort,
    workshops: list[Workshop],
    member: Membership,
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    content = "Café,\nsee you".encode()
    material = make(workshops[0], "a.txt", content, content_type="text/plain; charset=utf-8")
    send(create_with(cohort, facilitator, material), facilitator, NOW)
    [(name, kind, sent)] = files_of(sent_mail(smtp_server))
    assert (name, kind, sent.splitlines()) == ("a.txt", "text/plain", content.splitlines())


def test_link_stands_in_the_email(
    cohort: Cohort,
    workshops: list[Workshop],
    member: Membership,
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    material = make(workshops[0], link="https://example.org/film?a=1&b=2")
    send(create_with(cohort, facilitator, material), facilitator, NOW)
    mail = sent_mail(smtp_server)
    plain, html = words_of(mail)
    assert "Four lines:\nhttps://example.org/film?a=1&b=2" in plain
    assert 'href="https://example.org/film?a=1&amp;b=2"' in html
    assert files_of(mail) == []


def test_large_file_is_linked_to(
    cohort: Cohort, member: Membership, facilitator: User, file: Material, smtp_server: Letterbox
) -> None:
    Material.objects.update(size=Material.MOST_BYTES_ATTACHED + 1)
    send(create_with(cohort, facilitator, file), facilitator, NOW)
    mail = sent_mail(smtp_server)
    address = settings.BASE_URL + reverse("workshops:material_download", args=[file.public_id])
    assert f"Four lines:\n{address}" in words_of(mail)[0]
    assert files_of(mail) == []


def test_deleted_material_is_left_out_and_its_page_says_so(
    facilitator_client: Client,
    cohort: Cohort,
    member: Membership,
    facilitator: User,
    file: Material,
    smtp_server: Letterbox,
) -> None:
    draft = create_with(cohort, facilitator, file)
    seen = announcements.send_version(draft, audience_of(draft, NOW))
    file.delete()
    with pytest.raises(StaleError, match="has changed since you opened this page"):
        announcements.confirm(draft, seen=seen, by=facilitator, at=NOW)
    page = text(facilitator_client.get(draft.get_absolute_url()))
    assert (
        "The link or file that you added has been deleted. The message goes out without it." in page
    )

    draft.refresh_from_db()
    send(draft, facilitator, NOW)
    mail = sent_mail(smtp_server)
    assert (files_of(mail), "Four lines" in words_of(mail)[0]) == ([], False)
    page = text(facilitator_client.get(draft.get_absolute_url()))
    assert "Its link or file has been deleted." in page


def test_form_offers_the_cohorts_materials(
    facilitator_client: Client,
    cohort: Cohort,
    member: Membership,
    file: Material,
) -> None:
    other = Cohort.objects.create(programme=cohort.programme, name="Other", place="Leeds")
    theirs = make(
        Workshop.objects.create(cohort=other, position=1, title="Theirs"),
        link="https://example.org/",
    )
    page = facilitator_client.get(url_of(cohort, "create"))
    labels = [str(label) for _value, label in page.context["form"].fields["material"].choices]
    assert labels == ["No link or file", f"Four lines ({file.workshop})"]

    data = FORM_DATA | {"material": str(theirs.pk)}
    form = facilitator_client.post(url_of(cohort, "create"), data).context["form"]
    assert form.errors == {"material": ["Choose another link or file. That one has been deleted."]}
    assert form["body"].value() == FORM_DATA["body"]

    facilitator_client.post(url_of(cohort, "create"), data | {"material": str(file.pk)})
    draft = Announcement.objects.get()
    assert (draft.material, draft.has_material) == (file, True)
    assert "Attached to this e-mail" in text(facilitator_client.get(draft.get_absolute_url()))
    edit = {**data, "material": "", "seen": announcements.draft_version(draft)}
    facilitator_client.post(url_of(draft, "edit"), edit)
    draft.refresh_from_db()
    assert (draft.material, draft.has_material) == (None, False)


def test_material_requires_its_mark(cohort: Cohort, facilitator: User, file: Material) -> None:
    draft = create_draft(cohort, facilitator, NOW)
    draft.material = file
    with pytest.raises(IntegrityError):
        draft.save()
