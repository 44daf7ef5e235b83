"""The e-mails of a survey promise what its kind keeps."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest

from accounts.models import User
from cohorts.models import Cohort
from programmes.feedback import SurveyKind
from tests.services import Letterbox
from tests.surveys.conftest import Join, mark
from tests.surveys.sending import NUDGE_DUE, SURVEY_DUE, turn_at
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)


def text(message: EmailMessage) -> str:
    """Return the plain text of an e-mail with whitespace collapsed."""
    body: Any = message.get_body(("plain",))
    return " ".join(body.get_content().split())


@pytest.mark.parametrize("kind", SurveyKind)
def test_emails_say_what_the_kind_of_survey_promises(
    smtp_server: Letterbox, join: Join, workshop: Workshop, facilitator: User, kind: SurveyKind
) -> None:
    Cohort.objects.update(survey_kind=kind)
    mark(workshop, *join(1))
    for moment in (SURVEY_DUE, NUDGE_DUE):
        turn_at(moment)
        letter = text(smtp_server.messages[-1])
        assert ("no name on your answers" in letter) == (kind == SurveyKind.ANONYMOUS)
        assert (str(kind.promise) in letter) == (kind != SurveyKind.ANONYMOUS)
        assert ("with your name on it" in letter) == (kind != SurveyKind.NAMED)
    assert len(smtp_server.messages) == 2
