"""The four e-mails about introductions.

The first asks each person. The second introduces people who have said yes. The third goes to people
who said yes but were not introduced, without a reason, and the fourth to people for whom there is
nobody to meet this month. No page of the cohort lists these e-mails, because not even a preview may
show facilitators who takes part, or who could meet whom.
"""

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
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.message_templates import cohort_values, render_template
from cohorts.models import Cohort, Membership
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import Words
from outbox.models import Message
from outbox.rules import Rule, RuleText, Schedule, Visibility
from sets.introductions.links import INTRODUCTION_LINK
from sets.introductions.people import Acquaintance, others_of
from sets.introductions.rounds import next_round, with_span
from sets.introductions.wording import (
    ASKING_WORDING,
    ENDED_WORDING,
    MADE_WORDING,
    NOBODY_WORDING,
)
from sets.models import Introducee, IntroduceeQuerySet
from sets.models.introductions import ASKING_KIND
from ui.numbers import joined_by_and

MADE_KIND, ENDED_KIND, NOBODY_KIND = (
    "introduction-made",
    "introduction-ended",
    "introduction-nobody",
)
KINDS = (ASKING_KIND, MADE_KIND, ENDED_KIND, NOBODY_KIND)
WINDOW = timedelta(days=7)
FEATURE = "uses_introductions"


def owed(people: IntroduceeQuerySet, kind: str, due: str) -> QuerySet[Any]:
    """Annotate the people as `Schedule.rows` requires; `due` is the field with the time."""
    rows: QuerySet[Any] = people.present().filter(round__cohort__uses_introductions=True)
    found: QuerySet[Any] = rows.annotate(
        owed_key=Concat(Value(f"{kind}:"), Cast("pk", CharField())),
        owed_recipient=F("membership__user"),
        owed_membership=F("membership"),
        owed_group=F("round__cohort"),
        owed_subject=F("pk"),
        owed_due=F(due),
        owed_expires=ExpressionWrapper(F(due) + WINDOW, DateTimeField()),
    )
    return found


def others(people: IntroduceeQuerySet) -> Exists:
    """Return whether one of the people is in the same introduction as the row."""
    return Exists(
        people.present().filter(introduction=OuterRef("introduction")).exclude(pk=OuterRef("pk"))
    )


def asking_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    people = Introducee.objects.filter(
        others(Introducee.objects.all()),
        answer="",
        introduction__isnull=False,
        introduction__introduced_at=None,
        introduction__ended_at=None,
        round__made_at__gt=since,
        round__made_at__lte=until,
    )
    return owed(people, ASKING_KIND, "round__made_at")


def made_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    people = Introducee.objects.introduced().filter(
        others(Introducee.objects.introduced()),
        introduction__introduced_at__gt=since,
        introduction__introduced_at__lte=until,
    )
    return owed(people, MADE_KIND, "introduction__introduced_at")


def ended_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    people = Introducee.objects.filter(
        answer=Introducee.Answer.YES,
        introduction__ended_at__gt=since,
        introduction__ended_at__lte=until,
    )
    return owed(people, ENDED_KIND, "introduction__ended_at")


def nobody_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    people = Introducee.objects.filter(
        introduction=None, round__made_at__gt=since, round__made_at__lte=until
    )
    return owed(people, NOBODY_KIND, "round__made_at")


def introducee_for(message: Message) -> Introducee:
    return Introducee.objects.select_related("round").get(pk=message.subject_id)


def cohort_for(message: Message) -> Any:
    """Return the message's cohort with its programme, annotated by `with_span`."""
    cohorts = Cohort.objects.filter(pk=message.group_id)
    return with_span(cohorts).select_related("programme").get()


def answer_link(message: Message) -> str:
    return INTRODUCTION_LINK.url(introducee_for(message).public_id)


def page_link(message: Message) -> str:
    public_id = Cohort.objects.values_list("public_id", flat=True).get(pk=message.group_id)
    return settings.BASE_URL + reverse("sets:introduction_list", args=[public_id])


