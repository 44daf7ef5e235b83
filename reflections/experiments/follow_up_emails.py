"""The e-mail that asks how an experiment went: the day before a workshop, or on a chosen day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.message_templates import COHORT_FIELDS, cohort_values, render_template
from cohorts.models import Membership
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import NamedField, Words
from outbox.local_time import ClockOnDay, WallClock
from outbox.models import Message
from outbox.rules import Rule, RuleText, Schedule, Visibility
from reflections.experiments.follow_ups import ASKED_AT, DAYS_BEFORE
from reflections.models import Experiment

KIND = "look-back"
# An e-mail for a chosen day may be sent until this long after its due time.
DAYS_AFTER = timedelta(days=3)
WORDING = Words(
    subject=_("How did it go?"),
    body=_(
        "Dear {first_name},\n\nYou planned to try something, and to look back on it {look_back}. "
        "How did it go? Three lines are enough, and “not yet” is an answer too."
    ),
    fields=(
        *COHORT_FIELDS,
        NamedField(
            "look_back",
            _("when they planned to look back on it"),
            _("before workshop 4"),
            is_personal=True,
        ),
    ),
    to=_("each person who planned to try something"),
    when=_("at 9am, the day before the workshop they look back before, or on the day they chose"),
    around=_(
        "Your text is followed by a sentence that nobody is told who is asked or what they answer, "
        "and by the button. What they planned to try is never in the e-mail."
    ),
)


def rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each follow-up e-mail of an open experiment (see `Schedule.rows`).

    The author must still be in the cohort. An e-mail is left out if its due time had already passed
    when the experiment was started or answered, or when the workshop's date was set.
    """
    in_it_now = Membership.objects.active().filter(
        user=OuterRef("author"), cohort=OuterRef("cohort")
    )
    before_workshop = WallClock(
        "look_back_workshop__starts_at", "cohort__time_zone", days=-DAYS_BEFORE, at=ASKED_AT
    )
    on_a_day = ClockOnDay("look_back_on", "cohort__time_zone", at=ASKED_AT)
    begins = Q(
        look_back_workshop__starts_at__gt=since,
        look_back_workshop__starts_at__lte=until + timedelta(days=DAYS_BEFORE + 1),
        look_back_workshop__cancelled_at=None,
    )
    found: QuerySet[Any] = (
        Experiment.objects.open()
        .filter(begins | Q(look_back_on__isnull=False), Exists(in_it_now))
        .annotate(
            owed_key=key(),
            owed_recipient=F("author"),
            owed_version=Coalesce("look_back_workshop__version", Value(0)),
            owed_group=F("cohort"),
            owed_subject=F("pk"),
            owed_due=Coalesce(on_a_day, before_workshop),
        )
        .annotate(
            owed_expires=Coalesce(
                F("look_back_workshop__starts_at"),
                ExpressionWrapper(F("owed_due") + DAYS_AFTER, output_field=DateTimeField()),
            )
        )
        .filter(
            Q(answered_at=None) | Q(answered_at__lte=F("owed_due")),
            Q(look_back_workshop=None) | Q(look_back_workshop__scheduled_at__lte=F("owed_due")),
            started_at__lte=F("owed_due"),
        )
    )
    return found


def key() -> Concat:
    """Return an SQL expression for the key of the message.

    The key includes `follow_up_number`, which increases when the follow-up date changes, and the
    workshop's version, which increases when the workshop moves. So a new e-mail is sent for a new
    date.
    """
    version = Coalesce("look_back_workshop__version", Value(0))
    parts: list[Combinable | str] = [
        Value(f"{KIND}:"),
        "pk",
        Value(":"),
        "follow_up_number",
        Value(":"),
        version,
    ]
    return Concat(*(Cast(part, CharField()) for part in parts))


def link(message: Message) -> str:
    """Return the URL of the page where the author says how the experiment went."""
    experiment = Experiment.objects.only("public_id").get(pk=message.subject_id)
    address = reverse("reflections:experiment_answer", args=[experiment.public_id])
    return settings.BASE_URL + address


def compose(message: Message) -> EmailContent:
    """Return the e-mail, without any of the experiment's text."""
    experiment = (
        Experiment.objects.select_related("cohort__programme", "look_back_workshop")
        .defer("words", "happened", "learned")
        .get(pk=message.subject_id)
    )
    cohort, workshop = experiment.cohort, experiment.look_back_workshop
    look_back = (
        gettext("before workshop %(position)d") % {"position": workshop.position}
        if workshop
        else gettext("about now")
    )
    values = {**cohort_values(cohort, message.recipient), "look_back": look_back}
    words = render_template(cohort, KIND, WORDING, values)
    return render_email(
        message,
        "look_back",
        subject=words.subject,
        context={
            "body": words.body,
            "cohort_name": cohort.name,
            "button_label": gettext("Say how it went"),
            "button_url": PRIVATE_LINK,
        },
        reply_to=cohort.reply_addresses(),
    )


LOOK_BACK = Rule(
    kind=KIND,
    text=RuleText(
        title=_("How did it go?"),
        for_recipient=_(
            "A question about how something you planned to try went, when you said you’d look back "
            "on it"
        ),
        why=_(
            "Sent to each person who planned to try something, at 9am the day before the workshop "
            "they look back before, or on the day they chose."
        ),
        wording=WORDING,
    ),
    schedule=Schedule(
        rows=rows,
        # An e-mail for a chosen day can be sent for three days, and an hour more if the clocks
        # change. An e-mail before a workshop has less time: it expires when the workshop starts.
        window=DAYS_AFTER + timedelta(hours=1),
    ),
    compose=compose,
    link=link,
    # If pages listed this message, facilitators could see that somebody has an experiment.
    visibility=Visibility.NOTHING,
    is_optional=True,
)
