"""All that is held on a person, kind by kind: what a page counts, an archive holds, and what becomes of it as they go.

A model that points at a person or a membership has its place here; a test holds that none is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Model, Q, QuerySet

from accounts.models import SignInLink, User
from cohorts.models import Membership
from outbox.models import Message, MessageOverride, OptOut, SuppressedAddress
from outbox.rules import Visibility, visible
from privacy import serializers
from privacy.activity_inventory import DOINGS, doings_of
from privacy.models import Erasure
from privacy.serializers import Facts
from reflections.models import Draft, Experiment, Quote, Reflection, Reply, Tombstone
from surveys.models import Receipt
from workshops.models import Announcement, Attendance, AvailabilityAnswer, CalendarFeed


def in_the_third_person(words: str) -> str:
    """“Your reflections”, told of another: “Their reflections”."""
    words = re.sub(r"\b(to|for|signed) you\b", r"\1 them", words).replace("you were", "they were")
    for you, they in (("Your", "Their"), ("your", "their"), ("you", "they")):
        words = re.sub(rf"\b{you}\b", they, words)
    return words.replace("yours", "theirs")


@dataclass(frozen=True)
class Holding:
    """One kind: its files in the archive are called `name`; `facts` writes one thing of it as it is read.

    `covers` names the columns by which the rows are the person's. `fate` says what becomes of them when
    the person goes, and whether their rows stay. Of what `is_private` nobody else is told even if there is any.
    """

    name: str
    title: str
    covers: tuple[str, ...]
    rows: Callable[[User], Iterable[Any]]
    facts: Callable[[Any], Facts]
    about: str = ""
    fate: str = "It goes."
    stays: bool = False
    is_private: bool = False

    def of_another(self) -> Holding:
        """As it is called to somebody else than the person."""
        title, fate = (in_the_third_person(words) for words in (self.title, self.fate))
        return replace(self, title=title, fate=fate)

    def count(self, user: User) -> int:
        rows = self.rows(user)
        return rows.count() if isinstance(rows, QuerySet) else len(list(rows))

    def things(self, user: User) -> Iterator[Facts]:
        """One by one, however many they are."""
        rows = self.rows(user)
        for row in rows.iterator(chunk_size=100) if isinstance(rows, QuerySet) else rows:
            yield self.facts(row)


def own(
    model: type[Model], person: str, *related: str, order: str = "pk"
) -> Callable[[User], QuerySet[Any]]:
    """The model's rows in which this column is the person."""

    def rows(user: User) -> QuerySet[Any]:
        found = model._default_manager.filter(**{person: user})
        return (found.select_related(*related) if related else found).order_by(order)

    return rows


def replies_to(user: User) -> QuerySet[Any]:
    rows = Reply.objects.filter(reflection__author=user).order_by("pk")
    return rows.select_related("author", "reflection__author", "reflection__cohort")


def announcements_of(user: User) -> QuerySet[Any]:
    rows = Announcement.objects.filter(
        Q(written_by=user) | Q(addressees__user=user)
    ).select_related("cohort")
    return rows.distinct().order_by("pk")


def bounces_of(user: User) -> QuerySet[Any]:
    return SuppressedAddress.objects.filter(
        Q(address=user.email) | Q(message__recipient=user)
    ).order_by("pk")


