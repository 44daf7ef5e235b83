"""The e-mails with the calendar entry of a set's meeting, and those that remove it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat, Greatest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.message_templates import COHORT_FIELDS, cohort_values, render_template
from cohorts.models import Membership
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import NamedField, Words
from outbox.delivery.batch_cache import cached_per_batch
from outbox.models import Message
from outbox.rules import Rule, RuleText, Schedule
from sets.calendar import entry_of, sequence_of
from sets.messages.published import is_in_cohort_with_sets
from sets.models import Meeting, SetMembership
from ui import dates
from workshops.calendar.ical import Attendee, invitation
from workshops.calendar.invites import organiser_of

KIND, OFF_KIND = "set-meeting", "set-meeting-off"
WINDOW = timedelta(days=14)
FIELDS = (
    *COHORT_FIELDS,
    NamedField("set", _("the name of their set"), "Set 3"),
    NamedField("day", _("its day, without the year"), _("Thursday 18 March")),
    NamedField("when", _("its day and times"), _("Thursday 18 March 2027, 9:30am to 1pm")),
)
WORDING = Words(
    subject=_("{set} meets on {day}"),
    body=_("Dear {first_name},\n\nYour set has a date. The entry for your calendar is attached."),
    fields=FIELDS,
    to=_("each person in the set"),
    when=_("when somebody in the set enters or changes the date of a meeting"),
    around=_("Your text is followed by when and where the set meets, and by the button."),
)
OFF_WORDING = Words(
    subject=_("{set} doesn’t meet on {day}"),
    body=_(
        "Dear {first_name},\n\nThis meeting is cancelled, or you are no longer in this set. We "
        "have removed it from your calendar."
    ),
    fields=FIELDS,
    to=_("each person who has the meeting in their calendar"),
    when=_("when a meeting is cancelled, or they leave the set"),
    around=_("Your text is followed by when and where the set was to meet."),
)


def places_with_meetings(since: datetime) -> QuerySet[Any]:
    """Return a row for each place in a published set and each meeting of the set after `since`."""
    found: QuerySet[Any] = SetMembership.objects.filter(
        grouping__published_at__isnull=False,
        grouping__cohort__uses_sets=True,
        set__meetings__starts_at__gt=since,
    ).annotate(
        meeting_id=F("set__meetings__pk"),
        starts_at=F("set__meetings__starts_at"),
        cancelled_at=F("set__meetings__cancelled_at"),
        changed_at=F("set__meetings__changed_at"),
        sequence=F("set__meetings__sequence"),
    )
    return found


def owed(rows: QuerySet[Any], kind: str, due: Combinable) -> QuerySet[Any]:
    """Annotate the rows as `Schedule.rows` requires. They expire when the meeting begins."""
    parts: list[Combinable] = [
        Value(f"{kind}:"),
        F("meeting_id"),
        Value(":"),
        F("sequence"),
        Value(":"),
        F("pk"),
    ]
    found: QuerySet[Any] = rows.annotate(
        owed_key=Concat(*(Cast(part, CharField()) for part in parts)),
        owed_version=F("sequence"),
        owed_recipient=F("membership__user"),
        owed_membership=F("membership"),
        owed_group=F("grouping__cohort"),
        owed_subject=F("meeting_id"),
        owed_due=due,
        owed_expires=F("starts_at"),
    ).filter(starts_at__gt=F("owed_due"))
    return found


def rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each entry that people in a set are owed (see `Schedule.rows`)."""
    on = places_with_meetings(since).filter(
        left_at=None,
        membership__left_at=None,
        grouping__replaced_at=None,
        cancelled_at=None,
        changed_at__lte=until,
    )
    return owed(on, KIND, Greatest("changed_at", "joined_at"))


