"""The inventory of personal data: what is stored, how it is exported, and what erasure does to it.

A test checks that a `Holding` covers each field that refers to a user or membership. The test lists
the exceptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import SignInLink, User
from cohorts.models import Membership
from outbox.models import Message, MessageOverride, OptOut, SuppressedAddress
from outbox.rules import Visibility, visibility_at_least
from privacy import serializers
from privacy.activity_inventory import ACTIVITIES, activities_of
from privacy.holdings import Holding, rows_of_user
from privacy.introduction_inventory import INTRODUCTION_HOLDINGS
from privacy.models import Erasure
from privacy.partnership_inventory import PARTNERSHIP_HOLDINGS
from privacy.relationship_inventory import RELATIONSHIP_HOLDINGS
from privacy.set_inventory import SET_HOLDINGS
from privacy.survey_inventory import SURVEY_HOLDINGS
from privacy.wave_inventory import WAVE_HOLDINGS
from reflections.models import Draft, Experiment, Quote, Reflection, Reply, Tombstone
from workshops.models import Announcement, Attendance, AvailabilityAnswer, CalendarFeed


def replies_to(user: User) -> QuerySet[Any]:
    """Return the replies to the user's reflections, the user's own replies among them."""
    rows = Reply.objects.filter(reflection__author=user).order_by("pk")
    return rows.select_related("author", "reflection__author", "reflection__cohort")


def announcements_of(user: User) -> QuerySet[Any]:
    """Return the announcements that the user wrote, or that were addressed to them by name."""
    rows = Announcement.objects.filter(Q(written_by=user) | Q(addressees__user=user))
    rows = rows.select_related("cohort", "material").defer("material__content")
    return rows.distinct().order_by("pk")


def bounces_of(user: User) -> QuerySet[Any]:
    """Return the suppressed addresses that are the user's or were suppressed by mail to them."""
    return SuppressedAddress.objects.filter(
        Q(address=user.email) | Q(message__recipient=user)
    ).order_by("pk")


