from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort
from programmes.feedback import SurveyKind
from programmes.models import Programme
from surveys.editor.feedback_settings import (
    WeakerKindError,
    save_feedback_settings,
    settings_token,
)
from surveys.models import Survey
from surveys.opening import get_or_create_survey
from tests.surveys.conftest import CLOSED, ENDS, NEXT_DAY, make_workshop
from ui.version_token import StaleError
from workshops.models import Workshop

ANONYMOUS, LINKED, NAMED = SurveyKind.ANONYMOUS, SurveyKind.LINKED, SurveyKind.NAMED


def save(
    group: Cohort | Programme, kind: SurveyKind, days: int = 10, seen: str | None = None
) -> None:
    token = settings_token(group) if seen is None else seen
    save_feedback_settings(group, kind=kind, days=days, seen=token, at=NEXT_DAY)


@pytest.mark.parametrize("kind", SurveyKind)
def test_kind_can_become_any_before_the_first_invitation(
    cohort: Cohort, workshop: Workshop, kind: SurveyKind
) -> None:
    save(cohort, LINKED)
    save(cohort, kind, days=28)

    stored = Cohort.objects.get()
    assert (stored.survey_kind, stored.survey_days) == (kind, 28)
    assert not Survey.objects.exists()


@pytest.mark.parametrize(
    ("before", "after"), [(ANONYMOUS, LINKED), (ANONYMOUS, NAMED), (LINKED, NAMED)]
)
def test_kind_can_not_become_weaker_after_an_invitation(
    cohort: Cohort, workshop: Workshop, before: SurveyKind, after: SurveyKind
) -> None:
    save(cohort, before)
    get_or_create_survey(workshop)
    with pytest.raises(WeakerKindError):
        save(cohort, after, days=28)

    stored = Cohort.objects.get()
    assert (stored.survey_kind, stored.survey_days) == (before, 10)
    assert Survey.objects.get().kind == before


def test_stronger_kind_reaches_open_surveys_only(cohort: Cohort, facilitator: User) -> None:
    save(cohort, NAMED)
    closed, still_open = (get_or_create_survey(make_workshop(cohort, n)) for n in (1, 2))
    closed.close(by=facilitator, at=NEXT_DAY - timedelta(hours=1))
    save(cohort, LINKED)

    kinds = dict(Survey.objects.values_list("pk", "kind"))
    assert kinds == {closed.pk: NAMED, still_open.pk: LINKED}
    assert get_or_create_survey(make_workshop(cohort, 3)).kind == LINKED


@pytest.mark.parametrize("days", [3, 28])
def test_surveys_that_were_sent_close_when_their_emails_say(
    cohort: Cohort, workshop: Workshop, days: int
) -> None:
    get_or_create_survey(workshop)
    later = make_workshop(cohort, 2, starts_at=ENDS, ends_at=ENDS + timedelta(days=30))
    get_or_create_survey(later)
    save(cohort, ANONYMOUS, days=days)

    first, second = Survey.objects.select_related("workshop__cohort").order_by("pk")
    assert first.closes_at == CLOSED
    assert second.closes_at == ENDS + timedelta(days=30 + days)


def test_settings_that_somebody_has_changed_are_not_replaced_unseen(cohort: Cohort) -> None:
    seen = settings_token(cohort)
    save(Cohort.objects.get(), LINKED)
    with pytest.raises(StaleError, match="Save again to replace theirs"):
        save(cohort, NAMED, seen=seen)
    save(cohort, LINKED, seen=seen)  # as it is already

    assert Cohort.objects.get().survey_kind == LINKED


def test_programme_takes_any_kind_whatever_its_cohorts_have(
    programme: Programme, workshop: Workshop
) -> None:
    get_or_create_survey(workshop)
    save(programme, NAMED, days=5)

    assert Programme.objects.get().feedback_settings()["survey_kind"] == NAMED
    assert Cohort.objects.get().survey_kind == ANONYMOUS
