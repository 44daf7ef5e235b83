"""Fixtures: a person with data of every kind, and markers to search for after erasure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from accounts.models import SignInLink, User
from cohorts.importing.table import Table, TableRow
from cohorts.merging import merge
from cohorts.models import Cohort, Membership, Organisation, PeopleFile
from outbox.models import Message, MessageOverride, OptOut, SuppressedAddress
from privacy.models import Erasure, Retention
from programmes.models import Programme
from reflections.models import (
    Audience,
    AudiencePeriod,
    Draft,
    Experiment,
    Quote,
    Reflection,
    Reply,
    Tombstone,
)
from reports.models import FrozenReport, ReportPdf
from surveys.models import (
    Comment,
    FeedbackReply,
    Pseudonym,
    Receipt,
    Response,
    Survey,
)
from tests.factories import MARCH, outcome_for
from tests.privacy.introductions_of import create_introductions_of
from tests.privacy.partnership_records import create_partnership_records
from tests.privacy.rounds_of import create_rounds_of
from tests.privacy.sets_of import create_sets_of
from tests.privacy.waves_of import create_waves_of
from workshops.models import (
    Announcement,
    Attendance,
    AvailabilityAnswer,
    AvailabilityPoll,
    CalendarFeed,
    Change,
    ClosedDays,
    Material,
    Workshop,
)

NAME, EMAIL = "Wren O'Dare-Quill", "wren.odare@quill.example"
WORDS, OTHER_WORDS = "the heron at the weir", "an otter under the bridge"
MARKERS = ("Dare-Quill", EMAIL, WORDS)
BEFORE = MARCH - timedelta(days=40)

# When the cohort of the retention tests ends, its data is to be deleted, and notice is given.
ENDS = datetime(2027, 3, 31, 12, tzinfo=UTC)
DELETION_DUE = datetime(2028, 3, 31, 9, tzinfo=ZoneInfo("Europe/London"))
NOTICE_DUE = DELETION_DUE - timedelta(days=30)


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    """The first workshop of the cohort, which took place a week ago."""
    return make_workshop(cohort, 1, MARCH - timedelta(days=7))


def make_workshop(cohort: Cohort, position: int, starts: datetime) -> Workshop:
    return Workshop.objects.create(
        cohort=cohort,
        position=position,
        title=f"Workshop {position}",
        purpose="To meet.",
        length_minutes=180,
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
        scheduled_at=starts - timedelta(days=30),
    )


def make_message(user: User, cohort: Cohort, number: int, **facts: Any) -> Message:
    """Create a sent message whose text contains the recipient's name and address."""
    letter = {
        "kind": "day-before",
        "key": f"day-before:{number}",
        "recipient": user,
        "group_id": cohort.pk,
        "subject_id": number,
        "made_at": BEFORE,
        "due_at": BEFORE,
        "expires_at": MARCH + timedelta(days=9),
        "try_at": BEFORE,
        "address": user.email,
        "subject": f"For {user.name}",
        "text": f"Dear {user.name}, {WORDS}.\n",
        "html": f"<p>Dear {user.name.replace(chr(39), '&#x27;')}, {WORDS}.</p>",
        "calendar": (
            "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n"
            f"ATTENDEE;CN={user.name}:{user.email}\r\nEND:VCALENDAR\r\n"
        ),
        "sent_at": BEFORE,
    }
    return Message.objects.create(outcome=outcome_for(letter | facts), **letter | facts)


@pytest.fixture
def wren(
    cohort: Cohort,
    council: Organisation,
    programme: Programme,
    workshop: Workshop,
    facilitator: User,
    participant: User,
) -> User:
    """A user with data of every kind: participant here, facilitator elsewhere, and administrator.

    The other cohort has another facilitator, and the site another administrator, because the last
    facilitator or administrator can't be erased.
    """
    user = User.objects.create_superuser(EMAIL, NAME, text_only=True, last_login=BEFORE)
    User.objects.create_superuser("sam@example.org", "Sam")
    EmailAddress.objects.create(user=user, email=EMAIL, primary=True)
    SignInLink.objects.for_key("invitation:9", user)
    member = Membership.objects.create(
        cohort=cohort,
        user=user,
        organisation=council,
        job_title=f"{WORDS}, head of",
        needs=WORDS,
        needs_said_at=BEFORE,
        needs_named=True,
        joined_at=BEFORE,
        added_by=user,
    )
    elsewhere = Cohort.objects.create(
        programme=programme,
        name="Essex",
        place="Essex",
        made_by=user,
        archived_at=MARCH,
        archived_by=user,
    )
    for person in (user, facilitator):
        Membership.objects.create(
            cohort=elsewhere, user=person, role="facilitator", joined_at=BEFORE
        )
    create_texts(user, participant, cohort, workshop)
    create_records_about(user, facilitator, cohort, member, workshop)
    create_records_of_actions(user, participant, elsewhere, workshop)
    create_partnership_records(user, member, council, words=WORDS, at=BEFORE)
    return user