DATA_INVENTORY = (
    Holding(
        name="account",
        title=_("Your account"),
        title_for_others=_("Their account"),
        fate=_(
            "Name and address are deleted. An empty account that nobody can open stays, so that "
            "figures don’t change."
        ),
        covers=(),
        rows=lambda user: [user],
        facts=serializers.account,
        stays=True,
    ),
    Holding(
        name="addresses",
        title=_("The e-mail address you sign in with"),
        title_for_others=_("The e-mail address they sign in with"),
        covers=("account.EmailAddress.user",),
        rows=rows_of_user(EmailAddress, "user"),
        facts=serializers.address,
    ),
    Holding(
        name="sign-in-links",
        title=_("Sign-in links that were e-mailed to you"),
        title_for_others=_("Sign-in links that were e-mailed to them"),
        covers=("accounts.SignInLink.user",),
        rows=rows_of_user(SignInLink, "user"),
        facts=serializers.sign_in_link,
        about=_("The links themselves are not stored."),
    ),
    Holding(
        name="cohorts",
        title=_("Cohorts you are or were in"),
        title_for_others=_("Cohorts they are or were in"),
        fate=_(
            "A record that somebody from your organisation was in it stays. Job title and needs "
            "are deleted."
        ),
        fate_for_others=_(
            "A record that somebody from their organisation was in it stays. Job title and needs "
            "are deleted."
        ),
        covers=("cohorts.Membership.user",),
        rows=rows_of_user(Membership, "user", "cohort", "organisation"),
        facts=serializers.membership,
        stays=True,
    ),
    Holding(
        name="workshops",
        title=_("Workshops: whether you said you’d come, and whether you came"),
        title_for_others=_("Workshops: whether they said they’d come, and whether they came"),
        fate=_("The register stays, without your name. Your messages with apologies are deleted."),
        fate_for_others=_(
            "The register stays, without their name. Their messages with apologies are deleted."
        ),
        covers=("workshops.Attendance.membership",),
        rows=rows_of_user(Attendance, "membership__user", "workshop__cohort"),
        facts=serializers.attendance,
        stays=True,
    ),
    Holding(
        name="when-you-are-free",
        title=_("When you said you can’t come"),
        title_for_others=_("When they said they can’t come"),
        covers=("workshops.AvailabilityAnswer.membership",),
        rows=lambda user: rows_of_user(AvailabilityAnswer, "membership__user", "poll__cohort")(
            user
        ).prefetch_related("unavailable"),
        facts=serializers.availability,
    ),
    *SURVEY_HOLDINGS,
    *WAVE_HOLDINGS,
    *RELATIONSHIP_HOLDINGS,
    *SET_HOLDINGS,
    *INTRODUCTION_HOLDINGS,
    *PARTNERSHIP_HOLDINGS,
    Holding(
        name="reflections",
        title=_("Your reflections"),
        title_for_others=_("Their reflections"),
        covers=("reflections.Reflection.author",),
        rows=lambda user: rows_of_user(Reflection, "author", "cohort", "workshop")(
            user
        ).prefetch_related("audience_periods"),
        facts=serializers.reflection,
        is_private=True,
    ),
    Holding(
        name="replies",
        title=_("Your replies to others"),
        title_for_others=_("Their replies to others"),
        covers=("reflections.Reply.author",),
        rows=rows_of_user(Reply, "author", "author", "reflection__author", "reflection__cohort"),
        facts=serializers.reply,
        is_private=True,
    ),
    Holding(
        name="replies-to-you",
        title=_("Other people’s replies to you"),
        title_for_others=_("Other people’s replies to them"),
        fate=_("They are deleted with what they reply to."),
        covers=(),
        rows=replies_to,
        facts=serializers.reply,
        about=_("These are other people’s words, written to you. Treat them with care."),
        is_private=True,
    ),
    Holding(
        name="drafts",
        title=_("Your unfinished drafts"),
        title_for_others=_("Their unfinished drafts"),
        covers=("reflections.Draft.author",),
        rows=rows_of_user(Draft, "author", "cohort", "workshop"),
        facts=serializers.draft,
        is_private=True,
    ),
    Holding(
        name="experiments",
        title=_("Your experiments"),
        title_for_others=_("Their experiments"),
        covers=("reflections.Experiment.author",),
        rows=rows_of_user(Experiment, "author", "cohort", "workshop", "look_back_workshop"),
        facts=serializers.experiment,
        is_private=True,
    ),
    Holding(
        name="words-offered",
        title=_("Quotes you offered to a report"),
        title_for_others=_("Quotes they offered to a report"),
        fate=_("They are deleted. A frozen report keeps what is printed in it, without your name."),
        fate_for_others=_(
            "They are deleted. A frozen report keeps what is printed in it, without their name."
        ),
        covers=("reflections.Quote.author",),
        rows=rows_of_user(Quote, "author", "cohort"),
        facts=serializers.quote,
        is_private=True,
    ),
    Holding(
        name="that-you-wrote",
        title=_("A record that you wrote something you later deleted"),
        title_for_others=_("A record that they wrote something they later deleted"),
        fate=_("It stays, without words or a name, so that figures don’t change."),
        covers=("reflections.Tombstone.author",),
        rows=rows_of_user(Tombstone, "author", "cohort", "workshop"),
        facts=serializers.tombstone,
        stays=True,
        is_private=True,
    ),
    Holding(
        name="e-mails",
        title=_("E-mails to you"),
        title_for_others=_("E-mails to them"),
        fate=_("Address and text are deleted. A record that one was sent, and when, stays."),
        covers=("outbox.Message.recipient",),
        rows=lambda user: rows_of_user(Message, "recipient")(user).filter(
            visibility_at_least(Visibility.RECIPIENTS)
        ),
        facts=serializers.message,
        about=_("Their full text, without the links that were for you alone."),
        stays=True,
    ),
    Holding(
        name="e-mails-for-you-alone",
        title=_(
            "Other e-mails, which nobody else is told about: surveys, experiments, replies to you"
        ),
        title_for_others=_(
            "Other e-mails, which nobody else is told about: surveys, experiments, replies to them"
        ),
        fate=_("Address and text are deleted. A record that one was sent, and when, stays."),
        covers=(),
        rows=lambda user: rows_of_user(Message, "recipient")(user).exclude(
            visibility_at_least(Visibility.RECIPIENTS)
        ),
        facts=serializers.message,
        about=_(
            "Their full text. Knowing that you got one would tell others what you did, or have not "
            "done."
        ),
        stays=True,
        is_private=True,
    ),
    Holding(
        name="notes-to-you",
        title=_("Notes that facilitators added for you alone"),
        title_for_others=_("Notes that facilitators added for them alone"),
        covers=("outbox.MessageOverride.recipient",),
        rows=rows_of_user(MessageOverride, "recipient"),
        facts=serializers.note,
    ),
    Holding(
        name="e-mails-you-refuse",
        title=_("E-mails you opted out of"),
        title_for_others=_("E-mails they opted out of"),
        covers=("outbox.OptOut.person",),
        rows=rows_of_user(OptOut, "person"),
        facts=serializers.opt_out,
        is_private=True,
    ),
    Holding(
        name="e-mail-that-came-back",
        title=_("E-mails to you that bounced"),
        title_for_others=_("E-mails to them that bounced"),
        covers=(),
        rows=bounces_of,
        facts=serializers.bounce,
    ),
    Holding(
        name="calendars",
        title=_("Your calendar feed addresses"),
        title_for_others=_("Their calendar feed addresses"),
        covers=("workshops.CalendarFeed.user",),
        rows=rows_of_user(CalendarFeed, "user"),
        facts=serializers.feed,
        about=_("The addresses themselves are secret, and not stored."),
    ),
    Holding(
        name="messages-of-facilitators",
        title=_("Messages to a cohort that you wrote, or that were sent to you by name"),
        title_for_others=_(
            "Messages to a cohort that they wrote, or that were sent to them by name"
        ),
        fate=_("They stay with the cohort, without your name, until the cohort’s data is deleted."),
        fate_for_others=_(
            "They stay with the cohort, without their name, until the cohort’s data is deleted."
        ),
        covers=("workshops.Announcement.written_by", "workshops.Announcement.addressees"),
        rows=announcements_of,
        facts=serializers.announcement,
        stays=True,
    ),
    Holding(
        name="what-you-did",
        title=_("What you did for others: plans, registers, messages"),
        title_for_others=_("What they did for others: plans, registers, messages"),
        fate=_("It stays, without your name."),
        fate_for_others=_("It stays, without their name."),
        covers=tuple(ACTIVITIES),
        rows=activities_of,
        facts=serializers.activity,
        stays=True,
    ),
    Holding(
        name="deletions",
        title=_("What of yours was deleted before"),
        title_for_others=_("What of theirs was deleted before"),
        fate=_("It stays, without your name."),
        fate_for_others=_("It stays, without their name."),
        covers=("privacy.Erasure.person",),
        rows=rows_of_user(Erasure, "person"),
        facts=serializers.erasure,
        stays=True,
        is_private=True,
    ),
)


@dataclass(frozen=True)
class Counted:
    """A kind of personal data, and the number of items of it that a user has."""

    holding: Holding
    count: int


def counted(user: User) -> list[Counted]:
    """Count the user's items of each kind of data, leaving out kinds without any.

    Makes a query for each kind of data, and one for each activity.
    """
    found = (Counted(holding, holding.count(user)) for holding in DATA_INVENTORY)
    return [one for one in found if one.count]
