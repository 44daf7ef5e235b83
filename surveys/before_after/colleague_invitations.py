"""The e-mail that asks a manager or colleague, who has no account, what change they have seen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    CharField,
    DateTimeField,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Concat, Greatest, Least
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.models import Message
from outbox.models.messages import NO_COHORT
from outbox.rules import NO_RECIPIENT, Outsiders, Rule, RuleText, Schedule, Visibility
from surveys.before_after.links import COLLEAGUE_LINK
from surveys.before_after.timing import with_times
from surveys.models import Colleague, Occasion, Wave

KIND = "wave-colleague"
WINDOW = timedelta(days=7)


def rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each colleague to ask (see `Schedule.rows`).

    The e-mail is due when the colleagues' wave opens or when the colleague was named, whichever is
    later. No page of the cohort lists the e-mail, because even a count would reveal that somebody
    was named.
    """
    waves = with_times(
        Wave.objects.filter(cohort=OuterRef("membership__cohort"), occasion=Occasion.COLLEAGUES)
    )
    times = {"opens": Subquery(waves.values("opens")), "closes": Subquery(waves.values("closes"))}
    people: QuerySet[Any] = Colleague.objects.filter(
        has_answered=False, membership__left_at=None, membership__cohort__archived_at=None
    )
    timed: QuerySet[Any] = people.annotate(**times)
    asked: QuerySet[Any] = timed.filter(opens__lte=until, closes__gt=since).annotate(
        owed_key=Concat(Value(f"{KIND}:"), Cast("pk", CharField())),
        owed_recipient=NO_RECIPIENT,
        owed_group=Value(NO_COHORT),
        owed_subject=F("pk"),
        owed_due=Greatest("opens", "named_at"),
    )
    found: QuerySet[Any] = asked.annotate(
        owed_expires=Least(ExpressionWrapper(F("owed_due") + WINDOW, DateTimeField()), F("closes"))
    ).filter(closes__gt=F("owed_due"))
    return found


def address_of(message: Message) -> str:
    addresses = Colleague.objects.filter(pk=message.subject_id).values_list("email", flat=True)
    return addresses.first() or ""


def link(message: Message) -> str:
    return COLLEAGUE_LINK.url(Colleague.objects.get(pk=message.subject_id).public_id)


def compose(message: Message) -> EmailContent:
    people = Colleague.objects.select_related("membership__cohort__programme", "membership__user")
    colleague = people.get(pk=message.subject_id)
    cohort = colleague.membership.cohort
    waves = with_times(Wave.objects.filter(cohort=cohort, occasion=Occasion.COLLEAGUES))
    participant = colleague.membership.user
    subject = gettext("What have you seen %(name)s do?") % {"name": participant.name}
    return render_email(
        message,
        "wave_colleague",
        subject=subject,
        context={
            "name": colleague.name,
            "participant": participant.name,
            "programme": cohort.programme_name,
            "zone": cohort.zone,
            "closes_at": waves.get().closes,
            "cohort_name": cohort.name,
            "button_label": gettext("Answer six questions"),
            "button_url": PRIVATE_LINK,
            "choices_url": "",
        },
        reply_to=cohort.reply_addresses(),
    )


COLLEAGUE = Rule(
    kind=KIND,
    text=RuleText(
        title=_("What have you seen?"),
        for_recipient=_(
            "Six questions to a manager or colleague that a participant named. They get it once."
        ),
        why=_(
            "A manager or colleague gets it the morning after the last workshop, if a participant "
            "named them."
        ),
    ),
    schedule=Schedule(rows=rows, window=WINDOW),
    compose=compose,
    link=link,
    visibility=Visibility.NOTHING,
    feature="uses_before_after",
    outsiders=Outsiders(
        address_of=address_of,
        at=lambda subject, address: Colleague.objects.filter(pk=subject, email=address),
    ),
)
