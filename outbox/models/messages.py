from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.public_id import PublicIdField

# The `group_id` of messages that belong to no cohort, so that no cohort's page lists them.
NO_COHORT = 0

# The fields of a message that store its rendered e-mail, with their values before the rendering.
UNWRITTEN = dict.fromkeys(("sender", "subject", "text", "html", "reply_to", "calendar"), "")

# A time that is longer than any lease. A lease that has more time left was set before the clock was
# put back, and counts as expired.
LONGEST_CLAIM = timedelta(minutes=2)


class Outcome(models.TextChoices):
    """The outcome of a message. Each but PENDING and DEFERRED requires a timestamp in the row."""

    PENDING = "pending", _("Not tried yet")
    DEFERRED = "deferred", _("Waits for another try")
    SENT = "sent", _("Sent")
    BOUNCED = "bounced", _("Sent, and bounced")
    REFUSED = "refused", _("Refused by the mail server")
    SUPPRESSED = "suppressed", _("Not sent to an address that had bounced")
    OUR_ERROR = "our-error", _("Failed by an error in Convenor")
    EXPIRED = "expired", _("Not sent in time")
    UNTRUE = "untrue", _("No longer true")
    SKIPPED = "skipped", _("Skipped by a facilitator")
    NO_RECIPIENT = "no-recipient", _("Nobody to send it to")
    ERASED = "erased", _("Erased before it was sent")


OPEN = (Outcome.PENDING, Outcome.DEFERRED)
FAILED = (Outcome.REFUSED, Outcome.SUPPRESSED, Outcome.OUR_ERROR)
DROPPED = (
    Outcome.EXPIRED,
    Outcome.UNTRUE,
    Outcome.SKIPPED,
    Outcome.NO_RECIPIENT,
    Outcome.ERASED,
)


class MessageQuerySet(models.QuerySet["Message"]):
    def open(self) -> MessageQuerySet:
        """Return the messages that are neither sent, failed nor dropped."""
        return self.filter(sent_at=None, failed_at=None, dropped_at=None)

    def free(self) -> MessageQuerySet:
        """Return the messages that no worker has claimed, or whose lease has expired.

        Leases use the database's clock, so that clock skew between workers does no harm. A lease
        that ends after LONGEST_CLAIM also counts as expired, because the clock was put back.
        """
        too_long = Now() + LONGEST_CLAIM
        return self.filter(
            Q(claimed_until=None) | Q(claimed_until__lte=Now()) | Q(claimed_until__gt=too_long)
        )

    def sendable(self, moment: datetime) -> MessageQuerySet:
        """Return the messages that a worker may claim now, earliest due first."""
        return (
            self.open()
            .free()
            .filter(try_at__lte=moment, expires_at__gt=moment)
            .order_by("due_at", "pk")
        )

    def missed(self, moment: datetime) -> MessageQuerySet:
        """Return the open messages that have expired and that no worker has claimed."""
        return self.open().free().filter(expires_at__lte=moment)

    def untrue(self, moment: datetime) -> MessageQuerySet:
        """Return the messages dropped as `Outcome.UNTRUE` that are due and have not expired."""
        dropped = self.filter(dropped_at__isnull=False, outcome=Outcome.UNTRUE)
        return dropped.filter(due_at__lte=moment, expires_at__gt=moment)

    def sent_or_failed(self) -> MessageQuerySet:
        """Return the messages that were sent or have failed."""
        return self.filter(Q(sent_at__isnull=False) | Q(failed_at__isnull=False))

    def undelivered(self) -> MessageQuerySet:
        """Return the messages that have failed or bounced."""
        return self.filter(Q(failed_at__isnull=False) | Q(bounced_at__isnull=False))

    def with_message_id(self, header: str) -> Message | None:
        """Return the message with exactly this Message-ID header; None if there is none."""
        named = re.match(r"<([0-9a-z]+)@", header)
        message = self.filter(public_id=named[1]).first() if named else None
        return message if message and message.message_id == header else None

    def batch_of(self, message: Message) -> MessageQuerySet:
        """Return the messages with the same group, kind, subject and due time as `message`."""
        return self.filter(
            group_id=message.group_id,
            kind=message.kind,
            subject_id=message.subject_id,
            due_at=message.due_at,
        )

    def in_group(self, group_id: int) -> MessageQuerySet:
        return self.filter(group_id=group_id)