DATA_INVENTORY = (
    Holding(
        name="account",
        title="Your account",
        fate="Name and address go. An empty account that nobody can open stays, so that numbers hold.",
        covers=(),
        rows=lambda user: [user],
        facts=serializers.account,
        stays=True,
    ),
    Holding(
        name="addresses",
        title="The address that you sign in by",
        covers=("account.EmailAddress.user",),
        rows=own(EmailAddress, "user"),
        facts=serializers.address,
    ),
    Holding(
        name="sign-in-links",
        title="E-mailed links that signed you in",
        covers=("accounts.SignInLink.user",),
        rows=own(SignInLink, "user"),
        facts=serializers.sign_in_link,
        about="The links themselves are kept nowhere.",
    ),
    Holding(
        name="cohorts",
        title="Cohorts that you are or were in",
        fate="That somebody from your organisation was in it stays. Job title and needs go.",
        covers=("cohorts.Membership.user",),
        rows=own(Membership, "user", "cohort", "organisation"),
        facts=serializers.membership,
        stays=True,
    ),
    Holding(
        name="workshops",
        title="Workshops: if you said that you come, and came",
        fate="The register stays, without your name. Your words with apologies go.",
        covers=("workshops.Attendance.membership",),
        rows=own(Attendance, "membership__user", "workshop__cohort"),
        facts=serializers.attendance,
        stays=True,
    ),
    Holding(
        name="when-you-are-free",
        title="When you said that you can’t come",
        covers=("workshops.AvailabilityAnswer.membership",),
        rows=lambda user: own(AvailabilityAnswer, "membership__user", "poll__cohort")(
            user
        ).prefetch_related("unavailable"),
        facts=serializers.availability,
    ),
    Holding(
        name="surveys",
        title="Surveys that you answered",
        fate="That somebody answered stays, and so do the answers: nobody can tell which were yours.",
        covers=("surveys.Receipt.membership",),
        rows=own(Receipt, "membership__user", "survey__workshop__cohort"),
        facts=serializers.receipt,
        about=(
            "What you answered is not here. Answers are kept without a name, and nothing ties them to anybody; "
            "so nobody can find yours, not even to give them to you."
        ),
        stays=True,
        is_private=True,
    ),
    Holding(
        name="reflections",
        title="Your reflections",
        covers=("reflections.Reflection.author",),
        rows=lambda user: own(Reflection, "author", "cohort", "workshop")(user).prefetch_related(
            "audience_periods"
        ),
        facts=serializers.reflection,
        is_private=True,
    ),
    Holding(
        name="replies",
        title="What you replied to others",
        covers=("reflections.Reply.author",),
        rows=own(Reply, "author", "author", "reflection__author", "reflection__cohort"),
        facts=serializers.reply,
        is_private=True,
    ),
    Holding(
        name="replies-to-you",
        title="What others replied to you",
        fate="They go with what they answer.",
        covers=(),
        rows=replies_to,
        facts=serializers.reply,
        about="These are other people’s words, written to you. Please treat them as such.",
        is_private=True,
    ),
    Holding(
        name="drafts",
        title="What you are still writing",
        covers=("reflections.Draft.author",),
        rows=own(Draft, "author", "cohort", "workshop"),
        facts=serializers.draft,
        is_private=True,
    ),
    Holding(
        name="experiments",
        title="What you try",
        covers=("reflections.Experiment.author",),
        rows=own(Experiment, "author", "cohort", "workshop", "look_back_workshop"),
        facts=serializers.experiment,
        is_private=True,
    ),
    Holding(
        name="words-offered",
        title="Words that you offered to a report",
        fate="They go. A report that is frozen keeps what is printed in it, without your name.",
        covers=("reflections.Quote.author",),
        rows=own(Quote, "author", "cohort"),
        facts=serializers.extract,
        is_private=True,
    ),
    Holding(
        name="that-you-wrote",
        title="That you wrote something, of which the words are gone",
        fate="It stays, so that numbers hold: no word, no name.",
        covers=("reflections.Tombstone.author",),
        rows=own(Tombstone, "author", "cohort", "workshop"),
        facts=serializers.remains,
        stays=True,
        is_private=True,
    ),
    Holding(
        name="e-mails",
        title="E-mails to you",
        fate="Address and words go. That one was sent, and when, stays.",
        covers=("outbox.Message.recipient",),
        rows=lambda user: own(Message, "recipient")(user).filter(visible(Visibility.RECIPIENTS)),
        facts=serializers.message,
        about="As they read. Links that were for you alone are left out.",
        stays=True,
    ),
    Holding(
        name="e-mails-for-you-alone",
        title="Further e-mails, of which nobody else is told: about surveys, what you try, replies to you",
        fate="Address and words go. That one was sent, and when, stays.",
        covers=(),
        rows=lambda user: own(Message, "recipient")(user).exclude(visible(Visibility.RECIPIENTS)),
        facts=serializers.message,
        about="As they read. That you got one would tell others what you did, or have not done.",
        stays=True,
        is_private=True,
    ),
    Holding(
        name="notes-to-you",
        title="Words that facilitators added for you alone",
        covers=("outbox.MessageOverride.recipient",),
        rows=own(MessageOverride, "recipient"),
        facts=serializers.note,
    ),
    Holding(
        name="e-mails-you-refuse",
        title="E-mails that you don’t want",
        covers=("outbox.OptOut.person",),
        rows=own(OptOut, "person"),
        facts=serializers.refusal,
        is_private=True,
    ),
    Holding(
        name="e-mail-that-came-back",
        title="That e-mail to you came back",
        covers=(),
        rows=bounces_of,
        facts=serializers.bounce,
    ),
    Holding(
        name="calendars",
        title="Addresses for your calendar program",
        covers=("workshops.CalendarFeed.user",),
        rows=own(CalendarFeed, "user"),
        facts=serializers.feed,
        about="The addresses themselves are secret, and kept nowhere.",
    ),
    Holding(
        name="messages-of-facilitators",
        title="Messages to a cohort that you wrote, or were one of those it went to",
        fate="They stay with the cohort, without your name, until its time is over.",
        covers=("workshops.Announcement.written_by", "workshops.Announcement.addressees"),
        rows=announcements_of,
        facts=serializers.announcement,
        stays=True,
    ),
    Holding(
        name="what-you-did",
        title="What you did for others: plans, registers, messages",
        fate="It stays, without your name.",
        covers=tuple(DOINGS),
        rows=doings_of,
        facts=serializers.doing,
        stays=True,
    ),
    Holding(
        name="deletions",
        title="What was deleted of yours before",
        fate="It stays, without your name.",
        covers=("privacy.Erasure.person",),
        rows=own(Erasure, "person"),
        facts=serializers.erasure,
        stays=True,
        is_private=True,
    ),
)


@dataclass(frozen=True)
class Counted:
    """How many things of a kind are held."""

    holding: Holding
    count: int


def counted(user: User) -> list[Counted]:
    """All that is held on them, in numbers; kinds of which there is nothing left out. A few queries a kind."""
    found = (Counted(holding, holding.count(user)) for holding in DATA_INVENTORY)
    return [one for one in found if one.count]
