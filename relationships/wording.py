"""The default wording of the e-mails about “Who do you know here?”."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cohorts.message_templates import COHORT_FIELDS
from outbox.content.placeholders import Words

AROUND = _(
    "Below your text we add: that nobody sees what one person says of another; until when people "
    "can answer; and the button. You can’t change what it says about answers, because it must "
    "stay true."
)
INVITATION_WORDING = Words(
    subject=_("Who do you know in {cohort}?"),
    body=_(
        "Dear {first_name},\n\nWho do you know here? We ask everybody in {cohort} the same "
        "question at the start, at the end and six months later, to see what has changed between "
        "people who work in the same place. It takes one tap for each person: three minutes."
    ),
    fields=COHORT_FIELDS,
    to=_("each participant"),
    around=AROUND,
)
NUDGE_WORDING = Words(
    subject=_("Still time: who do you know in {cohort}?"),
    body=_(
        "Dear {first_name},\n\nYou have not finished “Who do you know here?” yet. It takes three "
        "minutes, and what you have tapped so far is saved. The comparison works only if nearly "
        "everybody answers."
    ),
    fields=COHORT_FIELDS,
    to=_("each participant who has not finished"),
    around=AROUND,
)