class Message(models.Model):
    """One e-mail owed to one person, unique by its key."""

    # The constraint below makes this field unique. `unique=True` would add a second index on
    # PostgreSQL.
    public_id = PublicIdField(unique=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(
        max_length=200,
        help_text=_("Kind, subject, version and person: no message is written twice."),
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="messages"
    )
    group_id = models.PositiveBigIntegerField(
        help_text=_("The pk of the cohort whose page lists it; 0 for none.")
    )
    subject_id = models.PositiveBigIntegerField(
        help_text=_("The pk of its subject, for example a workshop. The kind says which model.")
    )
    membership_id = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        help_text=_("The pk of the membership it goes to, as a person may have had two."),
    )
    subject_version = models.PositiveIntegerField(
        default=0, help_text=_("The version of its subject, where a new version is a new message.")
    )
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text=_("When it is to be sent."))
    expires_at = models.DateTimeField(help_text=_("When it becomes too late to send it."))

    try_at = models.DateTimeField(help_text=_("The time of the next attempt."))
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(
        max_length=32, blank=True, help_text=_("The token of the worker that has claimed it.")
    )
    claimed_until = models.DateTimeField(null=True, blank=True)

    # The rendered e-mail, with placeholders for private links. Stored by the first attempt, so
    # that a retry sends the same bytes.
    address = models.EmailField(max_length=254, blank=True)
    sender = models.CharField(
        max_length=150,
        blank=True,
        help_text=_("The name that From shows; empty for the site’s own."),
    )
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    reply_to = models.TextField(blank=True, help_text=_("Addresses, separated by commas."))
    calendar = models.TextField(
        blank=True, help_text=_("The iCalendar entry that it adds, changes or cancels.")
    )

    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.PENDING)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When a mail system reported that it could not deliver it."),
    )
    reason = models.CharField(
        max_length=500,
        blank=True,
        help_text=_("Why it failed, bounced, waits or was dropped, for people to read."),
    )

    objects: ClassVar = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("public_id",),
                name="message_public_id_once",
                violation_error_message=_("Another message has this id."),
            ),
            models.UniqueConstraint(
                fields=("key",),
                name="message_key_once",
                violation_error_message=_("A message for this reason is written already."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(outcome__in=OPEN, sent_at=None, failed_at=None, dropped_at=None)
                    | Q(
                        outcome__in=(Outcome.SENT, Outcome.BOUNCED),
                        sent_at__isnull=False,
                        failed_at=None,
                        dropped_at=None,
                    )
                    | Q(outcome__in=FAILED, sent_at=None, failed_at__isnull=False, dropped_at=None)
                    | Q(outcome__in=DROPPED, sent_at=None, failed_at=None, dropped_at__isnull=False)
                ),
                name="message_outcome_has_time",
                violation_error_message=_("The outcome of a message must match its timestamps."),
            ),
            models.CheckConstraint(
                condition=Q(failed_at=None, dropped_at=None) | ~Q(reason=""),
                name="message_end_has_reason",
                violation_error_message=_("A message that was not sent must have a reason."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(bounced_at=None) & ~Q(outcome=Outcome.BOUNCED)
                    | Q(bounced_at__isnull=False, outcome=Outcome.BOUNCED) & ~Q(reason="")
                ),
                name="message_bounced_has_time",
                violation_error_message=_("A bounced message must have a time and a reason."),
            ),
            models.CheckConstraint(
                condition=Q(claim="", claimed_until=None)
                | ~Q(claim="") & Q(claimed_until__isnull=False),
                name="message_claim_has_lease",
                violation_error_message=_("A claimed message must have a lease expiry."),
            ),
        )
        indexes = (
            models.Index(
                fields=("try_at",),
                name="message_open",
                condition=Q(sent_at=None, failed_at=None, dropped_at=None),
            ),
            models.Index(fields=("group_id", "due_at"), name="message_group"),
            models.Index(
                fields=("sent_at",), name="message_sent", condition=Q(sent_at__isnull=False)
            ),
            models.Index(
                fields=("expires_at",),
                name="message_dropped",
                condition=Q(dropped_at__isnull=False),
            ),
            models.Index(
                fields=("failed_at",), name="message_failed", condition=Q(failed_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return self.subject or self.key

    @property
    def message_id(self) -> str:
        """The Message-ID header, the same for every copy of the message."""
        return (
            f"<{self.public_id}@{settings.BASE_URL.split('://')[-1].split('/')[0].split(':')[0]}>"
        )

    @property
    def dated(self) -> datetime:
        """The time in the Date header: when the message was queued. The same in every copy.

        `due_at` is not used, because it may be days earlier if somebody was added to the register
        late.
        """
        return self.made_at

    @property
    def status(self) -> str:
        """A summary of the outcome: “sent”, “failed”, “dropped” or “waiting”."""
        if self.outcome in (Outcome.SENT, Outcome.BOUNCED):
            return "sent"
        if self.outcome in FAILED:
            return "failed"
        return "dropped" if self.outcome in DROPPED else "waiting"

    @property
    def status_label(self) -> str:
        """The translated status; “Bounced” for a message that was sent and bounced."""
        if self.outcome == Outcome.BOUNCED:
            return gettext("Bounced")
        labels = {
            "sent": gettext("Sent"),
            "failed": gettext("Failed"),
            "dropped": gettext("Not sent"),
            "waiting": gettext("Waiting"),
        }
        return labels[self.status]


class Heartbeat(models.Model):
    """The time of the last run of the sending loop, in a single row that the health check reads."""

    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def record(cls, moment: datetime) -> None:
        cls.objects.update_or_create(pk=1, defaults={"at": moment})

    @classmethod
    def age(cls, moment: datetime) -> timedelta | None:
        """Return the time since the last run; None before the first."""
        beat = cls.objects.filter(pk=1).first()
        return moment - beat.at if beat else None
