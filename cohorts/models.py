from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.importing.columns import Field, guess_columns
from cohorts.importing.serialization import packed, unpacked
from cohorts.importing.table import Table
from outbox.delivery.batch_cache import cached_per_batch
from outbox.models import Message, MessageTemplate
from programmes.models import Programme

NAME_TAKEN = "There is a cohort of this name. Give this one another."


class Sector(models.TextChoices):
    """Where an organisation stands; people's own words are mapped to these."""

    PUBLIC = "public", "Public"
    VOLUNTARY = "voluntary", "Voluntary and community"
    PRIVATE = "private", "Private"
    OTHER = "other", "Other"


def name_key(name: str) -> str:
    """What makes two spellings one organisation: case, spaces and a closing full stop don't count."""
    composed = unicodedata.normalize("NFKC", name).casefold()
    # Letters that grow as they are folded (ß) must not outgrow the column; 250 signs tell any two names apart.
    return re.sub(r"\s+", " ", composed).strip().rstrip(".")[:250]


class OrganisationManager(models.Manager["Organisation"]):
    def named(self, name: str) -> Organisation | None:
        """The organisation of this name, however its capitals and spaces are typed."""
        return self.filter(name_key=name_key(name)).first()


class Organisation(models.Model):
    """Where people work: a council, a trust, a charity, a firm."""

    public_id = PublicIdField()
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=250, unique=True, editable=False)
    sector = models.CharField(max_length=20, choices=Sector.choices, default=Sector.OTHER)

    objects: ClassVar[OrganisationManager] = OrganisationManager()

    class Meta:
        ordering = ("name_key",)
        constraints = (
            models.CheckConstraint(
                condition=Q(sector__in=Sector.values),
                name="organisation_sector_known",
                violation_error_message="Choose one of the sectors.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name_key = name_key(self.name)
        if Organisation.objects.filter(name_key=self.name_key).exclude(pk=self.pk).exists():
            raise ValidationError({"name": "There is an organisation of this name already."})


def check_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(f"“{value}” is no time zone. Write Europe/London, for instance.")


class Country(models.TextChoices):
    """Whose bank holidays a cohort's dates keep clear of."""

    ENGLAND_AND_WALES = "england-and-wales", "England and Wales"
    SCOTLAND = "scotland", "Scotland"
    NORTHERN_IRELAND = "northern-ireland", "Northern Ireland"
    ELSEWHERE = "elsewhere", "Somewhere else: no bank holidays are known"


class CohortQuerySet(models.QuerySet["Cohort"]):
    def joined_by(self, user: User) -> CohortQuerySet:
        """Those that the person is or was in, administrators like anybody."""
        return self.filter(pk__in=Membership.objects.filter(user=user).values("cohort"))

    def visible_to(self, user: User) -> CohortQuerySet:
        """Those that the person is or was in; an administrator's are all."""
        return self if user.is_administrator else self.joined_by(user)

    def convened_by(self, user: User) -> CohortQuerySet:
        """Those that the person facilitates now; an administrator's are all."""
        if user.is_administrator:
            return self
        return self.filter(
            pk__in=Membership.objects.active().facilitating().filter(user=user).values("cohort")
        )


class Cohort(models.Model):
    """One dated run of a programme in a place, with its own members and workshops."""

    public_id = PublicIdField()
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="cohorts")
    name = models.CharField(
        max_length=120,
        help_text="People see it at the top of every page: “North East, spring 2027”.",
    )
    place = models.CharField(max_length=120, help_text="The town, county or system that it is for.")
    time_zone = models.CharField(
        max_length=64, default="Europe/London", validators=[check_time_zone]
    )
    country = models.CharField(
        max_length=20,
        choices=Country.choices,
        default=Country.ENGLAND_AND_WALES,
        help_text="Its bank holidays are kept clear of when dates are proposed.",
    )
    capacity = models.PositiveSmallIntegerField(
        default=22,
        validators=[MinValueValidator(1)],
        help_text="You are warned when it is passed; nobody is turned away.",
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects: ClassVar = CohortQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("name",),
                name="cohort_name_once",
                violation_error_message=NAME_TAKEN,
            ),
            models.CheckConstraint(
                condition=Q(country__in=Country.values),
                name="cohort_country_known",
                violation_error_message="Choose one of the countries.",
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
        """Where an answer to the cohort's e-mails goes: to its facilitators. One query."""
        facilitators = self.memberships.active().facilitating().filter(user__is_active=True)
        return tuple(facilitators.order_by("pk").values_list("user__email", flat=True))

    def is_facilitated_by(self, user: User) -> bool:
        """Is the person an active facilitator of it? Being an administrator adds nothing. One query."""
        return self.memberships.active().facilitating().filter(user=user).exists()

    def is_convened_by(self, user: User) -> bool:
        """May the person run it: an active facilitator or an administrator? One query, none for an administrator."""
        return user.is_administrator or self.is_facilitated_by(user)


class CohortMessageTemplate(MessageTemplate):
    """How a cohort words and times one kind of message, where that differs from the default."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="message_templates")
    timed_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When its timing was last changed: what would have been due before is not sent.",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("cohort", "kind"),
                name="cohort_wording_once",
                violation_error_message="Somebody else has just changed this wording.",
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
        """With their person and organisation, in the order of a register."""
        return self.select_related("user", "organisation").order_by("user__name", "pk")

    def addressed_by(self, message: Message) -> Membership:
        """Return the membership that the message goes to. It may have ended since."""
        return self.get(pk=message.membership_id or 0)


class Membership(models.Model):
    """A person in a cohort, as participant or facilitator, from when they joined until they left.

    Somebody who comes back has a new membership: what happened in the first stays as it was.
    """

    class Role(models.TextChoices):
        PARTICIPANT = "participant", "Participant"
        FACILITATOR = "facilitator", "Facilitator"

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.PARTICIPANT)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    job_title = models.CharField(max_length=200, blank=True)
    needs = models.CharField("access or dietary needs", max_length=500, blank=True)
    needs_said_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When the person told them, or that there are none.",
    )
    needs_named = models.BooleanField(
        default=False,
        editable=False,
        help_text="The person agreed that their name stands beside them.",
    )
    joined_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    left_at = models.DateTimeField(null=True, blank=True)
    left_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects: ClassVar = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("cohort", "user"),
                condition=Q(left_at=None),
                name="membership_active_once",
                violation_error_message="This person is in the cohort already.",
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=models.F("joined_at")),
                name="membership_left_after_joining",
                violation_error_message="Nobody leaves before they join.",
            ),
            models.CheckConstraint(
                condition=Q(role__in=("participant", "facilitator")),
                name="membership_role_known",
                violation_error_message="Choose participant or facilitator.",
            ),
            models.CheckConstraint(
                condition=Q(needs_named=False) | Q(needs_said_at__isnull=False),
                name="membership_named_by_themselves",
                violation_error_message="Only the person can agree to be named.",
            ),
        )
        # By which the rules of messages find who came and went lately, among all that ever did.
        indexes = (
            models.Index(
                fields=("joined_at",), name="membership_joined", condition=Q(left_at=None)
            ),
            models.Index(
                fields=("left_at",), name="membership_left", condition=Q(left_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} in {self.cohort}"

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
        """Has the person told their needs, or that there are none? Then nobody else changes them."""
        return self.needs_said_at is not None

    def leave(self, *, by: User | None, at: datetime) -> None:
        """The person is no longer in the cohort; what they did in it stays."""
        self.left_at, self.left_by = max(at, self.joined_at), by
        self.save(update_fields=["left_at", "left_by"])


class PeopleFileManager(models.Manager["PeopleFile"]):
    def keep(
        self, *, cohort: Cohort, filename: str, table: Table, by: User, at: datetime
    ) -> PeopleFile:
        """A list just handed in, read as its headings and cells suggest; lists past their time go."""
        self.filter(made_at__lt=at - PeopleFile.KEPT_FOR).delete()
        return self.create(
            cohort=cohort,
            uploaded_by=by,
            filename=filename[:200],
            content=packed(table),
            columns=guess_columns(table),
            made_at=at,
        )


class PeopleFile(models.Model):
    """A list of people between being handed in and being brought in or discarded; it is kept for a day at most."""

    KEPT_FOR = timedelta(days=1)

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="people_files")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    filename = models.CharField(max_length=200)
    content = models.TextField(
        help_text="The table, as JSON; once it is brought in, only the rows that were wrong."
    )
    columns = models.JSONField(help_text="What each column is taken for.")
    sectors = models.JSONField(
        default=dict, help_text="People's own words, and the sectors they were said to mean."
    )
    made_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.JSONField(
        default=dict, help_text="Once it is brought in: how many rows went which way."
    )

    objects: ClassVar[PeopleFileManager] = PeopleFileManager()

    class Meta:
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return reverse("cohorts:people_file_detail", args=[self.public_id])

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def table(self) -> Table:
        return unpacked(self.content)

    @property
    def fields(self) -> list[Field]:
        """What each column is taken for."""
        return [Field(value) for value in self.columns]
