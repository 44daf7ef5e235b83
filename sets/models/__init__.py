from sets.models.change_wishes import ChangeWish
from sets.models.groupings import (
    Grouping,
    GroupingQuerySet,
    Set,
    SetMembership,
    SetMembershipQuerySet,
    SetQuerySet,
)
from sets.models.introductions import (
    Introducee,
    IntroduceeQuerySet,
    Introduction,
    IntroductionOptIn,
    IntroductionOptInQuerySet,
    IntroductionQuerySet,
    IntroductionRound,
)
from sets.models.keep_apart import KeepApart
from sets.models.meetings import Meeting, MeetingQuerySet
from sets.models.notes import SetNote, SetNoteQuerySet

__all__ = [
    "ChangeWish",
    "Grouping",
    "GroupingQuerySet",
    "Introducee",
    "IntroduceeQuerySet",
    "Introduction",
    "IntroductionOptIn",
    "IntroductionOptInQuerySet",
    "IntroductionQuerySet",
    "IntroductionRound",
    "KeepApart",
    "Meeting",
    "MeetingQuerySet",
    "Set",
    "SetMembership",
    "SetMembershipQuerySet",
    "SetNote",
    "SetNoteQuerySet",
    "SetQuerySet",
]
