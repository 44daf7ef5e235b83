"""The default wording of the e-mails of “Before and after”."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cohorts.message_templates import COHORT_FIELDS
from outbox.content.placeholders import Words

AROUND = _(
    "Below your text we add: that nobody sees the answers of one person; until when people can "
    "answer; and the button. You can’t change what it says about answers, because it must stay "
    "true."
)
INVITATION_WORDING = Words(
    subject=_("Twelve questions for {cohort}"),
    body=_(
        "Dear {first_name},\n\nHow often do you do the things that {programme} is about? We ask "
        "everybody the same twelve questions at the start, at the end and six months later, to see "
        "what has changed. They take four minutes."
    ),
    fields=COHORT_FIELDS,
    to=_("each participant"),
    around=AROUND,
)
NUDGE_WORDING = Words(
    subject=_("Still time for twelve questions about {cohort}"),
    body=_(
        "Dear {first_name},\n\nWe have no answers from you yet to the twelve questions about "
        "{programme}. They take four minutes, and the comparison needs as many people as possible."
    ),
    fields=COHORT_FIELDS,
    to=_("each participant who has not answered"),
    around=AROUND,
)
