"""The default wording of the e-mails about work started together."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cohorts.message_templates import COHORT_FIELDS
from outbox.content.placeholders import NamedField, Words

TITLE_FIELD = NamedField("title", _("the name of the work"), _("Warm homes after hospital"))
AGREE_WORDING = Words(
    subject=_("Are you part of “{title}”?"),
    body=_(
        "Dear {first_name},\n\nSomebody in {cohort} wrote down that you started something "
        "together. Is that so? It counts as confirmed once people of two organisations agree."
    ),
    fields=(*COHORT_FIELDS, TITLE_FIELD),
    to=_("each member who was named as part of something started together"),
    around=_(
        "Below your text we add: what was written down, that the link needs no signing in, and the "
        "button."
    ),
)
AGREE_REMINDER_WORDING = Words(
    subject=_("Have you seen this: “{title}”?"),
    body=_(
        "Dear {first_name},\n\nA week ago we asked whether you are part of something in {cohort}. "
        "Are you? A no is an answer too."
    ),
    fields=(*COHORT_FIELDS, TITLE_FIELD),
    to=_("each member who was named and has not answered"),
    when=_("a week after they were named"),
    around=_(
        "Below your text we add: what was written down, that the link needs no signing in, and the "
        "button."
    ),
)
CHECK_WORDING = Words(
    subject=_("How is “{title}” going?"),
    body=_(
        "Dear {first_name},\n\nYou started something together in {cohort}. How is it going now? It "
        "takes a minute, and “it stopped” is an answer too."
    ),
    fields=(*COHORT_FIELDS, TITLE_FIELD),
    to=_("one person of each confirmed partnership, and a week later another one"),
    when=_("at 9am, three, six and twelve months after it began"),
    around=_(
        "Below your text we add: who can read the answer, how to stop these e-mails, and the "
        "button. You can’t change that part, because it must stay true."
    ),
)
