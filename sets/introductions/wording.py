"""The default wording of the e-mails about introductions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cohorts.message_templates import COHORT_FIELDS
from outbox.content.placeholders import NamedField, Words

PEOPLE = NamedField(
    "people", _("whom they could meet"), _("Priya Shah of Tyne Housing"), is_personal=True
)
ASKING_WORDING = Words(
    subject=_("Someone you haven’t met yet"),
    body=_(
        "Dear {first_name},\n\nThis month we could introduce you to {people}. Half an hour with a "
        "cup of tea is enough."
    ),
    fields=(*COHORT_FIELDS, PEOPLE),
    to=_("each participant who has asked to be introduced"),
    when=_("once a month, at 9am"),
    around=_(
        "Below your text we add: the name and organisation of each person, and what they’d like to "
        "change; until when they can answer; that nobody is told who said no; and the button."
    ),
)
MADE_WORDING = Words(
    subject=_("You’re introduced: {people}"),
    body=_(
        "Dear {first_name},\n\nMeet {people}. Reply to this e-mail to write to them, and suggest "
        "a day."
    ),
    fields=(*COHORT_FIELDS, PEOPLE),
    to=_("the people who said yes to meeting each other"),
    when=_("once they have all said yes"),
    around=_(
        "Below your text we add the name, organisation and e-mail address of each person, and what "
        "they’d like to change. Replies go to these people."
    ),
)
ENDED_WORDING = Words(
    subject=_("This month’s introduction didn’t come about"),
    body=_(
        "Dear {first_name},\n\nThank you for saying yes. This month’s introduction didn’t come "
        "about. That can have many reasons: a full diary, a missed e-mail, somebody who has left."
    ),
    fields=COHORT_FIELDS,
    to=_("each participant who said yes to an introduction that did not come about"),
    when=_("two weeks after they were asked"),
    around=_("Below your text we add when the next introductions are made. Nobody is named."),
)
NOBODY_WORDING = Words(
    subject=_("Nobody new to meet this month"),
    body=_(
        "Dear {first_name},\n\nThis month there is nobody new for you among the people who have "
        "asked to be introduced."
    ),
    fields=COHORT_FIELDS,
    to=_("each participant for whom there is nobody to meet this month"),
    when=_("once a month, at 9am"),
    around=_("Below your text we add when the next introductions are made."),
)