def create_texts(user: User, peer: User, cohort: Cohort, workshop: Workshop) -> None:
    when = {"written_at": BEFORE, "changed_at": BEFORE}
    shared: dict[str, Any] = {"audience": Audience.COHORT, "shared_at": BEFORE, **when}
    about = {"cohort": cohort, "workshop": workshop}
    entry = Reflection.objects.create(author=user, body=WORDS, **about, **shared)
    Reflection.objects.create(author=user, cohort=cohort, body=WORDS, **when)
    AudiencePeriod.objects.create(
        reflection=entry,
        audience=Audience.COHORT,
        began_at=BEFORE,
        shared_at=BEFORE,
        changed_at=BEFORE,
    )
    Reply.objects.create(
        reflection=entry, author=peer, body=f"{OTHER_WORDS}, {NAME}", written_at=BEFORE
    )
    other = Reflection.objects.create(author=peer, body=OTHER_WORDS, **about, **shared)
    Reply.objects.create(reflection=other, author=user, body=WORDS, written_at=BEFORE)
    Draft.objects.create(entry="draft0000001", author=user, body=WORDS, typed_at=BEFORE, **about)
    started = {"started_at": BEFORE, "changed_at": BEFORE}
    Experiment.objects.create(author=user, words=WORDS, **about, **started)
    Experiment.objects.create(
        author=user,
        words=WORDS,
        outcome="tried",
        happened=WORDS,
        learned=WORDS,
        has_learning=True,
        answered_at=BEFORE,
        **about,
        **started,
    )
    Quote.objects.create(
        author=user, cohort=cohort, reflection=entry, words=WORDS, offered_at=BEFORE
    )
    Quote.objects.create(
        author=peer,
        cohort=cohort,
        reflection=other,
        words=OTHER_WORDS,
        offered_at=BEFORE,
        chosen_at=BEFORE,
        chosen_by=user,
    )
    Tombstone.objects.create(author=user, kind=Tombstone.Kind.REFLECTION, **about)


def create_records_about(
    user: User, facilitator: User, cohort: Cohort, member: Membership, workshop: Workshop
) -> None:
    Attendance.objects.create(
        workshop=workshop,
        membership=member,
        answer="apologies",
        answered_at=BEFORE,
        note=WORDS,
        mark="present",
        marked_at=BEFORE,
        marked_by=user,
    )
    poll = AvailabilityPoll.objects.create(
        cohort=cohort,
        first=MARCH.date(),
        last=MARCH.date(),
        weekdays=[0],
        halves=["morning"],
        asked_at=BEFORE,
        asked_by=user,
        closes_at=BEFORE,
        closed_at=BEFORE,
        closed_by=user,
    )
    answer = AvailabilityAnswer.objects.create(poll=poll, membership=member, answered_at=BEFORE)
    answer.unavailable.create(day=MARCH.date(), half="morning")
    survey = Survey.objects.create(workshop=workshop, closing_at=MARCH, closed_by=user)
    Receipt.objects.create(survey=survey, membership=member)
    Response.objects.create(survey=survey, answers={"spoke_openly": 4})
    Response.objects.create(survey=survey, answers={"spoke_openly": 5}, membership=member)
    Comment.objects.create(
        survey=survey,
        question="change",
        text="More time",
        membership=member,
    )
    Comment.objects.create(
        survey=survey,
        question="change",
        text="Less time",
        decision=Comment.Decision.SHOWN,
        read_at=BEFORE,
        read_by=user,
    )
    FeedbackReply.objects.create(
        survey=survey,
        text=f"More time, as {NAME} asked.",
        written_at=BEFORE,
        written_by=user,
    )
    Pseudonym.objects.create(membership=member)
    create_waves_of(user, cohort, member, at=BEFORE, words=WORDS)
    create_sets_of(user, cohort, member, words=WORDS, at=BEFORE)
    create_introductions_of(cohort, member, at=BEFORE)
    create_rounds_of(user, member, at=BEFORE)
    sent = make_message(user, cohort, 1)
    make_message(
        user, cohort, 2, sent_at=None, failed_at=BEFORE, reason=f"550 No such user {EMAIL}"
    )
    make_message(user, cohort, 3, sent_at=None, claim="worker", claimed_until=MARCH)
    make_message(user, cohort, 5, kind="survey-nudge", key="survey-nudge:5")
    names_them = f"Ask {NAME} for the key: {EMAIL}"
    escaped = names_them.replace("'", "&#x27;")
    make_message(
        facilitator,
        cohort,
        4,
        subject=f"From {NAME}",
        text=names_them,
        html=escaped,
        reply_to=f"{EMAIL},ruth@example.org",
    )
    SuppressedAddress.objects.create(
        address=EMAIL, bounced_at=BEFORE, source="report", said=f"550 {EMAIL} unknown", message=sent
    )
    OptOut.objects.create(person=user, kind="survey", at=BEFORE)
    alone = {
        "group_id": cohort.pk,
        "kind": "day-before",
        "noted_by": facilitator,
        "noted_at": BEFORE,
    }
    MessageOverride.objects.create(subject_id=1, recipient=user, note=WORDS, **alone)
    MessageOverride.objects.create(
        subject_id=2,
        note=f"Thanks to {NAME}",
        skipped_at=BEFORE,
        skipped_by=user,
        **alone | {"noted_by": user},
    )
    CalendarFeed.open_for(user, CalendarFeed.Kind.TAKING_PART, at=BEFORE)
    announcement = Announcement.objects.create(
        cohort=cohort,
        subject=f"{NAME} brings cake",
        body=f"Write to {EMAIL}",
        written_at=BEFORE,
        written_by=user,
        confirmed_at=BEFORE,
        confirmed_by=user,
    )
    announcement.addressees.add(member)
    Erasure.objects.create(kind="words", person=user, at=BEFORE, by=user, counts={"drafts": 1})


