from __future__ import annotations

from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.audience.rules import Audience, can_read_as_member

Entry = TypeVar("Entry", bound=models.Model, covariant=True)


class ShareableQuerySet(models.QuerySet[Entry]):
    def by(self, user: User) -> Self:
        return self.filter(author=user)

    def readable_by(self, user: User) -> Self:
        """Return the objects that the user wrote, or that are shared with them as a member.

        Administrators get no extra access.
        """
        memberships = Membership.objects.filter(user=user, cohort=OuterRef("cohort"))
        return self.filter(Q(author=user) | can_read_as_member(memberships))

    def shared(self) -> Self:
        return self.exclude(audience=Audience.ONLY_ME)

    def shared_with(self, user: User, cohort: Cohort) -> Self:
        """Return the objects that others in the cohort share with the user.

        Selects the related author, workshop and cohort.
        """
        memberships = Membership.objects.filter(user=user, cohort=cohort)
        others = self.filter(can_read_as_member(memberships), cohort=cohort).exclude(author=user)
        return others.select_related("author", "workshop", "cohort")


class Shareable(models.Model):
    """Abstract base of the models that an author may share with their facilitators or cohort."""

    audience = models.CharField(max_length=20, choices=Audience.choices, default=Audience.ONLY_ME)
    shared_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the present audience could first read it.")
    )
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.CheckConstraint, ...]] = (
            models.CheckConstraint(
                condition=(
                    Q(audience=Audience.ONLY_ME, shared_at=None)
                    | Q(
                        audience__in=(Audience.FACILITATORS, Audience.COHORT),
                        shared_at__isnull=False,
                    )
                ),
                name="%(class)s_shared_has_time",
                violation_error_message=_("A shared entry must have a shared_at time."),
            ),
        )

    @property
    def is_shared(self) -> bool:
        return self.audience != Audience.ONLY_ME

    @property
    def audience_choice(self) -> Audience:
        """Return `audience` as an `Audience` member, which has the labels."""
        return Audience(self.audience)