def off_rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each entry that must be removed from a calendar.

    The person was sent the entry, and has left the set since, or the meeting was cancelled.
    """
    sent = Message.objects.filter(
        kind=KIND,
        subject_id=OuterRef("meeting_id"),
        recipient=OuterRef("membership__user"),
        sent_at__isnull=False,
    )
    still_there = SetMembership.objects.active().filter(
        set=OuterRef("set"), membership__user=OuterRef("membership__user")
    )
    left = Coalesce("left_at", "membership__left_at")
    off = (
        places_with_meetings(since)
        .annotate(left=left)
        .filter(
            Q(cancelled_at__isnull=False) | Q(left__isnull=False) & ~Q(Exists(still_there)),
            Q(left=None) | Q(cancelled_at=None) | Q(left__gt=F("cancelled_at")),
            Q(left_at__isnull=False) | Q(membership__left_silently=False),
        )
        .filter(Exists(sent))
    )
    due = Case(
        When(cancelled_at__isnull=False, then=F("cancelled_at")),
        default=F("left"),
        output_field=DateTimeField(),
    )
    return owed(off, OFF_KIND, due)


@cached_per_batch
def meeting_for_email(pk: int) -> Meeting:
    """Return the meeting with its set, cohort and programme."""
    return Meeting.objects.select_related("set__grouping__cohort__programme").get(pk=pk)


def letter(message: Message, wording: Words, *, is_off: bool) -> EmailContent:
    meeting = meeting_for_email(message.subject_id)
    cohort = meeting.set.grouping.cohort
    member = Membership.objects.select_related("user").addressed_by(message)
    zone = cohort.zone
    values = {
        **cohort_values(cohort, message.recipient),
        "set": str(meeting.set),
        "day": dates.weekday_month(dates.day_of(meeting.starts_at, zone)),
        "when": dates.half_day(meeting.starts_at, meeting.ends_at, zone),
    }
    words = render_template(cohort, message.kind, wording, values)
    entry = entry_of(
        meeting,
        sequence=sequence_of(meeting, member, has_left=is_off and not meeting.is_cancelled),
        is_cancelled=is_off,
    )
    attendee = Attendee(member.user.name, member.user.email, member.role, "")
    return render_email(
        message,
        "set_meeting",
        subject=words.subject,
        context={
            "heading": words.subject,
            "body": words.body,
            "meeting": meeting,
            "is_off": is_off,
            "cohort_name": cohort.name,
            "zone": cohort.time_zone,
            "button_label": "" if is_off else gettext("Open your set’s page"),
            "button_url": "" if is_off else PRIVATE_LINK,
        },
        reply_to=cohort.reply_addresses(),
        calendar=invitation(
            entry,
            method="CANCEL" if is_off else "REQUEST",
            organiser=organiser_of(cohort),
            attendee=attendee,
        ),
    )


def compose(message: Message) -> EmailContent:
    return letter(message, WORDING, is_off=False)


def compose_off(message: Message) -> EmailContent:
    return letter(message, OFF_WORDING, is_off=True)


def link(message: Message) -> str:
    return settings.BASE_URL + meeting_for_email(message.subject_id).set.get_absolute_url()


MEETING = Rule(
    kind=KIND,
    text=RuleText(
        title=_("Your set’s meeting"),
        for_recipient=_(
            "The date of your set’s next meeting, for your calendar. You can’t turn it off, "
            "because you would miss the meeting."
        ),
        why=_("Everybody in a set gets it when a date of theirs is entered or changed."),
        wording=WORDING,
    ),
    schedule=Schedule(rows=rows, window=WINDOW),
    compose=compose,
    link=link,
    concerns=is_in_cohort_with_sets,
    feature="uses_sets",
)
MEETING_OFF = Rule(
    kind=OFF_KIND,
    text=RuleText(
        title=_("Your set’s meeting is off"),
        for_recipient=_(
            "The news that your set doesn’t meet. You can’t turn it off, because you would set out "
            "for nothing."
        ),
        why=_(
            "Removes the entry of everybody who has it, if the meeting is cancelled or they have "
            "left the set."
        ),
        wording=OFF_WORDING,
    ),
    schedule=Schedule(rows=off_rows, window=WINDOW),
    compose=compose_off,
    link=link,
    concerns=is_in_cohort_with_sets,
    feature="uses_sets",
)
