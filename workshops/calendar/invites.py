"""Changes to calendar entries by e-mail: an update of one entry, or a cancellation.

The e-mail with an update also says what has changed: the workshop was moved, renamed, given another
place or reinstated. The e-mail with a cancellation says why the entry is removed. First entries are
in `workshops/calendar/entries.py`.
"""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr
from typing import Literal

from django.conf import settings
from django.db.models import Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.message_templates import render_template
from cohorts.models import Cohort, Membership
from outbox.content.email import PRIVATE_LINK, EmailContent, render_email
from outbox.content.placeholders import Words
from outbox.models import Message
from outbox.rules import Rule, RuleText, Schedule
from workshops.calendar.ical import (
    Attendee,
    Entry,
    Party,
    entry_of,
    file_of,
    invitation,
    sequence_of,
)
from workshops.calendar.news import ENTRIES_KIND, INVITE_KIND, news_of
from workshops.calendar.recipients import CANCEL_KIND, cancel_rows, has_entry, invite_rows
from workshops.messages.placeholders import (
    WORKSHOP_FIELDS,
    day_of,
    values_about,
    workshop_for_email,
)
from workshops.models import Attendance, Change, Workshop
from workshops.register.rsvp import rsvp_url
from workshops.times import Slot

WINDOW = timedelta(days=14)
INVITE_WORDING = Words(
    subject="",
    body=_("Dear {first_name},"),
    fields=WORKSHOP_FIELDS,
    to=_("each member"),
    when=_("whenever a workshop gets another date, place or title, or is reinstated"),
    around=_(
        "Below your text we add what has happened: the workshop has another date, place or title, "
        "or is reinstated, and why. Then when and where, and the button to say if they are coming."
    ),
)
CANCEL_WORDING = Words(
    subject="",
    body=_("Dear {first_name},"),
    fields=WORKSHOP_FIELDS,
    to=_("each member who has it in their calendar"),
    when=_("when a workshop is cancelled, loses its date, or they leave"),
    around=_(
        "Below your text we add what has happened: the workshop is cancelled, is getting another "
        "date, or goes on without them, and why. Then when and where it was to be."
    ),
)


SUBJECTS = {
    Change.Kind.PLANNED: _("For your calendar: %(title)s, %(day)s"),
    Change.Kind.MOVED: _("Moved: %(title)s is now on %(day)s"),
    Change.Kind.RELOCATED: _("New place: %(title)s, %(day)s"),
    Change.Kind.REINSTATED: _("Reinstated: %(title)s, %(day)s"),
    Change.Kind.RENAMED: _("New title: %(title)s, %(day)s"),
}
MOVED_TO_THE_PAST = _("Date corrected: %(title)s was on %(day)s")


def subject_of(message: Message) -> tuple[Workshop, Membership]:
    """Return the workshop and the membership that the message is about."""
    workshop = workshop_for_email(message.subject_id)
    membership = Membership.objects.select_related("user").addressed_by(message)
    return workshop, membership


def compose(message: Message) -> EmailContent:
    """Return the e-mail that updates a calendar entry."""
    workshop, membership = subject_of(message)
    return compose_entry(message, workshop, membership, INVITE_WORDING)


def compose_entry(
    message: Message, workshop: Workshop, membership: Membership, wording: Words
) -> EmailContent:
    """Return the e-mail with the entry of one workshop, and what has changed about it.

    Somebody who gets no entries by e-mail, and has none of this workshop, reads only the change.
    """
    news, slot = news_of(workshop, membership, message), workshop.slot
    day = day_of(slot, workshop.cohort)
    has_passed = slot is not None and slot.starts_at <= message.due_at
    subject = MOVED_TO_THE_PAST if has_passed else SUBJECTS[news.kind]
    return write(
        "calendar",
        wording,
        message,
        workshop,
        membership,
        subject=subject % {"title": workshop.title, "day": day},
        calendar=calendar_text(message, workshop, membership, slot, "REQUEST")
        if slot and wants_entry(workshop, membership)
        else "",
        context={
            "news": news,
            "day": day,
            "was": news.before if news.before != slot else None,
            "has_passed": has_passed,
            "button_label": gettext("The workshop’s page")
            if membership.is_facilitator
            else gettext("Say if you’re coming"),
            "button_url": "" if has_passed else PRIVATE_LINK,
        },
    )


