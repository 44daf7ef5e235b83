"""The e-mails that ask participants to answer a wave: an invitation and at most two reminders."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.message_templates import cohort_values, render_template
from cohorts.models import Membership
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import Words
from outbox.delivery.batch_cache import cached_per_batch
from outbox.models import Message
from outbox.rules import Overrides, Rule, RuleText, Schedule, Visibility
from surveys import questionnaire_messages
from surveys.before_after.due import not_answered
from surveys.before_after.links import WAVE_LINK
from surveys.before_after.timing import with_times
from surveys.before_after.wording import INVITATION_WORDING, NUDGE_WORDING
from surveys.models import Wave
from surveys.questionnaire_messages import (
    NUDGE_WINDOW,
    has_participants,
    owed,
    planned_nudges,
)

INVITATION_KIND, NUDGE_KIND, LAST_NUDGE_KIND = "wave", "wave-nudge", "wave-nudge-2"
INVITATION_WINDOW = timedelta(days=7)
# How many days after the invitation was due the two reminders are due.
NUDGE_DAYS, LAST_NUDGE_DAYS = 3, 6
FEATURE = "uses_before_after"


def with_invited_at(rows: QuerySet[Any], since: datetime, until: datetime) -> QuerySet[Any]:
    """Annotate when each invitation is due, as `invited_at`.

    That is the latest of: when the wave opens, when the person joined, and when “Before and after”
    was switched on. Leaves out rows whose wave is not open at some time between `since` and
    `until`.
    """
    found: QuerySet[Any] = rows.annotate(
        invited_at=Greatest("opens", "member_joined_at", "made_at")
    ).filter(opens__lte=until, closes__gt=since)
    return found


def invitation_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each invitation to send (see `Schedule.rows`)."""
    rows = with_invited_at(not_answered(), since, until)
    return owed(rows, INVITATION_KIND, F("invited_at"), INVITATION_WINDOW)


def nudges(kind: str, days: int, since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each reminder to send (see `Schedule.rows`)."""
    people = with_invited_at(not_answered(), since, until)
    return questionnaire_messages.nudges(people, kind, INVITATION_KIND, days)


def nudge_plan(days: int, since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each wave (see `Schedule.plan`)."""
    waves = with_times(Wave.objects.of_participants()).filter(has_participants())
    invited = waves.annotate(invited_at=Greatest("opens", "made_at"))
    return planned_nudges(invited.filter(opens__lte=until, closes__gt=since), INVITATION_KIND, days)


@cached_per_batch
def wave_for_email(pk: int) -> Any:
    """Return the wave with its cohort and programme, annotated by `with_times`."""
    waves = with_times(Wave.objects.filter(pk=pk))
    return waves.select_related("cohort__programme").get()


def link(message: Message) -> str:
    wave = wave_for_email(message.subject_id)
    return WAVE_LINK.url(wave.public_id, Membership.objects.addressed_by(message).public_id)


def letter(message: Message, wording: Words, heading: str, reason: str) -> EmailContent:
    wave = wave_for_email(message.subject_id)
    cohort = wave.cohort
    words = render_template(cohort, message.kind, wording, cohort_values(cohort, message.recipient))
    return render_email(
        message,
        "wave",
        subject=words.subject,
        context={
            "body": words.body,
            "heading": heading,
            "reason": reason,
            "cohort_name": cohort.name,
            "zone": cohort.zone,
            "closes_at": wave.closes,
            "button_label": gettext("Answer the questions"),
            "button_url": PRIVATE_LINK,
        },
        reply_to=cohort.reply_addresses(),
    )


def reason_of(message: Message, next_step: str) -> str:
    cohort = wave_for_email(message.subject_id).cohort
    why = gettext("You get this because you take part in %(cohort)s.") % {"cohort": cohort.name}
    return f"{why} {next_step}"


def is_asked(user: User) -> bool:
    """Return whether the user is in a cohort that uses “Before and after”."""
    return Membership.objects.filter(user=user, cohort__uses_before_after=True).exists()


def compose_invitation(message: Message) -> EmailContent:
    reason = reason_of(
        message, gettext("If you don’t answer, we ask you twice more and then stop.")
    )
    return letter(message, INVITATION_WORDING, gettext("How often do you do these things?"), reason)


def compose_nudge(message: Message) -> EmailContent:
    is_last = message.kind == LAST_NUDGE_KIND
    next_step = (
        gettext("We won’t ask about these questions again.")
        if is_last
        else gettext("If you don’t answer, we ask you once more and then stop.")
    )
    heading = gettext("There is still time to answer")
    return letter(message, NUDGE_WORDING, heading, reason_of(message, next_step))


INVITATION = Rule(
    kind=INVITATION_KIND,
    text=RuleText(
        title=_("Before and after"),
        for_recipient=_("The twelve questions at the start, at the end and six months later"),
        why=_(
            "Participants get it a week before the first workshop, the morning after the last, and "
            "six months later."
        ),
        wording=INVITATION_WORDING,
    ),
    schedule=Schedule(
        rows=invitation_rows,
        window=INVITATION_WINDOW,
    ),
    compose=compose_invitation,
    link=link,
    concerns=is_asked,
    visibility=Visibility.OUTCOME,
    feature=FEATURE,
    is_optional=True,
    overrides=Overrides(
        too_early=_("The questions are about a time that is not over, so nobody is asked sooner."),
    ),
)


def nudge_rule(kind: str, days: int, title: Any, who: Any) -> Rule:
    return Rule(
        kind=kind,
        text=RuleText(title=title, for_recipient=who, why=WHY[days], wording=NUDGE_WORDING),
        schedule=Schedule(
            rows=partial(nudges, kind, days), plan=partial(nudge_plan, days), window=NUDGE_WINDOW
        ),
        compose=compose_nudge,
        link=link,
        concerns=is_asked,
        visibility=Visibility.SCHEDULE,
        feature=FEATURE,
        is_optional=True,
        overrides=Overrides(
            too_early=_("People were promised some days to answer, so nobody is reminded sooner."),
        ),
    )


WHY = {
    NUDGE_DAYS: _(
        "Participants who have not answered get it three days after they were asked, or on the "
        "next working day."
    ),
    LAST_NUDGE_DAYS: _(
        "Participants who have not answered get it six days after they were asked, or on the next "
        "working day. They are not asked again."
    ),
}
NUDGE = nudge_rule(
    NUDGE_KIND,
    NUDGE_DAYS,
    _("Reminder: Before and after"),
    _("A reminder of the twelve questions, if you have not answered them"),
)
LAST_NUDGE = nudge_rule(
    LAST_NUDGE_KIND,
    LAST_NUDGE_DAYS,
    _("Last reminder: Before and after"),
    _("A second and last reminder of the twelve questions"),
)