def create_records_of_actions(
    user: User, peer: User, elsewhere: Cohort, workshop: Workshop
) -> None:
    Programme.objects.create(name="An old one", retired_at=BEFORE, retired_by=user)
    left = Membership.objects.create(
        cohort=elsewhere, user=peer, joined_at=BEFORE, left_at=BEFORE, left_by=user
    )
    table = Table(
        headings=("Name", "Email"),
        rows=(TableRow(2, (NAME, EMAIL)),),
        has_headings=True,
        heading_row=1,
        sheet="",
        notes=(),
    )
    for uploader in (user, peer):
        PeopleFile.objects.upload(
            cohort=elsewhere, filename="p.csv", table=table, by=uploader, at=MARCH
        )
    one, other = (Organisation.objects.create(name=f"Twin {n}", name_key=f"twin {n}") for n in "12")
    merge(one, into=other, by=user, at=MARCH)
    Workshop.objects.filter(pk=workshop.pk).update(cancelled_by=user)
    Change.objects.create(
        workshop=workshop, kind="moved", at=BEFORE, by=user, reason=f"{NAME} can’t come", sequence=1
    )
    ClosedDays.objects.create(
        kind="host", name="Closed", first=MARCH.date(), last=MARCH.date(), made_by=user
    )
    Material.objects.create(
        workshop=workshop,
        title="To read",
        link="https://example.org",
        added_at=BEFORE,
        added_by=user,
    )
    frozen = {"csv": b"Figures", "xlsx": b"Figures", "pdf": None}
    FrozenReport.objects.create(cohort=elsewhere, frozen_at=BEFORE, frozen_by=user, **frozen)
    ReportPdf.objects.create(cohort=elsewhere, asked_at=BEFORE, asked_by=user)
    Retention.objects.create(cohort=elsewhere, months=13, set_at=BEFORE, set_by=user)
    Erasure.objects.create(kind="cohort", person=peer, at=BEFORE, by=user, counts={})
    history = {
        "user": user,
        "action_flag": CHANGE,
        "content_type": ContentType.objects.get_for_model(User),
    }
    LogEntry.objects.create(object_id=str(user.pk), object_repr=NAME, **history)
    LogEntry.objects.create(object_id=str(left.pk), object_repr=f"{NAME} in Essex", **history)


@pytest.fixture
def last_workshop(cohort: Cohort, participant: User, facilitator: User) -> Workshop:
    """The cohort's last workshop, about which the participant and the facilitator have written."""
    Membership.objects.update(joined_at=ENDS - timedelta(days=90), needs="Vegan")
    workshop = make_workshop(cohort, 6, ENDS - timedelta(hours=3))
    for author in (participant, facilitator):
        Reflection.objects.create(
            author=author,
            cohort=cohort,
            workshop=workshop,
            body=WORDS,
            written_at=ENDS,
            changed_at=ENDS,
        )
    Announcement.objects.create(
        cohort=cohort, subject="Well done", body=OTHER_WORDS, written_at=ENDS, confirmed_at=ENDS
    )
    note = {"note": OTHER_WORDS, "noted_at": ENDS, "noted_by": facilitator}
    MessageOverride.objects.create(
        group_id=cohort.pk, kind="day-before", subject_id=workshop.pk, **note
    )
    return workshop


@pytest.fixture
def other_cohort(programme: Programme, facilitator: User) -> Cohort:
    """Another cohort, in which the facilitator has written too."""
    another = Cohort.objects.create(programme=programme, name="Essex", place="Essex", made_at=ENDS)
    Membership.objects.create(cohort=another, user=facilitator, role="facilitator", needs="Coeliac")
    make_workshop(another, 1, DELETION_DUE + timedelta(days=200))
    Reflection.objects.create(
        author=facilitator, cohort=another, body=OTHER_WORDS, written_at=ENDS, changed_at=ENDS
    )
    return another
