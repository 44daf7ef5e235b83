"""The e-mails that ask the parties of a partnership whether they agree."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    CharField,
    DateTimeField,
    ExpressionWrapper,
    F,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.message_templates import cohort_values, render_template
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.models import Message
from outbox.models.messages import NO_COHORT
from outbox.rules import NO_RECIPIENT, Outsiders, Rule, RuleText, Schedule, Visibility
from partnerships.links import PARTY_LINK
from partnerships.models import Party
from partnerships.wording import AGREE_REMINDER_WORDING, AGREE_WORDING

KIND, REMINDER_KIND, OUTSIDE_KIND = (
    "partnership-agree",
    "partnership-agree-reminder",
    "partnership-agree-outside",
)
WINDOW = timedelta(days=7)
# How long after the invitation a member is sent the only reminder. People outside the cohort are
# never reminded, because somebody else gave us their address.
REMINDED_AFTER = timedelta(days=7)
FEATURE = "uses_partnerships"


def unanswered(kind: str, after: timedelta = timedelta(0)) -> QuerySet[Any]:
    """Return a row for each party that has not answered, due `after` the time it was added."""
    rows: QuerySet[Any] = Party.objects.filter(
        agreed_at=None,
        declined_at=None,
        asked_to_stop_at=None,
        partnership__withdrawn_at=None,
        partnership__stopped_at=None,
        partnership__cohort__uses_partnerships=True,
        partnership__cohort__archived_at=None,
    ).annotate(
        owed_key=Concat(Value(f"{kind}:"), Cast("pk", CharField())),
        owed_subject=F("pk"),
        owed_due=ExpressionWrapper(F("added_at") + after, output_field=DateTimeField()),
        owed_expires=ExpressionWrapper(
            F("added_at") + after + WINDOW, output_field=DateTimeField()
        ),
    )
    return rows


def member_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each member to ask (see `Schedule.rows`)."""
    return of_members(unanswered(KIND))


def reminder_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each member to remind (see `Schedule.rows`)."""
    return of_members(unanswered(REMINDER_KIND, REMINDED_AFTER))


def of_members(rows: QuerySet[Any]) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.filter(membership__isnull=False, membership__left_at=None).annotate(
        owed_recipient=F("membership__user"),
        owed_membership=F("membership"),
        owed_group=F("partnership__cohort"),
    )
    return found


def outside_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each outside contact to ask (see `Schedule.rows`)."""
    rows: QuerySet[Any] = (
        unanswered(OUTSIDE_KIND)
        .exclude(email="")
        .annotate(owed_recipient=NO_RECIPIENT, owed_group=Value(NO_COHORT))
    )
    return rows


def party_for_email(message: Message) -> Party:
    parties = Party.objects.select_related(
        "partnership__cohort__programme", "partnership__proposed_by", "membership__user"
    )
    party: Party = parties.get(pk=message.subject_id)
    return party


def address_of(message: Message) -> str:
    addresses = Party.objects.filter(pk=message.subject_id).values_list("email", flat=True)
    return addresses.first() or ""


def at(subject: Any, address: Any) -> QuerySet[Any]:
    """Return a queryset that has a row if the party still has this address."""
    return Party.objects.filter(pk=subject, email=address)


def link(message: Message) -> str:
    return PARTY_LINK.url(Party.objects.only("public_id").get(pk=message.subject_id).public_id)


def facts_of(party: Party) -> dict[str, Any]:
    """Return the facts about the party's partnership that all kinds of e-mail show."""
    partnership, cohort = party.partnership, party.partnership.cohort
    return {
        "title": partnership.title,
        "what": partnership.what,
        "cohort_name": cohort.name,
        "programme": cohort.programme_name,
        "is_outside": party.is_outside,
        "button_url": PRIVATE_LINK,
        **({"choices_url": ""} if party.is_outside else {}),
    }


def compose(message: Message) -> EmailContent:
    party = party_for_email(message)
    partnership, cohort = party.partnership, party.partnership.cohort
    values = {**cohort_values(cohort, message.recipient), "title": partnership.title}
    is_reminder = message.kind == REMINDER_KIND
    wording = AGREE_REMINDER_WORDING if is_reminder else AGREE_WORDING
    words = render_template(cohort, message.kind, wording, values)
    return render_email(
        message,
        "partnership_agree",
        subject=words.subject,
        context={
            **facts_of(party),
            "body": words.body,
            "is_reminder": is_reminder,
            "button_label": gettext("Say whether you agree"),
        },
        reply_to=cohort.reply_addresses(),
    )


def compose_outside(message: Message) -> EmailContent:
    party = party_for_email(message)
    partnership, cohort = party.partnership, party.partnership.cohort
    return render_email(
        message,
        "partnership_agree",
        subject=gettext("Are you part of “%(title)s”?") % {"title": partnership.title},
        context={
            **facts_of(party),
            "name": party.name,
            "proposed_by": partnership.proposed_by.name if partnership.proposed_by else "",
            "button_label": gettext("Say whether you agree"),
        },
        reply_to=cohort.reply_addresses(),
    )


def is_party(user: User) -> bool:
    return Party.objects.of(user).filter(partnership__cohort__uses_partnerships=True).exists()


AGREE = Rule(
    kind=KIND,
    text=RuleText(
        title=_("Are you part of this?"),
        for_recipient=_("Always sent, because somebody named you as part of something."),
        why=_("Sent to each member whom somebody names as part of something started together."),
        wording=AGREE_WORDING,
    ),
    schedule=Schedule(rows=member_rows, window=WINDOW),
    compose=compose,
    link=link,
    concerns=is_party,
    feature=FEATURE,
)
AGREE_REMINDER = Rule(
    kind=REMINDER_KIND,
    text=RuleText(
        title=_("Are you part of this? (reminder)"),
        for_recipient=_("One reminder a week later, if you haven’t answered."),
        why=_(
            "Sent once, a week later, to each member who was named and has not said whether they "
            "agree. People outside the cohort get no reminder."
        ),
        wording=AGREE_REMINDER_WORDING,
    ),
    schedule=Schedule(rows=reminder_rows, window=WINDOW),
    compose=compose,
    link=link,
    is_optional=True,
    concerns=is_party,
    feature=FEATURE,
)
AGREE_OUTSIDE = Rule(
    kind=OUTSIDE_KIND,
    text=RuleText(
        title=_("Are you part of this? (to people outside)"),
        for_recipient=_("A question to somebody outside the cohort who was named. Sent once."),
        why=_(
            "Sent once to each person outside the cohort whom somebody names as part of something "
            "started together."
        ),
    ),
    schedule=Schedule(rows=outside_rows, window=WINDOW),
    compose=compose_outside,
    link=link,
    visibility=Visibility.NOTHING,
    outsiders=Outsiders(address_of=address_of, at=at),
    feature=FEATURE,
)
