"""The rule for who can read a shared reflection or experiment (an “entry”), as `Q` objects.

A person can read an entry if they belonged to its audience when it was shared, and did not leave
the audience between then and the entry's last edit. So joining the audience later gives no access.
Somebody who leaves loses access when the entry is next edited, and coming back doesn't restore it.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, TextChoices, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from cohorts.models import Membership, MembershipQuerySet

Moment = datetime | OuterRef


class Audience(TextChoices):
    """The audiences of an entry, narrowest first. Employers, sponsors and funders are in none."""

    ONLY_ME = "me", _("Only me")
    FACILITATORS = "facilitators", _("My facilitators")
    COHORT = "cohort", _("My cohort")

    def is_wider_than(self, other: str) -> bool:
        order = list(Audience)
        return order.index(self) > order.index(Audience(other))

    @property
    def owner_label(self) -> str:
        """Return a label for the author, such as “Your cohort”."""
        return str(OWNER_LABELS[self])

    @property
    def author_tag(self) -> str:
        """Return a label for the author, such as “Shared with your cohort”."""
        return str(AUTHOR_TAGS[self])

    @property
    def reader_tag(self) -> str:
        """Return a label for a reader, such as “Shared with the cohort”."""
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
    """Return a `Q` object for the shared entries that one person can read.

    `memberships` is a queryset for subqueries: by `OuterRef`, it selects the person's memberships
    of the entry's cohort. `through` is the lookup path from the filtered model to the entry, such
    as "reflection__".
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
    """Return a `Q` object that is true if the person with these memberships can read the entry.

    The other arguments are the entry's values, or `OuterRef`s to its fields. `memberships` is as in
    `can_read_as_member`.
    """
    left_before_edit = memberships.filter(
        belongs_to(audience), left_at__gt=shared_at, left_at__lte=changed_at
    )
    was_there = in_audience_at(memberships, audience, at=shared_at)
    return was_there & ~Q(Exists(left_before_edit.filter(~Exists(continuation(audience)))))


def in_audience_at(memberships: MembershipQuerySet, audience: str | OuterRef, *, at: Moment) -> Q:
    """Return a `Q` object that is true if the person belonged to the audience at the time `at`."""
    return Q(
        Exists(memberships.filter(belongs_to(audience), lasting_beyond(at), joined_at__lte=at))
    )


def belongs_to(audience: str | OuterRef) -> Q:
    """Return a `Q` object for the memberships whose role is part of the audience.

    Facilitators are part of both shared audiences; participants are part only of `Audience.COHORT`.
    """
    given = Value(str(audience)) if isinstance(audience, str) else audience
    return Q(role=Membership.Role.FACILITATOR) | Q(Exact(given, Value(Audience.COHORT.value)))


def continuation(audience: str | OuterRef) -> MembershipQuerySet:
    """Return a subquery for memberships that continue a person's place in the audience.

    The outer query is of memberships that have ended. The subquery finds the same person's
    memberships of the cohort that were active at that time and go on, if their role is part of the
    audience. For example, a change of role ends one membership and begins another.
    """
    outer_audience = audience if isinstance(audience, str) else OuterRef(audience)
    same_person = Membership.objects.filter(user=OuterRef("user"), cohort=OuterRef("cohort"))
    return same_person.filter(
        belongs_to(outer_audience),
        lasting_beyond(OuterRef("left_at")),
        joined_at__lte=OuterRef("left_at"),
    )


def lasting_beyond(moment: Moment) -> Q:
    return Q(left_at=None) | Q(left_at__gt=moment)
