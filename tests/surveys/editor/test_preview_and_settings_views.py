from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort
from programmes.feedback import SurveyKind, default_questions
from programmes.models import Programme, WorkshopPlan
from surveys.editor.feedback_settings import settings_token
from surveys.models import Survey
from surveys.opening import get_or_create_survey
from tests.people import signed_in
from tests.surveys.editor.pages import ADDED, said, shown, url
from workshops.models import Workshop

pytestmark = pytest.mark.usefixtures("next_day")


# The preview


@pytest.mark.parametrize("kind", SurveyKind)
def test_preview_is_the_page_that_people_answer_on(
    facilitator_client: Client, workshop: Workshop, kind: SurveyKind
) -> None:
    Cohort.objects.update(survey_kind=kind)
    Workshop.objects.update(own_questions=[ADDED])
    for owner, place in ((workshop.cohort, "cohorts"), (workshop, "workshops")):
        text = shown(facilitator_client.get(url("question_preview", owner, place=place)))
        assert "This is a preview of the page that people answer on." in text
        assert "Workshop 1 · Trust under strain" in text
        assert "I could speak openly" in text
        assert "Was the room warm?" in text
        assert '<button class="button primary" disabled>' in text
        assert 'method="post"' not in text.partition("<main")[2]
        assert str(kind.promise) in text
    assert not Survey.objects.exists()


def test_preview_of_a_programme_is_about_its_first_plan(
    administrator_client: Client, programme: Programme
) -> None:
    address = url("question_preview", programme, place="programmes")
    assert "Workshop 1 · Title of the workshop" in shown(administrator_client.get(address))
    plan = WorkshopPlan.objects.create(
        programme=programme, position=1, title="Who leads here?", own_questions=[ADDED]
    )
    for owner, place in ((programme, "programmes"), (plan, "plans")):
        text = shown(administrator_client.get(url("question_preview", owner, place=place)))
        assert "Workshop 1 · Who leads here?" in text
        assert "Was the room warm?" in text


# The kind of survey, and the days to answer


def settings_of(group: Cohort | Programme, **changed: str) -> dict[str, str]:
    data = {"survey_kind": str(group.survey_kind), "survey_days": str(group.survey_days)}
    return {**data, "version": settings_token(group), **changed}


def test_settings_are_saved(facilitator_client: Client, cohort: Cohort) -> None:
    address = url("feedback_settings", cohort)
    text = shown(facilitator_client.get(address))
    for kind in SurveyKind:
        assert str(kind.promise) in text
    data = settings_of(cohort, survey_kind="linked", survey_days="21")
    assert said(facilitator_client.post(address, data), facilitator_client) == ["Saved."]

    stored = Cohort.objects.get()
    assert (stored.survey_kind, stored.survey_days) == ("linked", 21)


def test_weaker_kind_has_an_error_once_people_have_been_invited(
    facilitator_client: Client, workshop: Workshop
) -> None:
    cohort = workshop.cohort
    address = url("feedback_settings", cohort)
    assert "People have been invited" not in shown(facilitator_client.get(address))
    get_or_create_survey(workshop)
    assert "so the kind can only become more anonymous" in shown(facilitator_client.get(address))
    response = facilitator_client.post(
        address, settings_of(cohort, survey_kind="named", survey_days="12")
    )
    text = shown(response)

    assert response.context["form"].errors["survey_kind"] == [
        "Choose a kind that is at least as anonymous as “Anonymous”. People have already been "
        "invited to a survey of that kind."
    ]
    assert 'value="12"' in text
    assert Cohort.objects.get().survey_days == 10


def test_settings_that_somebody_has_changed_are_shown_before_they_are_replaced(
    facilitator_client: Client, cohort: Cohort
) -> None:
    address = url("feedback_settings", cohort)
    Cohort.objects.update(survey_days=20)
    mine = settings_of(cohort, survey_days="5")
    text = shown(facilitator_client.post(address, mine))
    cohort.refresh_from_db()

    assert "Somebody else has changed these settings." in text
    assert 'value="5"' in text
    assert cohort.survey_days == 20
    facilitator_client.post(address, mine | {"version": settings_token(cohort)})
    assert Cohort.objects.get().survey_days == 5


# Who may


GETS = [
    ("question_list", ()),
    ("question_add", ("scale",)),
    ("question_edit", ("change",)),
    ("question_delete", ("change",)),
    ("question_preview", ()),
    ("feedback_settings", ()),
]
POSTS = [("question_add_ready", ()), ("question_move", ("change",))]


def ask(client: Client, address: str) -> int:
    """Return the status of the page, or of an empty form that is sent to it."""
    status: int = client.post(address).status_code
    return int(client.get(address).status_code) if status == 405 else status


@pytest.mark.parametrize(("name", "more"), [*GETS, *POSTS])
def test_strangers_get_404_and_participants_403(
    outsider: User,
    other_facilitator: User,
    participant: User,
    cohort: Cohort,
    name: str,
    more: tuple[str, ...],
) -> None:
    for user, status in ((outsider, 404), (other_facilitator, 404), (participant, 403)):
        client = signed_in(user)
        assert ask(client, url(name, cohort, *more)) == status
    assert Cohort.objects.get(pk=cohort.pk).questions == default_questions()


@pytest.mark.parametrize(("name", "more"), [*GETS, *POSTS])
def test_only_administrators_edit_a_programme(
    facilitator_client: Client, programme: Programme, name: str, more: tuple[str, ...]
) -> None:
    address = url(name, programme, *more, place="programmes")
    assert ask(facilitator_client, address) == 403


def test_wrong_methods_are_refused(facilitator_client: Client, cohort: Cohort) -> None:
    for name, more in POSTS:
        assert facilitator_client.get(url(name, cohort, *more)).status_code == 405
    for name in ("question_list", "question_preview"):
        assert facilitator_client.post(url(name, cohort)).status_code == 405
    for name, more in GETS:
        assert facilitator_client.put(url(name, cohort, *more)).status_code == 405


def test_links_lead_facilitators_to_the_questions_and_no_participant(
    facilitator_client: Client, participant_client: Client, workshop: Workshop
) -> None:
    Workshop.objects.update(starts_at=None, ends_at=None, scheduled_at=None)
    cohort = workshop.cohort
    pages = {
        cohort.get_absolute_url(): url("question_list", cohort),
        reverse("home:message_list", args=[cohort.public_id]): url("question_list", cohort),
        workshop.get_absolute_url(): url("question_list", workshop, place="workshops"),
    }
    for page, link in pages.items():
        assert f'href="{link}"' in shown(facilitator_client.get(page))
        assert link not in participant_client.get(page).content.decode()
