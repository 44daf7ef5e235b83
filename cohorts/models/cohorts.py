from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_id import PublicIdField
from accounts.search_text import SearchTextField
from cohorts.models.organisations import Organisation
from cohorts.models.programme_name import ProgrammeNameField
from outbox.delivery.batch_cache import cached_per_batch
from outbox.models import Message, MessageTemplate
from programmes.features import Features
from programmes.feedback import FeedbackSettings
from programmes.models import NAME_LENGTH, Programme

NAME_TAKEN = _("Enter another name. There is already a cohort with this name.")


def check_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(gettext("Enter a valid time zone, for example Europe/London."))


class Country(models.TextChoices):
    """The country whose bank holidays are avoided when dates are proposed."""

    ENGLAND_AND_WALES = "england-and-wales", _("England and Wales")
    SCOTLAND = "scotland", _("Scotland")
    NORTHERN_IRELAND = "northern-ireland", _("Northern Ireland")
    ELSEWHERE = "elsewhere", _("Somewhere else (no bank holidays)")


class CohortQuerySet(models.QuerySet["Cohort"]):
    def joined_by(self, user: User) -> CohortQuerySet:
        """Return the cohorts that the user is or was a member of."""
        return self.filter(pk__in=Membership.objects.filter(user=user).values("cohort"))

    def visible_to(self, user: User) -> CohortQuerySet:
        """Return the cohorts that the user is or was a member of; for an administrator, all."""
        return self if user.is_administrator else self.joined_by(user)

    def convened_by(self, user: User) -> CohortQuerySet:
        """Return the cohorts that the user is a facilitator of now; for an administrator, all."""
        if user.is_administrator:
            return self
        return self.filter(
            pk__in=Membership.objects.active().facilitating().filter(user=user).values("cohort")
        )

    def archived(self) -> CohortQuerySet:
        return self.filter(archived_at__isnull=False)

    def unarchived(self) -> CohortQuerySet:
        return self.filter(archived_at=None)