def compose_cancelled(message: Message) -> EmailContent:
    """Return the e-mail that removes a calendar entry, and says why."""
    workshop, membership = subject_of(message)
    undated = last_of(workshop, Change.Kind.UNDATED)
    slot = workshop.slot or (undated.arrangement_before.slot if undated else None)
    day = day_of(slot, workshop.cohort)
    if workshop.is_cancelled:
        subject = gettext("Cancelled: %(title)s, %(day)s")
        why = last_of(workshop, Change.Kind.CANCELLED)
    elif not workshop.is_planned:
        subject, why = gettext("No longer on %(day)s: %(title)s"), undated
    else:
        subject, why = gettext("Removed from your calendar: %(title)s, %(day)s"), None
    removed = entries_to_remove(workshop, membership)
    if len(removed) > 1:
        subject = gettext("You are no longer in %(cohort)s")
    return write(
        "calendar_cancelled",
        CANCEL_WORDING,
        message,
        workshop,
        membership,
        subject=subject % {"title": workshop.title, "day": day, "cohort": workshop.cohort.name},
        calendar=calendar_file(message, membership, removed, is_off=True)
        if len(removed) > 1
        else calendar_text(message, workshop, membership, slot, "CANCEL")
        if slot and wants_entry(workshop, membership)
        else "",
        context={
            "slot": slot,
            "day": day,
            "reason": why.reason if why else "",
            "removed": [one for one, _slot in removed] if len(removed) > 1 else [],
        },
    )


def entries_to_remove(workshop: Workshop, membership: Membership) -> list[tuple[Workshop, Slot]]:
    """Return the workshops to remove from a former member's calendar, with their slots.

    These are the workshops after the member left that the calendar has. The list is empty if
    `workshop` is cancelled or has no date, or if the member has not left.
    """
    if membership.left_at is None or workshop.is_cancelled or not workshop.is_planned:
        return []
    ahead = workshop.cohort.workshops.on().filter(starts_at__gt=membership.left_at)
    theirs = ahead.annotate(member_user_id=Value(membership.user_id)).filter(has_entry())
    found = theirs.select_related("cohort").order_by("starts_at")
    return [(one, one.slot) for one in found if one.slot]


def wants_entry(workshop: Workshop, membership: Membership) -> bool:
    """Return whether an e-mail brings the member's calendar entry.

    It does unless they have opted out of entries and were never sent this one. An entry that they
    were sent must not become wrong.
    """
    if not membership.user.opt_outs.filter(kind=ENTRIES_KIND).exists():
        return True
    theirs = Workshop.objects.filter(pk=workshop.pk)
    return theirs.annotate(member_user_id=Value(membership.user_id)).filter(has_entry()).exists()


def organiser_of(cohort: Cohort) -> Party:
    return Party(cohort.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])


def last_of(workshop: Workshop, kind: Change.Kind) -> Change | None:
    return workshop.changes.filter(kind=kind).order_by("sequence").last()


def write(
    template: str,
    wording: Words,
    message: Message,
    workshop: Workshop,
    membership: Membership,
    *,
    subject: str,
    calendar: str,
    context: dict[str, object],
) -> EmailContent:
    cohort = workshop.cohort
    reply_to = cohort.reply_addresses()
    values = values_about(workshop, membership.user)
    facts = {
        "body": render_template(cohort, message.kind, wording, values).body,
        "workshop": workshop,
        "cohort_name": cohort.name,
        "zone": cohort.time_zone,
        "is_facilitator": membership.is_facilitator,
        "has_facilitators": bool(reply_to),
        "brings_entry": bool(calendar),
    }
    return render_email(
        message,
        template,
        subject=subject,
        context=facts | context,
        reply_to=reply_to,
        calendar=calendar,
    )


