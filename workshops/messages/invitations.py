"""The invitation to a cohort, sent to each member once the cohort has an upcoming workshop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat, Greatest
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import SignInLink
from cohorts.message_templates import COHORT_FIELDS, cohort_values, render_template
from cohorts.models import Cohort, Membership
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import Words
from outbox.models import Message
from outbox.rules import Rule, RuleText, Schedule, null_if_sent
from ui.numbers import joined_by_and
from workshops.models import Change, Workshop

WINDOW = timedelta(days=14)
# The most characters of the facilitator's name in From, and of the cohort's name.
SENDER_NAME = 60
WORDING = Words(
    subject=_("Your place in {cohort}"),
    body=_(
        "Dear {first_name},\n\n"
        "You are one of the people from councils, health, charities and firms "
        "who will go through {programme} in {place}."
    ),
    fields=COHORT_FIELDS,
    to=_("each member"),
    when=_("as soon as there is a workshop to come, or when they join"),
    around=_(
        "Below your text we add: what the programme is for, who facilitates the cohort, when and "
        "where it begins, the dates, the button, and how to sign in. Facilitators get another "
        "text: that they were added as a facilitator."
    ),
)


def cohorts_changed_since(since: datetime) -> QuerySet[Any]:
    """Return the primary keys of the cohorts that have changed after `since`.

    A cohort has changed if somebody joined or got a first e-mail address, or if a workshop got a
    date or was changed. The query is a union, so that PostgreSQL uses an index for each part and
    estimates few rows.
    """
    joined = Membership.objects.active().filter(joined_at__gt=since)
    addressed = Membership.objects.active().filter(user__email_added_at__gt=since)
    dated = Workshop.objects.filter(scheduled_at__gt=since)
    changed = Change.objects.filter(at__gt=since)
    numbers: QuerySet[Any] = (
        joined.order_by()
        .values("cohort")
        .union(
            addressed.order_by().values("cohort"),
            dated.order_by().values("cohort"),
            changed.order_by().values("workshop__cohort"),
        )
    )
    return numbers


def in_reach_since(prefix: str = "") -> Combinable:
    """Return an expression for when e-mail could first reach a member.

    That is when the member joined or, if later, when an address was added for a member who had
    none. `prefix` is a lookup path to the membership, such as `cohort__memberships__`.
    """
    joined_at = f"{prefix}joined_at"
    return Greatest(joined_at, Coalesce(f"{prefix}user__email_added_at", joined_at))


def rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each invitation that may be due between `since` and `until`.

    An invitation is due when e-mail could first reach the member or when the first upcoming
    workshop got its date, whichever is later. There is no invitation if all workshops had begun by
    then, for example for a walk-in at the last workshop. The person who created the cohort gets no
    invitation.
    """
    dated = Workshop.objects.on().filter(cohort=OuterRef("cohort"))
    to_come = dated.filter(starts_at__gt=Greatest(OuterRef("reached_at"), F("scheduled_at")))
    first_dated = (
        to_come.order_by().values("cohort").annotate(first=Min("scheduled_at")).values("first")
    )
    return (
        Membership.objects.active()
        .annotate(reached_at=in_reach_since())
        .filter(
            Exists(to_come),
            Q(cohort__made_by=None) | ~Q(user=F("cohort__made_by")),
            cohort__in=cohorts_changed_since(since),
            joined_at__lte=until,
        )
        .annotate(
            owed_key=Concat(Value("invitation:"), Cast("pk", CharField())),
            owed_recipient=F("user"),
            owed_membership=F("pk"),
            owed_group=F("cohort"),
            owed_subject=F("cohort"),
        )
        .annotate(owed_due=null_if_sent(Greatest(F("reached_at"), Subquery(first_dated))))
        .annotate(owed_expires=ExpressionWrapper(F("owed_due") + WINDOW, DateTimeField()))
    )


def membership_of(message: Message) -> Membership:
    """Return the recipient's membership of the cohort that the message is about."""
    active = Membership.objects.active().select_related("user", "cohort__programme")
    return active.get(cohort=message.subject_id, user=message.recipient)


def compose(message: Message) -> EmailContent:
    membership = membership_of(message)
    cohort = membership.cohort
    words = render_template(cohort, message.kind, WORDING, cohort_values(cohort, membership.user))
    facilitators = list(
        cohort.memberships.active().facilitating().exclude(pk=membership.pk).by_name()
    )
    workshops = list(cohort.workshops.to_come(message.due_at).filter(starts_at__gt=message.due_at))
    return render_email(
        message,
        "invitation",
        subject=words.subject,
        context={
            "body": words.body,
            "membership": membership,
            "cohort": cohort,
            "cohort_name": cohort.name,
            "workshops": workshops,
            "first": workshops[0] if workshops else None,
            "purpose": cohort.programme.purpose,
            "facilitators": joined_by_and(facilitator.user.name for facilitator in facilitators),
            "button_label": gettext("Open your place"),
            "button_url": PRIVATE_LINK,
        },
        reply_to=cohort.reply_addresses(),
        sender=sender_of(cohort, facilitators),
    )


def sender_of(cohort: Cohort, facilitators: Sequence[Membership]) -> str:
    """Return the name that From shows: the first facilitator by name, the cohort, and Convenor."""
    name = Truncator(cohort.name).chars(SENDER_NAME)
    if not facilitators:
        return gettext("%(cohort)s by Convenor") % {"cohort": name}
    person = Truncator(facilitators[0].user.name).chars(SENDER_NAME)
    return gettext("%(facilitator)s, %(cohort)s by Convenor") % {
        "facilitator": person,
        "cohort": name,
    }


def link(message: Message) -> str:
    """Return a link that signs the recipient in once, after they confirm on the page."""
    user = membership_of(message).user
    return settings.BASE_URL + SignInLink.objects.for_key(message.key, user).get_absolute_url()


INVITATION = Rule(
    kind="invitation",
    text=RuleText(
        title=_("Invitation to the cohort"),
        for_recipient=_(
            "The invitation to a cohort. You can’t turn it off, because you need it to get in."
        ),
        why=_("Everybody gets it once, as soon as they are in the cohort and it has a date."),
        wording=WORDING,
    ),
    schedule=Schedule(
        rows=rows,
        window=WINDOW,
    ),
    compose=compose,
    link=link,
)
