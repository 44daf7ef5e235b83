"""The e-mail that tells people which set they are in, when it is published and when it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    ExpressionWrapper,
    F,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.message_templates import COHORT_FIELDS, cohort_values, render_template
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import NamedField, Words
from outbox.delivery.batch_cache import cached_per_batch
from outbox.models import Message
from outbox.rules import Rule, RuleText, Schedule
from sets.models import Set, SetMembership

KIND = "sets"
WINDOW = timedelta(days=7)
# How long after a change to a published set its e-mail is due, so that one e-mail covers several
# changes made in a row.
AFTER_CHANGE = timedelta(minutes=10)
WORDING = Words(
    subject=_("Your set: {set}"),
    body=_(
        "Dear {first_name},\n\nYou are in a set: a small group from different organisations that "
        "meets between workshops. Agree on a first date together. These are the people in it, and "
        "what each would like to change."
    ),
    fields=(*COHORT_FIELDS, NamedField("set", _("the name of their set"), "Set 3")),
    to=_("each participant who is in a set"),
    when=_("when sets are published, and ten minutes after a set has changed"),
    around=_(
        "Your text is followed by the names and organisations of the people in the set and what "
        "each would like to change, and by the button."
    ),
)


@dataclass(frozen=True)
class PersonInSet:
    """Somebody in a set, as the e-mail names them. `wish` is empty if they wrote none."""

    name: str
    organisation: str
    wish: str


def rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each person in a published set (see `Schedule.rows`).

    The version is that of the set: an e-mail that has not been sent when the set changes is dropped
    in favour of the next.
    """
    due = Case(
        When(
            set__changed_at__gt=F("grouping__published_at"),
            then=ExpressionWrapper(F("set__changed_at") + AFTER_CHANGE, DateTimeField()),
        ),
        default=F("set__changed_at"),
        output_field=DateTimeField(),
    )
    found: QuerySet[Any] = (
        SetMembership.objects.active()
        .filter(
            grouping__workshop=None,
            grouping__published_at__isnull=False,
            grouping__replaced_at=None,
            grouping__cohort__uses_sets=True,
            set__changed_at__gt=since - AFTER_CHANGE,
            set__changed_at__lte=until,
        )
        .annotate(
            owed_version=F("set__version"),
            owed_recipient=F("membership__user"),
            owed_membership=F("membership"),
            owed_group=F("grouping__cohort"),
            owed_subject=F("set"),
            owed_due=due,
        )
        .annotate(
            owed_key=Concat(
                Value(f"{KIND}:"),
                Cast("set", CharField()),
                Value(":"),
                Cast("owed_version", CharField()),
                Value(":"),
                Cast("membership", CharField()),
            ),
            owed_expires=ExpressionWrapper(F("owed_due") + WINDOW, DateTimeField()),
        )
    )
    return found


@cached_per_batch
def set_for_email(pk: int) -> Set:
    """Return the set with its grouping, cohort and programme."""
    return Set.objects.select_related("grouping__cohort__programme").get(pk=pk)


@cached_per_batch
def people_in(set_id: int) -> list[PersonInSet]:
    """Return the people who are in the set now, ordered by name."""
    places = (
        SetMembership.objects.active()
        .filter(set=set_id)
        .select_related("membership__user", "membership__organisation", "membership__change_wish")
        .order_by("membership__user__name", "pk")
    )
    return [
        PersonInSet(
            name=str(place.membership.user),
            organisation=str(place.membership.organisation or ""),
            wish=wish_of(place),
        )
        for place in places
    ]


def wish_of(place: SetMembership) -> str:
    wish = getattr(place.membership, "change_wish", None)
    return wish.text if wish else ""


def compose(message: Message) -> EmailContent:
    found = set_for_email(message.subject_id)
    cohort = found.grouping.cohort
    values = {**cohort_values(cohort, message.recipient), "set": str(found)}
    words = render_template(cohort, message.kind, WORDING, values)
    is_first = found.changed_at == found.grouping.published_at
    return render_email(
        message,
        "sets",
        subject=words.subject,
        context={
            "heading": gettext("Your set") if is_first else gettext("Your set has changed"),
            "body": words.body,
            "set_name": str(found),
            "people": people_in(found.pk),
            "cohort_name": cohort.name,
            "zone": cohort.time_zone,
            "button_label": gettext("Open your set’s page"),
            "button_url": PRIVATE_LINK,
        },
        reply_to=cohort.reply_addresses(),
    )


def link(message: Message) -> str:
    return settings.BASE_URL + set_for_email(message.subject_id).get_absolute_url()


def is_in_cohort_with_sets(user: User) -> bool:
    return user.memberships.filter(cohort__uses_sets=True).exists()


SETS = Rule(
    kind=KIND,
    text=RuleText(
        title=_("Your set"),
        for_recipient=_(
            "Who is in your set. You can’t turn it off, because the others could not tell you."
        ),
        why=_(
            "Everybody in a set gets it when the sets are published. When a set changes, only the "
            "people in it get it, ten minutes later."
        ),
        wording=WORDING,
    ),
    schedule=Schedule(rows=rows, window=WINDOW),
    compose=compose,
    link=link,
    concerns=is_in_cohort_with_sets,
    feature="uses_sets",
)
