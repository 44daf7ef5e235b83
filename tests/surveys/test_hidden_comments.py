"""No facilitator or participant can read a comment that waits to be read, or is hidden."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.conf import settings as configured
from django.contrib import admin
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from privacy.data_export import archive_of
from programmes.feedback import SurveyKind
from reports.downloads import as_pdf
from reports.figures import figures_of
from surveys.models import Comment, Response, Survey
from surveys.moderation import Verdict, decide, version_of
from tests.architecture.access_table import ACCESS
from tests.architecture.addresses import address
from tests.architecture.test_access import world
from tests.architecture.test_text_leaks import all_rows, files_under
from tests.people import just_signed_in
from workshops.models import Workshop

__all__ = ["world"]

WAITING, HIDDEN, CUT = "a kestrel over the quay", "the vole in the verge", "the lapwing"
SHOWN = "More tea"
MARKERS = (WAITING, HIDDEN, CUT)

World = dict[str, dict[str, object]]


@pytest.fixture(params=[SurveyKind.ANONYMOUS, SurveyKind.NAMED])
def held(
    request: pytest.FixtureRequest,
    world: World,
    cohort: Cohort,
    administrator: User,
    caplog: pytest.LogCaptureFixture,
) -> list[Workshop]:
    """Two workshops: one whose comments wait, and one with a hidden and a shortened comment."""
    caplog.set_level(logging.INFO)
    first = cohort.workshops.get(position=1)
    starts = timezone.now() - timedelta(days=30)
    Workshop.objects.filter(pk=first.pk).update(
        starts_at=starts, ends_at=starts + timedelta(hours=3)
    )
    second = Workshop.objects.create(
        cohort=cohort,
        position=3,
        title="Workshop 3",
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
        scheduled_at=starts - timedelta(days=20),
    )
    people = [User.objects.create_user(f"p{number}@example.org") for number in range(8)]
    members = [Membership.objects.create(cohort=cohort, user=user) for user in people]
    give(first, request.param, members, [WAITING, SHOWN])
    survey = give(second, request.param, members, [HIDDEN, f"{SHOWN} and {CUT}"])
    verdicts = [verdict_on(comment) for comment in survey.comments.all()]
    decide(survey=survey, verdicts=verdicts, by=administrator, at=timezone.now())
    take_turn(timezone.now)
    take_turn(lambda: timezone.now() + timedelta(days=2))
    return [first, second]


def give(workshop: Workshop, kind: str, members: list[Membership], texts: list[str]) -> Survey:
    """Create a closed survey with an answer by each member, some of them with a comment."""
    survey = Survey.objects.create(
        workshop=workshop, kind=kind, closing_at=timezone.now() - timedelta(days=1)
    )
    named = kind == SurveyKind.NAMED
    for number, member in enumerate(members):
        by = {"membership": member if named else None}
        Response.objects.create(survey=survey, answers={"worth_time": 4}, **by)
        if number < len(texts):
            Comment.objects.create(survey=survey, question="change", text=texts[number], **by)
    return survey


def verdict_on(comment: Comment) -> Verdict:
    if comment.text == HIDDEN:
        return Verdict(comment, "hidden", version_of(comment), reason="It names somebody.")
    return Verdict(comment, "shortened", version_of(comment), shown_text=f"{SHOWN} …")


def markers_in(text: str) -> set[str]:
    return {marker for marker in MARKERS if marker in text}


def responses(client: Client, world: World, workshops: list[Workshop]) -> Iterator[tuple[str, str]]:
    """Yield the responses to every URL, and to those of surveys with the ids of each workshop."""
    for number, workshop in enumerate(workshops):
        world["surveys:"] = world["workshops:"] = {"public_id": workshop.public_id}
        for route in ACCESS.values():
            of_surveys = route.name.startswith("surveys:")
            if route.name.startswith("account") or (number and not of_surveys):
                continue
            there = address(route.name, world)
            for act in (client.get, client.post) if of_surveys else (client.get,):
                response = act(there)
                shown = response.getvalue().decode(errors="replace") + repr(response.headers)
                yield route.name, shown


@pytest.mark.either
@pytest.mark.long
@pytest.mark.parametrize(
    "role", ["visitor", "outsider", "participant", "other facilitator", "facilitator"]
)
def test_waiting_and_hidden_comments_are_on_no_page_and_in_no_file(
    role: str, held: list[Workshop], world: World, request: pytest.FixtureRequest
) -> None:
    """Facilitators see who said what in a named survey, on the page of its results alone."""
    client = Client(raise_request_exception=False)
    if role != "visitor":
        client.force_login(request.getfixturevalue(role.replace(" ", "_")))
    found = {
        (name, marker)
        for name, body in responses(client, world, held)
        for marker in markers_in(body)
    }
    is_named = Survey.objects.filter(kind=SurveyKind.NAMED).exists()
    sees = {("surveys:survey_results", marker) for marker in MARKERS}
    assert found == (sees if is_named and role == "facilitator" else set())


@pytest.mark.either
@pytest.mark.long
def test_comments_are_in_no_table_log_email_or_file(
    held: list[Workshop],
    caplog: pytest.LogCaptureFixture,
    mailoutbox: list[EmailMessage],
    cohort: Cohort,
    facilitator: User,
) -> None:
    assert [row for row in all_rows() if markers_in(row[1])] == []
    assert [
        path for path, content in files_under(configured.VAR) if markers_in(repr(content))
    ] == []
    assert not markers_in("\n".join(map(logging.Formatter().format, caplog.get_records("setup"))))
    assert not any(markers_in(str(mail.message())) for mail in mailoutbox)
    pdf = PdfReader(io.BytesIO(as_pdf(figures_of(cohort, timezone.now()))))
    assert not markers_in(" ".join(page.extract_text() for page in pdf.pages))
    with archive_of(facilitator, at=timezone.now()) as stored, ZipFile(stored) as archive:
        assert not markers_in("".join(archive.read(one).decode() for one in archive.namelist()))


@pytest.mark.either
@pytest.mark.long
def test_admin_site_and_the_data_of_a_person_show_no_comment_to_a_facilitator(
    held: list[Workshop], administrator: User, cohort: Cohort, facilitator: User
) -> None:
    """Not even an administrator who facilitates the cohort."""
    Membership.objects.create(cohort=cohort, user=administrator, role=Membership.Role.FACILITATOR)
    client = just_signed_in(administrator)
    pages = [reverse("privacy:person_data", args=[facilitator.public_id])]
    for model in admin.site._registry:
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages.append(reverse(f"{stem}_changelist"))
        for thing in model._default_manager.all()[:3]:
            pages += [reverse(f"{stem}_{page}", args=[thing.pk]) for page in ("change", "history")]
    for page in pages:
        assert not markers_in(client.get(page).content.decode()), page
    for workshop in held:
        shown = client.get(reverse("surveys:comment_review", args=[workshop.public_id]))
        assert (shown.status_code, markers_in(shown.content.decode())) == (403, set())
