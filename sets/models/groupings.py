from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership
from workshops.models import Workshop


class GroupingQuerySet(models.QuerySet["Grouping"]):
    def of_sets(self) -> GroupingQuerySet:
        """Return the groupings into sets, without those into tables."""
        return self.filter(workshop=None)

    def of_tables(self) -> GroupingQuerySet:
        return self.filter(workshop__isnull=False)

    def visible_to(self, user: User) -> GroupingQuerySet:
        return self.filter(cohort__in=Cohort.objects.visible_to(user), cohort__uses_sets=True)

    def drafts(self) -> GroupingQuerySet:
        """Return the groupings into sets that are not published."""
        return self.of_sets().filter(published_at=None)

    def published(self) -> GroupingQuerySet:
        """Return the groupings into sets that were published, including those replaced since."""
        return self.of_sets().filter(published_at__isnull=False)

    def current(self) -> GroupingQuerySet:
        """Return the published groupings into sets that no later one has replaced."""
        return self.published().filter(replaced_at=None)


class Grouping(models.Model):
    """A division of a cohort's participants into sets, or into tables for one workshop.

    A worker fills it with sets. A grouping into sets is a draft, which only facilitators see, until
    it is published. A grouping into tables has a workshop and is never published.
    """

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="groupings")
    workshop = models.OneToOneField(
        Workshop,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="tables",
        help_text=gettext_lazy("The workshop that the tables are for. Empty for sets."),
    )
    number_of_sets = models.PositiveSmallIntegerField()
    seed = models.PositiveIntegerField(
        help_text=gettext_lazy("The same people, rules and seed give the same sets.")
    )
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text=gettext_lazy("When the lease of the worker that makes the sets expires."),
    )
    progress = models.PositiveSmallIntegerField(
        default=0, help_text=gettext_lazy("The share of the search that is done, in percent.")
    )
    made_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(
        default=0, help_text=gettext_lazy("Increases with each change to the sets or their rules.")
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    replaced_at = models.DateTimeField(
        null=True, blank=True, help_text=gettext_lazy("When other sets were published instead.")
    )

    objects: ClassVar = GroupingQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("cohort",),
                condition=Q(workshop=None, published_at=None),
                name="grouping_one_draft",
                violation_error_message=gettext_lazy("This cohort has a draft of sets already."),
            ),
            models.UniqueConstraint(
                fields=("cohort",),
                condition=Q(workshop=None, published_at__isnull=False, replaced_at=None),
                name="grouping_one_current",
                violation_error_message=gettext_lazy("This cohort has sets already."),
            ),
            models.CheckConstraint(
                condition=Q(number_of_sets__gte=1),
                name="grouping_has_sets",
                violation_error_message=gettext_lazy("Choose how many sets."),
            ),
            models.CheckConstraint(
                condition=Q(made_at=None) | Q(failed_at=None),
                name="grouping_made_or_failed",
                violation_error_message=gettext_lazy(
                    "Choose when the sets were made or when that failed, but not both."
                ),
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(made_at__isnull=False, workshop=None),
                name="grouping_published_if_made",
                violation_error_message=gettext_lazy(
                    "Only sets that have been made can be published."
                ),
            ),
            models.CheckConstraint(
                condition=Q(replaced_at=None)
                | Q(published_at__isnull=False, replaced_at__gte=F("published_at")),
                name="grouping_replaced_if_published",
                violation_error_message=gettext_lazy("Only published sets can be replaced."),
            ),
            models.CheckConstraint(
                condition=Q(progress__lte=100),
                name="grouping_progress_in_percent",
                violation_error_message=gettext_lazy("Enter a number from 0 to 100."),
            ),
        )

    def __str__(self) -> str:
        if self.workshop_id:
            return _("Tables of %(cohort)s") % {"cohort": self.cohort}
        return _("Sets of %(cohort)s") % {"cohort": self.cohort}

    def get_absolute_url(self) -> str:
        if self.workshop:
            return reverse("sets:table_list", args=[self.workshop.public_id])
        return reverse("sets:set_list", args=[self.cohort.public_id])

    @property
    def is_pending(self) -> bool:
        """Whether a worker has yet to make the sets."""
        return self.made_at is None and self.failed_at is None

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def is_draft(self) -> bool:
        return self.made_at is not None and self.published_at is None

    @property
    def is_of_tables(self) -> bool:
        return self.workshop_id is not None


class SetQuerySet(models.QuerySet["Set"]):
    def visible_to(self, user: User) -> SetQuerySet:
        """Return the published sets of the cohorts that the user can see."""
        return self.filter(grouping__in=Grouping.objects.published().visible_to(user))

    def joined_by(self, user: User) -> SetQuerySet:
        """Return the sets that the user is in now. Somebody who left the cohort is in none."""
        rows = SetMembership.objects.active().filter(membership__user=user)
        return self.filter(pk__in=rows.values("set"))


class Set(models.Model):
    """A small group of a cohort's participants that meets between workshops.

    In a grouping into tables it is a table.
    """

    public_id = PublicIdField()
    grouping = models.ForeignKey(Grouping, on_delete=models.CASCADE, related_name="sets")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(
        gettext_lazy("name"),
        max_length=60,
        blank=True,
        help_text=gettext_lazy("A name that the set chose. Without one, it is “Set 3”."),
    )
    version = models.PositiveIntegerField(
        default=0, help_text=gettext_lazy("Increases when somebody joins or leaves the set.")
    )
    changed_at = models.DateTimeField(
        help_text=gettext_lazy("When somebody last joined or left the set.")
    )

    objects: ClassVar = SetQuerySet.as_manager()

    class Meta:
        ordering = ("number", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("grouping", "number"),
                name="set_number_once",
                violation_error_message=gettext_lazy("There is a set with this number already."),
            ),
        )

    def __str__(self) -> str:
        if self.name:
            return self.name
        if self.grouping.is_of_tables:
            return _("Table %(number)d") % {"number": self.number}
        return _("Set %(number)d") % {"number": self.number}

    def get_absolute_url(self) -> str:
        return reverse("sets:set_detail", args=[self.public_id])


class SetMembershipQuerySet(models.QuerySet["SetMembership"]):
    def active(self) -> SetMembershipQuerySet:
        """Return the memberships of people who are in the set, and in the cohort, now."""
        return self.filter(left_at=None, membership__left_at=None)


class SetMembership(models.Model):
    """A participant's time in a set, from joining until moving to another set.

    Leaving the cohort doesn't set `left_at` here, but on the participant's `Membership`.
    """

    grouping = models.ForeignKey(Grouping, on_delete=models.CASCADE, related_name="places")
    set = models.ForeignKey(Set, on_delete=models.CASCADE, related_name="places")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="set_places")
    is_pinned = models.BooleanField(
        default=False, help_text=gettext_lazy("Stays in the set if the sets are made again.")
    )
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = SetMembershipQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("grouping", "membership"),
                condition=Q(left_at=None),
                name="set_membership_active_once",
                violation_error_message=gettext_lazy("This person is in a set already."),
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("joined_at")),
                name="set_membership_left_after_joining",
                violation_error_message=gettext_lazy(
                    "Enter a leaving time after the joining time."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.set_id}"
