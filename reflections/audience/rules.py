"""The rule for who can read a shared entry, as query conditions.

A member of the audience can read an entry if they belonged to the audience when it was shared and
have not left it before the last edit. People who join later don't see it. People who leave see
nothing shared or edited after that, not even if they come back.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, TextChoices, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from cohorts.models import Membership, MembershipQuerySet

Moment = datetime | OuterRef


class Audience(TextChoices):
    """The audiences of an entry, narrowest first. None includes employers, sponsors or funders."""

    ONLY_ME = "me", _("Only me")
    FACILITATORS = "facilitators", _("My facilitators")
    COHORT = "cohort", _("My cohort")

    def is_wider_than(self, other: str) -> bool:
        order = list(Audience)
        return order.index(self) > order.index(Audience(other))

    @property
    def owner_label(self) -> str:
        """Return the audience as a heading for the author."""
        return str(OWNER_LABELS[self])

    @property
    def author_tag(self) -> str:
        """Return a label for the author that says who can read the entry."""
        return str(AUTHOR_TAGS[self])

    @property
    def reader_tag(self) -> str:
        """Return a label for a reader that says who can read the entry."""
        return str(READER_TAGS[self])

    @property
    def tag_class(self) -> str:
        return TAG_CLASSES[self]


OWNER_LABELS = {
    Audience.ONLY_ME: _("Only you"),
    Audience.FACILITATORS: _("Your facilitators"),
    Audience.COHORT: _("Your cohort"),
}
AUTHOR_TAGS = {
    Audience.ONLY_ME: _("Only you can read this"),
    Audience.FACILITATORS: _("Shared with your facilitators"),
    Audience.COHORT: _("Shared with your cohort"),
}
READER_TAGS = {
    Audience.ONLY_ME: _("Only the author can read this"),
    Audience.FACILITATORS: _("Shared with the facilitators"),
    Audience.COHORT: _("Shared with the cohort"),
}
TAG_CLASSES = {
    Audience.ONLY_ME: "tag",
    Audience.FACILITATORS: "tag good",
    Audience.COHORT: "tag sun",
}


def can_read_as_member(memberships: MembershipQuerySet, through: str = "") -> Q:
    """Return a condition on entries: they are shared and the members can read them.

    `memberships` are one person's memberships of the entry's cohort, as a correlated queryset.
    `through` is the lookup path from the filtered model to the entry, such as "reflection__".
    """
    return ~Q(**{f"{through}audience": Audience.ONLY_ME}) & in_audience(
        memberships,
        OuterRef(f"{through}audience"),
        shared_at=OuterRef(f"{through}shared_at"),
        changed_at=OuterRef(f"{through}changed_at"),
    )


def in_audience(
    memberships: MembershipQuerySet,
    audience: str | OuterRef,
    *,
    shared_at: Moment,
    changed_at: Moment,
) -> Q:
    """Return the rule as a condition on one entry's values, or on references to its columns."""
    left_before_edit = memberships.filter(
        belongs_to(audience), left_at__gt=shared_at, left_at__lte=changed_at
    )
    was_there = in_audience_at(memberships, audience, at=shared_at)
    return was_there & ~Q(Exists(left_before_edit.filter(~Exists(continuation(audience)))))


def in_audience_at(memberships: MembershipQuerySet, audience: str | OuterRef, *, at: Moment) -> Q:
    """Return a condition: the person belonged to the audience at that time."""
    return Q(
        Exists(memberships.filter(belongs_to(audience), lasting_beyond(at), joined_at__lte=at))
    )


def belongs_to(audience: str | OuterRef) -> Q:
    """Return a condition on memberships.

    Everybody belongs to a cohort's audience, whatever their role.
    """
    given = Value(str(audience)) if isinstance(audience, str) else audience
    return Q(role=Membership.Role.FACILITATOR) | Q(Exact(given, Value(Audience.COHORT.value)))


def continuation(audience: str | OuterRef) -> MembershipQuerySet:
    """Return memberships that begin when the outer one ends, such as after a change of role."""
    outer_audience = audience if isinstance(audience, str) else OuterRef(audience)
    same_person = Membership.objects.filter(user=OuterRef("user"), cohort=OuterRef("cohort"))
    return same_person.filter(
        belongs_to(outer_audience),
        lasting_beyond(OuterRef("left_at")),
        joined_at__lte=OuterRef("left_at"),
    )


def lasting_beyond(moment: Moment) -> Q:
    return Q(left_at=None) | Q(left_at__gt=moment)