class Cohort(FeedbackSettings, Features):
    """One dated run of a programme in a place, with its own members and workshops."""

    public_id = PublicIdField()
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="cohorts")
    programme_name = ProgrammeNameField(
        _("name of the programme"),
        max_length=NAME_LENGTH,
        blank=True,
        help_text=_("Renaming the programme does not change it here."),
    )
    name = models.CharField(
        _("name"),
        max_length=120,
        help_text=_("Shown at the top of every page, for example “North East, spring 2027”."),
    )
    place = models.CharField(
        _("place"),
        max_length=120,
        help_text=_("The town, county or system that the cohort is for."),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/London", validators=[check_time_zone]
    )
    country = models.CharField(
        _("country"),
        max_length=20,
        choices=Country.choices,
        default=Country.ENGLAND_AND_WALES,
        help_text=_("Proposed dates avoid its bank holidays."),
    )
    capacity = models.PositiveSmallIntegerField(
        _("capacity"),
        default=22,
        validators=[MinValueValidator(1)],
        help_text=_("You get a warning above this number. You can still add people."),
    )
    funder = models.CharField(
        _("funder"),
        max_length=120,
        blank=True,
        help_text=_("Who pays for the cohort. Participants don’t see it."),
    )
    funder_reference = models.CharField(
        _("funder’s reference"),
        max_length=120,
        blank=True,
        help_text=_("For example the number of the grant or contract."),
    )
    surveys_every = models.PositiveSmallIntegerField(
        _("a survey after"),
        default=1,
        choices=((1, _("each workshop")), (2, _("every second workshop"))),
        help_text=_("In a small cohort, one survey about two workshops reaches enough people."),
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    archived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    # Without the funder, because participants can search their cohorts and may not know it.
    search_text = SearchTextField("name", "place")

    objects: ClassVar = CohortQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = (
            *FeedbackSettings.Meta.constraints,
            models.UniqueConstraint(
                fields=("name",),
                name="cohort_name_once",
                violation_error_message=NAME_TAKEN,
            ),
            models.CheckConstraint(
                condition=Q(surveys_every__in=(1, 2)),
                name="cohort_surveys_every_1_or_2",
                violation_error_message=_("Choose each workshop or every second workshop."),
            ),
            models.CheckConstraint(
                condition=Q(country__in=Country.values),
                name="cohort_country_known",
                violation_error_message=_("Choose a country."),
            ),
            models.CheckConstraint(
                condition=Q(archived_by=None) | Q(archived_at__isnull=False),
                name="cohort_archived_by_somebody_at_a_time",
                violation_error_message=_(
                    "Set both when the cohort was archived and who archived it, or neither."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("home:cohort_detail", args=[self.public_id])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_per_batch
    def reply_addresses(self) -> tuple[str, ...]:
        """Return the facilitators' e-mail addresses, for Reply-To. One query, cached per batch."""
        facilitators = self.memberships.active().facilitating().filter(user__is_active=True)
        return tuple(facilitators.order_by("pk").values_list("user__email", flat=True))

    def is_facilitated_by(self, user: User) -> bool:
        """Return whether the user is an active facilitator. Makes one query."""
        return self.memberships.active().facilitating().filter(user=user).exists()

    def is_convened_by(self, user: User) -> bool:
        """Return whether the user is an administrator or an active facilitator."""
        return user.is_administrator or self.is_facilitated_by(user)

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    def archive(self, *, by: User, at: datetime) -> None:
        """Archive the cohort: lists leave it out, and no rule owes messages about it any more.

        Does nothing if it is archived already. Who can read its pages doesn't change.
        """
        unarchived = Cohort.objects.unarchived().filter(pk=self.pk)
        unarchived.update(archived_at=at, archived_by=by)
        self.refresh_from_db(fields=["archived_at", "archived_by"])

    def restore(self) -> None:
        """Take the cohort out of the archive. Does nothing if it is not archived."""
        self.archived_at = self.archived_by = None
        self.save(update_fields=["archived_at", "archived_by"])


class CohortMessageTemplate(MessageTemplate):
    """A cohort's template for one kind of message. Stores only what differs from the default."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="message_templates")
    timed_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("When the timing was last changed. Messages due before then are not sent."),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("cohort", "kind"),
                name="cohort_message_template_unique",
                violation_error_message=_(
                    "Somebody else has just saved this e-mail. Open it again to see their version."
                ),
            ),
        )


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> MembershipQuerySet:
        return self.filter(left_at=None)

    def participating(self) -> MembershipQuerySet:
        return self.filter(role=Membership.Role.PARTICIPANT)

    def facilitating(self) -> MembershipQuerySet:
        return self.filter(role=Membership.Role.FACILITATOR)

    def by_name(self) -> MembershipQuerySet:
        """Return the memberships ordered by name, with `select_related` users and organisations."""
        return self.select_related("user", "organisation").order_by("user__name", "pk")

    def addressed_by(self, message: Message) -> Membership:
        """Return the membership that the message is for. The membership may have ended."""
        return self.get(pk=message.membership_id or 0)


class Membership(models.Model):
    """A user's time in a cohort as participant or facilitator, from joining until leaving.

    A user who comes back gets a new membership, so that the first one's history does not change.
    """

    class Role(models.TextChoices):
        PARTICIPANT = "participant", _("Participant")
        FACILITATOR = "facilitator", _("Facilitator")

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(
        _("role"), max_length=20, choices=Role.choices, default=Role.PARTICIPANT
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    job_title = models.CharField(_("job title"), max_length=200, blank=True)
    needs = models.CharField(_("access or dietary needs"), max_length=500, blank=True)
    needs_said_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("When the person said what they need, or that they need nothing."),
    )
    needs_named = models.BooleanField(
        default=False,
        editable=False,
        help_text=_("The person agreed to be named beside their needs."),
    )
    joined_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    people_file = models.ForeignKey(
        "cohorts.PeopleFile",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="members",
        help_text=_("The list that the member was imported from, while it is stored."),
    )
    left_at = models.DateTimeField(null=True, blank=True)
    left_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    left_silently = models.BooleanField(
        default=False,
        editable=False,
        help_text=_("No e-mail is sent about the removal."),
    )

    objects: ClassVar = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("cohort", "user"),
                condition=Q(left_at=None),
                name="membership_active_once",
                violation_error_message=_("This person is already in the cohort."),
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=models.F("joined_at")),
                name="membership_left_after_joining",
                violation_error_message=_("Enter a leaving time after the joining time."),
            ),
            models.CheckConstraint(
                condition=Q(left_silently=False) | Q(left_at__isnull=False),
                name="membership_silent_only_if_left",
                violation_error_message=_("Only somebody who has left can have left silently."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=("participant", "facilitator")),
                name="membership_role_known",
                violation_error_message=_("Choose participant or facilitator."),
            ),
            models.CheckConstraint(
                condition=Q(needs_named=False) | Q(needs_said_at__isnull=False),
                name="membership_named_by_themselves",
                violation_error_message=_("Only the person can agree to be named."),
            ),
        )
        # Message rules use the first two indexes to find the people who have joined or left
        # recently. The third finds facilitators and their cohorts.
        indexes = (
            models.Index(
                fields=("joined_at",), name="membership_joined", condition=Q(left_at=None)
            ),
            models.Index(
                fields=("left_at",), name="membership_left", condition=Q(left_at__isnull=False)
            ),
            models.Index(
                fields=("user", "cohort"),
                name="membership_facilitator",
                condition=Q(role="facilitator"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}, {self.cohort}"

    def get_absolute_url(self) -> str:
        return reverse("cohorts:member_edit", args=[self.public_id])

    @property
    def is_active(self) -> bool:
        return self.left_at is None

    @property
    def is_facilitator(self) -> bool:
        return self.role == self.Role.FACILITATOR

    @property
    def has_said_needs(self) -> bool:
        """Whether the person has entered their own access or dietary needs.

        If so, nobody else can change them.
        """
        return self.needs_said_at is not None

    def leave(self, *, by: User | None, at: datetime, silently: bool = False) -> None:
        """End the membership. Everything that the user did in the cohort stays.

        If `silently` is true, no e-mail tells the user or removes workshops from their calendar.
        """
        self.left_at, self.left_by = max(at, self.joined_at), by
        self.left_silently = silently
        self.save(update_fields=["left_at", "left_by", "left_silently"])