def calendar_text(
    message: Message,
    workshop: Workshop,
    membership: Membership,
    slot: Slot,
    method: Literal["REQUEST", "CANCEL"],
) -> str:
    """Return iCalendar text with the member's entry for the workshop. It names no other member."""
    attendance = Attendance.objects.filter(workshop=workshop, membership=membership).first()
    answer = attendance.answer if attendance else ""
    is_off = method == "CANCEL"
    [entry] = entries_for(
        message,
        membership,
        [(workshop, slot)],
        is_off=is_off,
        answers={workshop.pk: answer},
        url="" if is_off else PRIVATE_LINK,
    )
    return invitation(
        entry,
        method=method,
        organiser=organiser_of(workshop.cohort),
        attendee=Attendee(membership.user.name, membership.user.email, membership.role, answer),
    )


def calendar_file(
    message: Message,
    membership: Membership,
    workshops: list[tuple[Workshop, Slot]],
    *,
    is_off: bool = False,
) -> str:
    """Return iCalendar text with the member's entries for several workshops. Makes two queries."""
    answers = membership.attendances.values_list("workshop", "answer")
    entries = entries_for(message, membership, workshops, is_off=is_off, answers=dict(answers))
    return file_of(entries, organiser=organiser_of(workshops[0][0].cohort))


def entries_for(
    message: Message,
    membership: Membership,
    workshops: list[tuple[Workshop, Slot]],
    *,
    is_off: bool,
    answers: dict[int, str],
    url: str | None = None,
) -> list[Entry]:
    """Return the member's entries for the workshops at these slots. Makes one query.

    `answers` maps the pks of workshops to the member's RSVPs. Without a `url`, an entry links to
    the workshop's page.
    """
    mine = Membership.objects.filter(cohort=membership.cohort_id, user=membership.user_id)
    earlier = mine.filter(pk__lt=membership.pk).count()
    return [
        entry_of(
            workshop,
            slot,
            role=membership.role,
            sequence=sequence_of(workshop, earlier, has_left=is_off and not membership.is_active),
            stamp=message.due_at,
            url=page_of(workshop) if url is None and not is_off else url or "",
            answer=answers.get(workshop.pk, ""),
            is_cancelled=is_off,
        )
        for workshop, slot in workshops
    ]


def page_of(workshop: Workshop) -> str:
    return settings.BASE_URL + workshop.get_absolute_url()


def link(message: Message) -> str:
    """Return the recipient's RSVP link; for a facilitator, the URL of the workshop's page."""
    return link_about(*subject_of(message))


def link_about(workshop: Workshop, membership: Membership) -> str:
    if membership.is_facilitator:
        return page_of(workshop)
    return rsvp_url(workshop, membership)


CALENDAR = Rule(
    kind=INVITE_KIND,
    text=RuleText(
        title=_("Change to a workshop"),
        for_recipient=_(
            "Any new date, time, place or title of a workshop. You can’t turn it off, because you "
            "would miss the workshop."
        ),
        why=_(
            "Everybody gets it when the date, the place or the title changes, with the new "
            "calendar entry."
        ),
        wording=INVITE_WORDING,
    ),
    schedule=Schedule(
        rows=invite_rows,
        window=WINDOW,
    ),
    compose=compose,
    link=link,
)
CALENDAR_CANCELLED = Rule(
    kind=CANCEL_KIND,
    text=RuleText(
        title=_("Calendar cancellation"),
        for_recipient=_(
            "The news that a workshop is cancelled. You can’t turn it off, because you would set "
            "out for nothing."
        ),
        why=_(
            "Removes the entry of everybody who has it, if the workshop is off or they have left."
        ),
        wording=CANCEL_WORDING,
    ),
    schedule=Schedule(
        rows=cancel_rows,
        window=WINDOW,
    ),
    compose=compose_cancelled,
    link=link,
)
