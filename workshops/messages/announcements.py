"""Announcements: e-mails that facilitators write as drafts, and then send once, now or later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Least
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from cohorts.message_templates import COHORT_FIELDS, cohort_values
from cohorts.models import Cohort, Membership
from outbox.content.email import (
    PRIVATE_LINK,
    Attachment,
    EmailContent,
    hide_private_links,
    render_email,
)
from outbox.content.placeholders import NamedField, fill_body, fill_subject
from outbox.delivery.batch_cache import cached_per_batch
from outbox.models import Message, MessageQuerySet
from outbox.queueing import insert
from outbox.rules import Rule, RuleText, Schedule
from ui.version_token import StaleError, check_version, version_token
from workshops.messages.announcement_audience import Audience, audience_of, with_audience
from workshops.messages.placeholders import WORKSHOP_FIELDS, values_about
from workshops.models import Announcement, Material, Workshop
from workshops.register.rsvp import rsvp_url

KIND = "announcement"
WINDOW = timedelta(days=2)
# The fields that a facilitator fills in.
CONTENT = (
    "cohort",
    "audience",
    "workshop",
    "subject",
    "body",
    "sends_at",
    "material",
    "has_material",
)
ASKS_FOR_RSVP = Q(audience__in=(Announcement.Audience.COMING, Announcement.Audience.SILENT))


def rows(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return a row for each announcement and each addressee who is still in its audience.

    These are the announcements that are due after `since` and by `until`. A message is due on
    confirmation, or at the time that was chosen. It expires after two days; if it asks for an RSVP,
    earlier when its workshop ends.
    """
    confirmed = Announcement.objects.filter(
        Q(sends_at=None, confirmed_at__gt=since, confirmed_at__lte=until)
        | Q(confirmed_at__isnull=False, sends_at__gt=since, sends_at__lte=until)
    )
    due = Coalesce("sends_at", "confirmed_at")
    too_late = ExpressionWrapper(due + WINDOW, DateTimeField())
    owed: QuerySet[Any] = with_audience(confirmed, "addressees").annotate(
        owed_key=Concat(
            Value(f"{KIND}:"), Cast("pk", CharField()), Value(":"), Cast("member_id", CharField())
        ),
        owed_recipient=F("member_user_id"),
        owed_membership=F("member_id"),
        owed_group=F("cohort"),
        owed_subject=F("pk"),
        owed_due=due,
        owed_expires=Case(
            When(ASKS_FOR_RSVP, then=Least(too_late, F("workshop__ends_at"))),
            default=too_late,
            output_field=DateTimeField(),
        ),
    )
    return owed


@transaction.atomic
def save_draft(
    draft: Announcement, *, selected: Iterable[Membership] = (), by: User, at: datetime
) -> Announcement:
    """Save the draft, and the selected people of a draft to selected people."""
    draft.written_by, draft.written_at = by, at
    draft.save()
    draft.addressees.set(selected)
    return draft


def draft_version(draft: Announcement) -> str:
    """Return the version token of the draft's text."""
    return version_token(draft.written_at.isoformat())


@transaction.atomic
def edit_draft(
    draft: Announcement,
    *,
    selected: Iterable[Membership] = (),
    seen: str,
    by: User,
    at: datetime,
) -> Announcement:
    """Save the changed draft and return it.

    `seen` is the `draft_version` of the draft when the page was shown. If the draft has been sent
    since, the changes are saved as a new draft, so that no text is lost. A scheduled announcement
    becomes a draft again. Raises StaleError if the draft has been changed since. Locks the
    announcement's row.
    """
    locked = Announcement.objects.select_for_update().get(pk=draft.pk)
    if not locked.is_unsent(at):
        content = {name: getattr(draft, name) for name in CONTENT}
        return save_draft(Announcement(**content), selected=selected, by=by, at=at)
    words = _(
        "%(person)s has changed this draft since you opened it. What you typed is below. "
        "Save it again to replace theirs."
    )
    person = locked.written_by or _("Somebody")
    check_version(seen, draft_version(locked), words % {"person": person})
    draft.confirmed_at, draft.confirmed_by = None, None
    return save_draft(draft, selected=selected, by=by, at=at)


