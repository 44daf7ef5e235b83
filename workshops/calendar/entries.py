"""First calendar entries by e-mail: all workshops to come that a member has no entry of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat, Greatest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cohorts.message_templates import COHORT_FIELDS, cohort_values, render_template
from cohorts.models import Membership
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import Words
from outbox.models import Message
from outbox.rules import Rule, RuleText, Schedule, null_if_sent
from workshops.calendar.invites import calendar_file, compose_entry, link_about
from workshops.calendar.news import ENTRIES_KIND
from workshops.calendar.recipients import had_entry, with_last_changed
from workshops.messages.invitations import cohorts_changed_since, in_reach_since
from workshops.models import Workshop

WINDOW = timedelta(days=14)
WORDING = Words(
    subject="",
    body=_("Dear {first_name},"),
    fields=COHORT_FIELDS,
    to=_("each member"),
    when=_("as soon as workshops have dates, or when they join"),
    around=_(
        "Below your text we add: how to subscribe to the workshops, and when and where each of "
        "them is. The calendar entries are attached."
    ),
)


def rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each e-mail with entries that may be due between `since` and `until`.

    Each active member gets one as long as a workshop to come has no entry in their calendar. It is
    due when the cohort's workshops last changed or when e-mail could first reach the member,
    whichever is later, and expires when the last such workshop begins. Its version increases with
    each change to the cohort's workshops, so that the e-mail is never sent with an old date.
    """
    in_cohort = Workshop.objects.filter(cohort=OuterRef("cohort")).order_by().values("cohort")
    changed = in_cohort.annotate(at=Max(Coalesce("changes__at", "scheduled_at"))).values("at")
    version = in_cohort.annotate(version=Sum("sequence")).values("version")
    in_cohort_without_entry = without_entry(Workshop.objects.filter(cohort=OuterRef("cohort")))
    last_start = (
        in_cohort_without_entry.order_by()
        .values("cohort")
        .annotate(last=Max("starts_at"))
        .values("last")
    )
    due = Greatest("reached_at", Coalesce(Subquery(changed), "reached_at"))
    found: QuerySet[Any] = (
        Membership.objects.active()
        .filter(cohort__in=cohorts_changed_since(since), joined_at__lte=until)
        .annotate(reached_at=in_reach_since())
        .annotate(
            owed_version=Subquery(version),
            owed_recipient=F("user"),
            owed_membership=F("pk"),
            owed_group=F("cohort"),
            owed_subject=F("cohort"),
        )
        .annotate(
            owed_key=Concat(
                Value(f"{ENTRIES_KIND}:"),
                Cast("owed_version", CharField()),
                Value(":"),
                Cast("pk", CharField()),
            )
        )
        .annotate(owed_due=null_if_sent(due))
        .annotate(owed_expires=Subquery(last_start))
        .filter(Exists(in_cohort_without_entry.filter(starts_at__gt=OuterRef("owed_due"))))
    )
    return found


def without_entry(workshops: QuerySet[Workshop]) -> QuerySet[Workshop]:
    """Return those of the workshops that the membership in OuterRef has no entry of.

    Leaves out workshops that are off, or that had begun when they last changed or when e-mail could
    first reach the member.
    """
    row = {
        "member_id": OuterRef("pk"),
        "member_user_id": OuterRef("user"),
        "entries_version": OuterRef("owed_version"),
    }
    # The row's own message does not count: it is owed again to a corrected address.
    own = Q(kind=ENTRIES_KIND, subject_version=OuterRef("entries_version"))
    return with_last_changed(workshops.annotate(**row)).filter(
        ~had_entry(besides=own),
        starts_at__gt=Greatest(F("last_changed_at"), OuterRef("reached_at")),
        cancelled_at=None,
    )


def entries_of(message: Message, membership: Membership) -> list[Workshop]:
    """Return the workshops whose entries the message brings, soonest first.

    The same before and after the message was sent.
    """
    workshops = membership.cohort.workshops.filter(
        cancelled_at=None, starts_at__gt=message.due_at
    ).annotate(member_id=Value(membership.pk), member_user_id=Value(membership.user_id))
    found = with_last_changed(workshops).filter(
        ~had_entry(besides=Q(pk=message.pk)), starts_at__gt=F("last_changed_at")
    )
    return list(found.select_related("cohort__programme").order_by("starts_at"))


def membership_of(message: Message) -> Membership:
    """Return the recipient's membership of the cohort that the message is about."""
    members = Membership.objects.select_related("user", "cohort__programme")
    return members.addressed_by(message)


def compose(message: Message) -> EmailContent:
    """Return the e-mail with all entries; with a single one, as an invitation."""
    membership = membership_of(message)
    workshops = entries_of(message, membership)
    if len(workshops) == 1:
        return compose_entry(message, workshops[0], membership, WORDING)
    cohort = membership.cohort
    reply_to = cohort.reply_addresses()
    values = cohort_values(cohort, membership.user)
    dated = [(one, one.slot) for one in workshops if one.slot]
    return render_email(
        message,
        "calendar_entries",
        subject=ngettext(
            "For your calendar: %(count)d workshop of %(cohort)s",
            "For your calendar: %(count)d workshops of %(cohort)s",
            len(workshops),
        )
        % {"count": len(workshops), "cohort": cohort.name},
        context={
            "body": render_template(cohort, message.kind, WORDING, values).body,
            "workshops": workshops,
            "cohort_name": cohort.name,
            "zone": cohort.time_zone,
            "is_facilitator": membership.is_facilitator,
            "has_facilitators": bool(reply_to),
            "button_label": _("Subscribe to your workshops"),
            "button_url": PRIVATE_LINK,
        },
        reply_to=reply_to,
        calendar=calendar_file(message, membership, dated) if dated else "",
    )


def link(message: Message) -> str:
    """Return the URL of the calendar settings; for a single entry, that of its e-mail's button."""
    membership = membership_of(message)
    workshops = entries_of(message, membership)
    if len(workshops) == 1:
        return link_about(workshops[0], membership)
    return settings.BASE_URL + reverse("workshops:calendar_settings")


ENTRIES = Rule(
    kind=ENTRIES_KIND,
    text=RuleText(
        title=_("Calendar entries"),
        for_recipient=_(
            "Your workshops for your calendar, in one e-mail. Untick this if your calendar "
            "subscribes to them. We still e-mail you when a workshop changes or is cancelled."
        ),
        why=_("Everybody gets one e-mail with all workshops to come that have a date."),
        wording=WORDING,
    ),
    schedule=Schedule(rows=rows, window=WINDOW),
    compose=compose,
    link=link,
    is_optional=True,
)