def letter(
    message: Message,
    template: str,
    wording: Words,
    *,
    people: list[Acquaintance] | None = None,
    reply_to: tuple[str, ...] = (),
    **context: Any,
) -> EmailContent:
    cohort = cohort_for(message)
    values = cohort_values(cohort, message.recipient)
    if people:
        values["people"] = joined_by_and(name_and_organisation(one) for one in people)
    words = render_template(cohort, message.kind, wording, values)
    made = set(cohort.introduction_rounds.values_list("month", flat=True))
    following = next_round(cohort, message.due_at, made=made)
    return render_email(
        message,
        template,
        subject=words.subject,
        context={
            "body": words.body,
            "people": people,
            "next": following.due if following else None,
            "zone": cohort.zone,
            "cohort_name": cohort.name,
            "button_url": PRIVATE_LINK,
            **context,
        },
        reply_to=reply_to or cohort.reply_addresses(),
    )


def name_and_organisation(one: Acquaintance) -> str:
    if not one.organisation:
        return one.name
    return gettext("%(name)s of %(organisation)s") % {
        "name": one.name,
        "organisation": one.organisation,
    }


def compose_asking(message: Message) -> EmailContent:
    introducee = introducee_for(message)
    people = others_of(introducee)
    return letter(
        message,
        "introduction",
        ASKING_WORDING,
        people=people,
        answer_by=introducee.round.answer_by,
        is_trio=len(people) > 1,
        button_label=gettext("Answer yes or not this time"),
    )


def compose_made(message: Message) -> EmailContent:
    people = others_of(introducee_for(message), introduced=True)
    return letter(
        message,
        "introduction_made",
        MADE_WORDING,
        people=people,
        reply_to=tuple(one.email for one in people),
        button_label=gettext("See your introductions"),
    )


def compose_ended(message: Message) -> EmailContent:
    heading = gettext("It didn’t come about this month")
    label = gettext("See your introductions")
    return letter(message, "introduction_none", ENDED_WORDING, heading=heading, button_label=label)


def compose_nobody(message: Message) -> EmailContent:
    heading = gettext("Nobody new to meet this month")
    label = gettext("See your introductions")
    return letter(message, "introduction_none", NOBODY_WORDING, heading=heading, button_label=label)


def is_in_cohort_with_introductions(user: User) -> bool:
    members = Membership.objects.active().participating()
    return members.filter(user=user, cohort__uses_introductions=True).exists()


ASKING = Rule(
    kind=ASKING_KIND,
    text=RuleText(
        title=_("Someone you haven’t met yet"),
        for_recipient=_(
            "Once a month, somebody you could meet. Without it, you take no part in introductions"
        ),
        why=_(
            "Participants who have asked to be introduced get it once a month, from a month after "
            "the first workshop to a month after the last."
        ),
        wording=ASKING_WORDING,
    ),
    schedule=Schedule(rows=asking_rows, window=WINDOW),
    compose=compose_asking,
    link=answer_link,
    visibility=Visibility.NOTHING,
    is_optional=True,
    concerns=is_in_cohort_with_introductions,
    feature=FEATURE,
)
MADE = Rule(
    kind=MADE_KIND,
    text=RuleText(
        title=_("You’re introduced"),
        for_recipient=_(
            "The address of somebody you said yes to meeting. You get it only if you said yes."
        ),
        why=_("Sent to people who have all said yes to meeting each other."),
        wording=MADE_WORDING,
    ),
    schedule=Schedule(rows=made_rows, window=WINDOW),
    compose=compose_made,
    link=page_link,
    visibility=Visibility.NOTHING,
    concerns=is_in_cohort_with_introductions,
    feature=FEATURE,
)
ENDED = Rule(
    kind=ENDED_KIND,
    text=RuleText(
        title=_("The introduction didn’t come about"),
        for_recipient=_("Word that an introduction you said yes to didn’t come about."),
        why=_("Sent to people who said yes to an introduction that didn’t go ahead."),
        wording=ENDED_WORDING,
    ),
    schedule=Schedule(rows=ended_rows, window=WINDOW),
    compose=compose_ended,
    link=page_link,
    visibility=Visibility.NOTHING,
    concerns=is_in_cohort_with_introductions,
    feature=FEATURE,
)
NOBODY = Rule(
    kind=NOBODY_KIND,
    text=RuleText(
        title=_("Nobody new to meet this month"),
        for_recipient=_("Word that there is nobody to introduce you to this month."),
        why=_("Sent to people who take part in introductions if there is nobody for them to meet."),
        wording=NOBODY_WORDING,
    ),
    schedule=Schedule(rows=nobody_rows, window=WINDOW),
    compose=compose_nobody,
    link=page_link,
    visibility=Visibility.NOTHING,
    concerns=is_in_cohort_with_introductions,
    feature=FEATURE,
)