def send_version(draft: Announcement, audience: Audience) -> str:
    """Return the version token of what a facilitator confirms by sending the draft.

    It looks like “12-people-content”: the number of people who get the draft immediately, a token
    of the audience, and a token of the text and the workshop. `what_changed` compares the parts.
    """
    workshop = workshop_of(draft, audience.moment)
    content = version_token(
        draft.subject,
        draft.body,
        str(draft.audience),
        draft.written_at.isoformat(),
        draft.material_id,
        workshop and (workshop.pk, workshop.sequence),
    )
    people = sorted((member.pk, member.pk in audience.unreachable) for member in audience.people)
    return f"{audience.count}-{version_token(*people)}-{content}"


def what_changed(seen: str, current: str) -> str:
    """Return a sentence that says how two different tokens of `send_version` differ."""
    if seen.rpartition("-")[2] != current.rpartition("-")[2]:
        return _(
            "This message, or the workshop it is about, has changed since you opened this page. "
            "Check it again."
        )
    before, count = seen.partition("-")[0], int(current.partition("-")[0])
    if before != str(count):
        words = ngettext(
            "Somebody has answered, joined or left since you opened this page: "
            "it now goes to %(count)d person, not %(before)s.",
            "Somebody has answered, joined or left since you opened this page: "
            "it now goes to %(count)d people, not %(before)s.",
            count,
        )
    else:
        words = ngettext(
            "Somebody has answered, joined or left since you opened this page: "
            "it now goes to %(count)d person, but not the same one.",
            "Somebody has answered, joined or left since you opened this page: "
            "it now goes to %(count)d people, but not all of them are the same.",
            count,
        )
    return words % {"count": count, "before": before}


@transaction.atomic
def confirm(draft: Announcement, *, seen: str, by: User, at: datetime) -> int | None:
    """Send the draft to its current audience, or schedule it; return how many people get it.

    People whose address is suppressed or not known are not counted. Return None if the draft has
    already been sent or scheduled. Raises StaleError if `seen`, the `send_version` that the page
    showed, is no longer current, if nobody would get the draft, or if the time to send it at has
    passed. Locks the announcement's row.
    """
    locked = Announcement.objects.select_for_update().get(pk=draft.pk)
    if not locked.is_draft:
        return None
    if locked.is_late(at):
        words = _("The time chosen for this message has passed. Edit it to choose another.")
        raise StaleError(words)
    audience = audience_of(locked, at)
    current = send_version(locked, audience)
    if seen != current or not audience.count:
        raise StaleError(what_changed(seen, current))
    # A run may have queued these while somebody cancelled an earlier sending. They were not sent,
    # and their unique keys would prevent new messages.
    sent_messages(locked).filter(sent_at=None).delete()
    locked.confirm([member.pk for member in audience.people], by=by, at=at)
    insert(ANNOUNCEMENT, at)
    return audience.count


@transaction.atomic
def cancel_sending(announcement: Announcement, *, at: datetime) -> bool:
    """Make a scheduled announcement a draft again. Return False if it is not scheduled.

    Locks the announcement's row.
    """
    locked = Announcement.objects.select_for_update().get(pk=announcement.pk)
    if not locked.is_scheduled(at):
        return False
    locked.return_to_draft()
    return True


def workshop_of(announcement: Announcement, moment: datetime) -> Workshop | None:
    """Return the workshop whose details replace the announcement's placeholders, or None.

    That is the announcement's own workshop; for an announcement to everybody, the workshop that
    comes next at `moment`. Makes at most one query.
    """
    return announcement.workshop or next_workshop(announcement.cohort, moment)


def next_workshop(cohort: Cohort, moment: datetime) -> Workshop | None:
    found: Workshop | None = cohort.workshops.to_come(moment).first()
    return found


def fields_about(workshop: Workshop | None) -> tuple[NamedField, ...]:
    """Return the placeholders that the text of an announcement can use."""
    return WORKSHOP_FIELDS if workshop else COHORT_FIELDS


def values_for(announcement: Announcement, person: User, moment: datetime) -> Mapping[str, str]:
    if workshop := workshop_of(announcement, moment):
        workshop.cohort = announcement.cohort
        return values_about(workshop, person)
    return {**values_without_workshop(), **cohort_values(announcement.cohort, person)}


