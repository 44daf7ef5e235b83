"""The e-mail that notifies members a month before their data in a cohort is deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    PositiveBigIntegerField,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.models import Membership
from outbox.content.email import EmailContent, render_email
from outbox.models import Message
from outbox.models.messages import NO_COHORT
from outbox.rules import Rule, RuleText, Schedule
from privacy.models import Erasure, Notice
from privacy.retention import WARNING
from privacy.retention_dates import NOTICE_PERIOD
from privacy.words import has_words_in
from ui import dates

# How long after its due time the e-mail may be sent. It may be sent late, because a member's data
# is deleted only a month after the e-mail to that member was sent.
WINDOW = timedelta(days=365)


def rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each member and active deletion notice created after `since`.

    Former members are included; each user has one row, for their latest membership. Users whose
    data in the cohort was deleted earlier are included only if they have written something since.
    The message to such a user belongs to no cohort: on the cohort's page, it would reveal that they
    have written. `until` is not used: the caller filters by `owed_due`.
    """
    later = Membership.objects.filter(
        cohort=OuterRef("cohort"), user=OuterRef("user"), pk__gt=OuterRef("pk")
    )
    gone = Exists(Erasure.objects.filter(cohort=OuterRef("cohort"), person=OuterRef("user")))
    return (
        Membership.objects.filter(
            ~Exists(later),
            ~gone | has_words_in("cohort", author="user"),
            user__is_active=True,
            cohort__removal_notices__given_at__gt=since,
            cohort__removal_notices__withdrawn_at=None,
            cohort__removal_notices__finished_at=None,
        )
        .annotate(
            owed_key=Concat(
                Value(f"{WARNING}:"),
                Cast("cohort__removal_notices__pk", CharField()),
                Value(":"),
                Cast("user", CharField()),
            ),
            owed_recipient=F("user"),
            owed_group=Case(
                When(gone, then=Value(NO_COHORT)),
                default=F("cohort"),
                output_field=PositiveBigIntegerField(),
            ),
            owed_subject=F("cohort__removal_notices__pk"),
            owed_due=F("cohort__removal_notices__given_at"),
        )
        .annotate(owed_expires=ExpressionWrapper(F("owed_due") + WINDOW, DateTimeField()))
    )


def compose(message: Message) -> EmailContent:
    notice = Notice.objects.select_related("cohort").get(pk=message.subject_id)
    cohort = notice.cohort
    # A member's data is deleted a month after the e-mail at the earliest, so an e-mail that is sent
    # late names a later day.
    goes = max(notice.goes_at, timezone.now() + NOTICE_PERIOD)
    day = dates.long_day(dates.day_of(goes, cohort.zone))
    facilitates = cohort.memberships.facilitating().active().filter(user=message.recipient).exists()
    return render_email(
        message,
        "removal",
        subject=gettext("What you wrote in %(cohort)s will be deleted on %(day)s")
        % {"cohort": cohort, "day": day},
        context={
            "cohort_name": cohort.name,
            "first_name": message.recipient.first_name if message.recipient else "",
            "day": day,
            "contact": settings.HOST_CONTACT,
            "retention_url": facilitates
            and settings.BASE_URL + reverse("privacy:retention_edit", args=[cohort.public_id]),
            "button_label": gettext("Download a copy"),
            "button_url": settings.BASE_URL + reverse("privacy:my_data"),
        },
        reply_to=cohort.reply_addresses(),
    )


def no_link(message: Message) -> str:
    """Return an empty string, as the e-mail links only to a page that requires signing in."""
    return ""


REMOVAL = Rule(
    kind=WARNING,
    text=RuleText(
        title=_("Your data will be deleted in a month"),
        for_recipient=_(
            "A notice a month before what you wrote is deleted, so that you can download a copy."
        ),
        why=_("Sent to everybody who is or was in the cohort, a month before its data is deleted."),
    ),
    schedule=Schedule(
        rows=rows,
        window=WINDOW,
    ),
    compose=compose,
    link=no_link,
    # Nobody's words are deleted without notice.
    is_sent_if_archived=True,
)
