"""The e-mails that ask how a partnership goes, after 3, 6 and 12 months.

One party is asked first. If the check is unanswered a week later, a second party is asked. The
e-mails are also sent after the cohort has ended or has been archived.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.message_templates import cohort_values, render_template
from outbox.content.email import EmailContent, render_email
from outbox.local_time import WallClock
from outbox.models import Message
from outbox.models.messages import NO_COHORT
from outbox.rules import NO_RECIPIENT, Outsiders, Rule, RuleText, Schedule, Visibility
from partnerships.checks.due import ASKED_AT, NEXT_PARTY_DAYS, with_due
from partnerships.invitations import (
    FEATURE,
    address_of,
    at,
    facts_of,
    is_party,
    link,
    party_for_email,
)
from partnerships.models import Check, Party
from partnerships.wording import CHECK_WORDING

KIND, OUTSIDE_KIND = "partnership-check", "partnership-check-outside"
WINDOW = timedelta(days=7)
# At most this many parties of a partnership are asked the same check, one after the other.
PARTIES_ASKED = 2


def asked(kind: str) -> QuerySet[Any]:
    """Return a row for each open check and each party to ask, at most two (PARTIES_ASKED).

    `place` is the position of the party by the time it agreed, from 0, among the parties that may
    be asked. The key contains the day the work began, so that parties are asked again if a change
    of that day moves the check.
    """
    earlier = Party.objects.reachable().filter(
        Q(agreed_at__lt=OuterRef("party_agreed_at"))
        | Q(agreed_at=OuterRef("party_agreed_at"), pk__lt=OuterRef("party_id")),
        partnership=OuterRef("partnership"),
    )
    number = earlier.order_by().values("partnership").annotate(number=Count("pk"))
    rows: QuerySet[Any] = (
        with_due(Check.objects.filter(answered_at=None))
        .filter(
            partnership__withdrawn_at=None,
            partnership__stopped_at=None,
            partnership__cohort__uses_partnerships=True,
            due_at__gte=F("settled_at"),
        )
        # Filter by these annotations only: a filter by the relation would join it once more.
        .annotate(
            party_id=F("partnership__parties__pk"),
            party_agreed_at=F("partnership__parties__agreed_at"),
            party_stopped_at=F("partnership__parties__asked_to_stop_at"),
            party_email=F("partnership__parties__email"),
            party_membership=F("partnership__parties__membership"),
            party_left_at=F("partnership__parties__membership__left_at"),
            party_user=F("partnership__parties__membership__user"),
        )
        .filter(party_agreed_at__isnull=False, party_stopped_at=None)
        .annotate(
            place=Coalesce(Subquery(number.values("number"), output_field=IntegerField()), Value(0))
        )
        .filter(place__lt=PARTIES_ASKED)
        .annotate(
            owed_key=Concat(
                Value(f"{kind}:"),
                Cast("pk", CharField()),
                Value(":"),
                Cast("party_id", CharField()),
                Value(":"),
                Cast("partnership__begun_on", CharField()),
            ),
            owed_subject=F("party_id"),
            owed_version=F("months"),
            owed_due=WallClock(
                "due_at",
                "partnership__cohort__time_zone",
                days=Case(
                    When(place=0, then=Value(0)),
                    default=Value(NEXT_PARTY_DAYS),
                    output_field=IntegerField(),
                ),
                at=ASKED_AT,
            ),
        )
        .annotate(
            owed_expires=ExpressionWrapper(F("owed_due") + WINDOW, output_field=DateTimeField())
        )
    )
    return rows


def member_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each member to ask (see `Schedule.rows`)."""
    rows: QuerySet[Any] = (
        asked(KIND)
        .filter(party_membership__isnull=False, party_left_at=None)
        .annotate(
            owed_recipient=F("party_user"),
            owed_membership=F("party_membership"),
            owed_group=F("partnership__cohort"),
        )
    )
    return rows


def outside_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each outside contact to ask (see `Schedule.rows`)."""
    rows: QuerySet[Any] = (
        asked(OUTSIDE_KIND)
        .exclude(party_email="")
        .annotate(owed_recipient=NO_RECIPIENT, owed_group=Value(NO_COHORT))
    )
    return rows


def compose(message: Message) -> EmailContent:
    party = party_for_email(message)
    partnership, cohort = party.partnership, party.partnership.cohort
    values = {**cohort_values(cohort, message.recipient), "title": partnership.title}
    words = render_template(cohort, KIND, CHECK_WORDING, values)
    return render_email(
        message,
        "partnership_check",
        subject=words.subject,
        context={
            **facts_of(party),
            "body": words.body,
            "button_label": gettext("Say how it’s going"),
        },
        reply_to=cohort.reply_addresses(),
    )


def compose_outside(message: Message) -> EmailContent:
    party = party_for_email(message)
    partnership, cohort = party.partnership, party.partnership.cohort
    return render_email(
        message,
        "partnership_check",
        subject=gettext("How is “%(title)s” going?") % {"title": partnership.title},
        context={
            **facts_of(party),
            "name": party.name,
            "button_label": gettext("Say how it’s going"),
        },
        reply_to=cohort.reply_addresses(),
    )


CHECK = Rule(
    kind=KIND,
    text=RuleText(
        title=_("How is it going?"),
        for_recipient=_(
            "A question after three, six and twelve months about something you started with others"
        ),
        why=_(
            "Sent at 9am three, six and twelve months after something confirmed began: to one "
            "person who agreed and, if nobody answers for a week, to another."
        ),
        wording=CHECK_WORDING,
    ),
    schedule=Schedule(rows=member_rows, window=WINDOW),
    compose=compose,
    link=link,
    concerns=is_party,
    visibility=Visibility.OUTCOME,
    is_optional=True,
    is_sent_if_archived=True,
    feature=FEATURE,
)
CHECK_OUTSIDE = Rule(
    kind=OUTSIDE_KIND,
    text=RuleText(
        title=_("How is it going? (to people outside)"),
        for_recipient=_(
            "A question after 3, 6 and 12 months, sent to people outside the cohort who agreed "
            "that they’re part of the work."
        ),
        why=_("Sent to people outside the cohort who agreed, when it is their turn to be asked."),
    ),
    schedule=Schedule(rows=outside_rows, window=WINDOW),
    compose=compose_outside,
    link=link,
    visibility=Visibility.NOTHING,
    is_sent_if_archived=True,
    outsiders=Outsiders(address_of=address_of, at=at),
    feature=FEATURE,
)