def values_without_workshop() -> dict[str, str]:
    """Return the values of the placeholders about a workshop when no workshop is coming up."""
    return {
        "workshop": _("the next workshop"),
        "number": _("to come"),
        "day": _("a day to be agreed"),
        "when": _("a day to be agreed"),
        "where": _("a place to be agreed"),
    }


def compose(message: Message) -> EmailContent:
    """Return the e-mail of an announcement to one addressee.

    Its placeholders are about the workshop that comes next when the announcement is due.
    """
    announcement = (
        Announcement.objects.select_related("cohort__programme", "workshop", "material")
        .defer("material__content")
        .get(pk=message.subject_id)
    )
    return render_announcement(
        announcement, addressee(message), message, announcement.due_at or message.due_at
    )


def addressee(message: Message) -> Membership:
    membership: Membership = Membership.objects.select_related("user").addressed_by(message)
    return membership


def render_announcement(
    announcement: Announcement, member: Membership, message: Message, moment: datetime
) -> EmailContent:
    values = values_for(announcement, member.user, moment)
    subject = fill_subject(announcement.subject, values)
    reply_to = announcement.cohort.reply_addresses()
    context: dict[str, Any] = {
        "announcement": announcement,
        "has_facilitators": bool(reply_to),
        "cohort_name": announcement.cohort.name,
        "heading": subject,
        "body": fill_body(announcement.body, values),
        "zone": announcement.cohort.time_zone,
    }
    if material := announcement.material:
        context["material"] = material.title
        if not material.is_attachable:
            context["material_url"] = urljoin(settings.BASE_URL, material.get_absolute_url())
    if announcement.asks_for_rsvp:
        is_silent = announcement.audience == Announcement.Audience.SILENT
        context["button_label"] = (
            _("Say if you’re coming") if is_silent else _("Can’t come after all? Say so")
        )
        context["button_url"] = PRIVATE_LINK
    return render_email(
        message,
        "announcement",
        subject=subject,
        context=context,
        reply_to=reply_to,
    )


def preview(draft: Announcement, member: Membership, moment: datetime) -> EmailContent:
    """Return the e-mail that the member would get at `moment`. Its private links don't work."""
    message = Message(kind=KIND, subject_id=draft.pk, recipient=member.user)
    return hide_private_links(render_announcement(draft, member, message, moment))


def link(message: Message) -> str:
    """Return the addressee's RSVP link; empty for an announcement that does not ask for it."""
    announcement = Announcement.objects.select_related("workshop").get(pk=message.subject_id)
    if announcement.workshop is None or not announcement.asks_for_rsvp:
        return ""
    return rsvp_url(announcement.workshop, addressee(message))


def attachment(message: Message) -> Attachment | None:
    """Return the announcement's file, if it has one that is small enough to be attached."""
    return file_of(message.subject_id)


@cached_per_batch
def file_of(announcement_id: int) -> Attachment | None:
    found = Material.objects.filter(
        pk__in=Announcement.objects.filter(pk=announcement_id).values("material"),
        link="",
        size__lte=Material.MOST_BYTES_ATTACHED,
    ).first()
    if found is None:
        return None
    # Django's e-mails take the media type without its parameters, and add a charset to text.
    media_type = found.content_type.partition(";")[0]
    return Attachment(found.filename, bytes(found.content or b""), media_type)


ANNOUNCEMENT = Rule(
    kind=KIND,
    text=RuleText(
        title=gettext_lazy("Message from the facilitators"),
        for_recipient=gettext_lazy(
            "Messages your facilitators write to you. You can’t turn these off, because they are "
            "meant for you now."
        ),
        why=gettext_lazy("A facilitator wrote it and chose who gets it."),
    ),
    schedule=Schedule(
        rows=rows,
        window=WINDOW,
    ),
    compose=compose,
    link=link,
    attachment=attachment,
)


def sent_messages(announcement: Announcement) -> MessageQuerySet:
    """Return the messages of a sent announcement, ordered by the recipient's name."""
    made = Message.objects.in_group(announcement.cohort_id).filter(
        kind=KIND, subject_id=announcement.pk
    )
    return made.select_related("recipient").order_by("recipient__name", "pk")
