"""The e-mails that ask “Who do you know here?”: an invitation and at most two reminders."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.message_templates import cohort_values, render_template
from cohorts.models import Cohort, Membership
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import Words
from outbox.delivery.batch_cache import cached_per_batch
from outbox.models import Message
from outbox.rules import Overrides, Rule, RuleText, Schedule, Visibility
from relationships.due import not_finished
from relationships.links import ROUND_LINK
from relationships.models import Round
from relationships.timing import with_times
from relationships.wording import INVITATION_WORDING, NUDGE_WORDING
from surveys import questionnaire_messages
from surveys.questionnaire_messages import (
    NUDGE_WINDOW,
    has_participants,
    owed,
    planned_nudges,
    with_due,
)

FEATURE = "uses_relationships"
INVITATION_KIND, NUDGE_KIND, LAST_NUDGE_KIND = "round", "round-nudge", "round-nudge-2"
INVITATION_WINDOW = timedelta(days=7)
# How many days after the invitation was due the two reminders are due.
NUDGE_DAYS, LAST_NUDGE_DAYS = 3, 6


def with_invited_at(rows: QuerySet[Any], since: datetime, until: datetime) -> QuerySet[Any]:
    """Annotate when each invitation is due, as `invited_at`.

    That is the latest of: when the round opens, when the person joined, and when the round was
    planned.

    Leaves out rows whose round is not open at some time between `since` and `until`.
    """
    found: QuerySet[Any] = rows.annotate(
        invited_at=Greatest("opens", "member_joined_at", "made_at")
    ).filter(opens__lte=until, closes__gt=since)
    return found


def invitation_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each invitation to send (see `Schedule.rows`)."""
    rows = with_invited_at(not_finished(), since, until)
    return owed(rows, INVITATION_KIND, F("invited_at"), INVITATION_WINDOW)


def nudges(kind: str, days: int, since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each reminder to send (see `Schedule.rows`)."""
    people = with_invited_at(not_finished(), since, until)
    return questionnaire_messages.nudges(people, kind, INVITATION_KIND, days)


def to_come(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return the rounds that have opened or will open by themselves, with `invited_at`.

    Leaves out rounds that are not open at any time between `since` and `until`.
    """
    rounds = with_times(Round.objects.in_use()).filter(
        Q(opened_at__isnull=False) | Q(anchor__gt=F("made_at")), has_participants()
    )
    invited: QuerySet[Any] = rounds.annotate(invited_at=Greatest("opens", "made_at")).filter(
        opens__lte=until, closes__gt=since
    )
    return invited


def invitation_plan(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each round (see `Schedule.plan`)."""
    return with_due(to_come(since, until), F("invited_at"), INVITATION_WINDOW)


def nudge_plan(days: int, since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each round (see `Schedule.plan`)."""
    return planned_nudges(to_come(since, until), INVITATION_KIND, days)


@cached_per_batch
def round_for_email(pk: int) -> Any:
    """Return the round with its cohort and programme, annotated by `with_times`."""
    rounds = with_times(Round.objects.filter(pk=pk))
    return rounds.select_related("cohort__programme").get()


def link(message: Message) -> str:
    one = round_for_email(message.subject_id)
    return ROUND_LINK.url(one.public_id, Membership.objects.addressed_by(message).public_id)


def letter(message: Message, wording: Words, heading: str, next_step: str) -> EmailContent:
    one = round_for_email(message.subject_id)
    cohort = one.cohort
    words = render_template(cohort, message.kind, wording, cohort_values(cohort, message.recipient))
    why = gettext("You get this because you take part in %(cohort)s.") % {"cohort": cohort.name}
    return render_email(
        message,
        "round",
        subject=words.subject,
        context={
            "body": words.body,
            "heading": heading,
            "reason": f"{why} {next_step}",
            "cohort_name": cohort.name,
            "zone": cohort.zone,
            "closes_at": one.closes,
            "button_label": gettext("Answer"),
            "button_url": PRIVATE_LINK,
        },
        reply_to=cohort.reply_addresses(),
    )


def concerns(user: User) -> bool:
    """Return whether the user is or was in a cohort that uses relationships."""
    return Cohort.objects.joined_by(user).filter(uses_relationships=True).exists()


def compose_invitation(message: Message) -> EmailContent:
    next_step = gettext("If you don’t answer, we ask you twice more and then stop.")
    return letter(message, INVITATION_WORDING, gettext("Who do you know here?"), next_step)


def compose_nudge(message: Message) -> EmailContent:
    next_step = (
        gettext("We won’t ask about this round again.")
        if message.kind == LAST_NUDGE_KIND
        else gettext("If you don’t answer, we ask you once more and then stop.")
    )
    return letter(message, NUDGE_WORDING, gettext("There is still time to answer"), next_step)


INVITATION = Rule(
    kind=INVITATION_KIND,
    text=RuleText(
        title=_("Who do you know here?"),
        for_recipient=_(
            "“Who do you know here?”, at the start, at the end and six months later, if your "
            "cohort uses it"
        ),
        why=_(
            "Participants get it a week before the first workshop, the morning after the last, and "
            "six months later, or when facilitators open a round."
        ),
        wording=INVITATION_WORDING,
    ),
    schedule=Schedule(
        rows=invitation_rows,
        plan=invitation_plan,
        window=INVITATION_WINDOW,
    ),
    compose=compose_invitation,
    link=link,
    concerns=concerns,
    visibility=Visibility.SCHEDULE,
    is_optional=True,
    overrides=Overrides(
        too_early=_("To ask sooner, open the round. The e-mail follows within a minute."),
    ),
    feature=FEATURE,
)


def nudge_rule(kind: str, days: int, title: Any, who: Any, why: Any) -> Rule:
    return Rule(
        kind=kind,
        text=RuleText(title=title, for_recipient=who, why=why, wording=NUDGE_WORDING),
        schedule=Schedule(
            rows=partial(nudges, kind, days), plan=partial(nudge_plan, days), window=NUDGE_WINDOW
        ),
        compose=compose_nudge,
        link=link,
        concerns=concerns,
        visibility=Visibility.SCHEDULE,
        is_optional=True,
        overrides=Overrides(
            too_early=_("People were promised some days to answer, so nobody is reminded sooner."),
        ),
        feature=FEATURE,
    )


NUDGE = nudge_rule(
    NUDGE_KIND,
    NUDGE_DAYS,
    _("Reminder: who do you know here?"),
    _("A reminder of “Who do you know here?”, if you have not finished"),
    _(
        "Participants who have not finished get it three days after they were asked, or on the "
        "next working day."
    ),
)
LAST_NUDGE = nudge_rule(
    LAST_NUDGE_KIND,
    LAST_NUDGE_DAYS,
    _("Last reminder: who do you know here?"),
    _("A second and last reminder of “Who do you know here?”"),
    _(
        "Participants who have not finished get it six days after they were asked, or on the next "
        "working day. They are not asked again."
    ),
)
