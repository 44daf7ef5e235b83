"""The events of one cohort, after which Convenor has sent at least one e-mail of every kind.

Tests read these e-mails, and bin/screenshots.py takes pictures of them. If you add a kind, add an
event here that sends it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage

from django.test import Client
from django.urls import reverse

from accounts.after_response import wait_for_work
from accounts.models import User
from cohorts.enrolment import change_address, enrol, organisation_named
from cohorts.models import Cohort
from outbox.delivery.loop import take_turn
from outbox.models import Message, MessageOverride
from partnerships import actions as partnerships
from partnerships.actions import OutsideContact
from partnerships.agreement import agree
from partnerships.contacts import stop_asking
from partnerships.models import Party
from privacy.models import Notice
from programmes.default_programme import get_or_create_default
from reflections import entries
from reflections.experiments.actions import start
from reflections.models import Audience
from relationships.models import Round
from relationships.opening import open_round
from relationships.planning import plan_rounds_of
from sets.meetings import cancel_meeting, meeting_version, plan_meeting
from sets.models import Grouping, Meeting, Set, SetMembership
from sets.notes import save_wish
from sets.publishing import publish, publish_version
from surveys.before_after.colleagues import name_colleague
from surveys.before_after.switching import follow_features
from tests.outbox.cast import Cast
from tests.outbox.clock import ZONE, by_the_clock, clock_at
from tests.outbox.introducing import introduction_events
from ui.dates import months_after
from workshops.availability import polls
from workshops.changes import change_log, rescheduling
from workshops.messages import announcements
from workshops.messages.announcement_audience import audience_of
from workshops.models import Announcement, Workshop
from workshops.planning.scheduling import create_cohort, schedule_series, update_content
from workshops.times import Arrangement, HalfDay, Slot, local_moment

COLLEAGUE = "chris.webb@example.org"
FIRST = date(2027, 2, 18)
WEEKS = 3
# When people start something together.
STARTED = date(2027, 6, 10)


def slot(number: int) -> Slot:
    day = FIRST + timedelta(weeks=WEEKS * number)
    starts = local_moment(day, HalfDay.MORNING.starts, ZONE)
    return Slot(starts, starts + timedelta(hours=3, minutes=30))


@dataclass
class Story:
    """A cohort and its people. `play` runs the sending loop after each event."""

    cast: Cast
    cohort: Cohort
    participant: User
    administrator: User

    @classmethod
    def begin(cls, cast: Cast) -> Story:
        administrator = User.objects.create_superuser(
            "ada.administrator@example.org", "Ada Administrator"
        )
        made = by_the_clock(date(2027, 1, 4), 10)
        cohort = create_cohort(
            programme=get_or_create_default(),
            name=cast.cohort,
            place="the North East",
            time_zone=ZONE.key,
            capacity=22,
            facilitators=[
                User.objects.create_user(f"facilitator-{number}@example.org", name)
                for number, name in enumerate(cast.facilitators, 1)
            ],
            by=administrator,
            at=made,
        )
        member = enrol(
            cohort=cohort,
            email="amina@example.org",
            name=cast.participant,
            by=administrator,
            at=made,
        )
        User.objects.filter(pk=member.user_id).update(text_only=cast.text_only)
        if cast.title:
            cohort.workshops.filter(position=1).update(title=cast.title)
        return cls(cast, cohort, User.objects.get(pk=member.user_id), administrator)

    def play(self) -> None:
        first = FIRST
        for moment, deed in (
            (by_the_clock(date(2027, 1, 5), 9), self.open_poll),
            (by_the_clock(date(2027, 1, 13), 9), nothing),  # the nudge
            (by_the_clock(date(2027, 1, 18), 10), self.plan),
            (by_the_clock(date(2027, 1, 20), 10), self.change_workshops),
            (by_the_clock(date(2027, 1, 21), 10), self.reinstate),
            (by_the_clock(date(2027, 1, 22), 10), self.rename),
            (by_the_clock(first - timedelta(days=9), 9), self.ask_who_they_know),
            (by_the_clock(first - timedelta(days=8), 9), self.ask_before_and_after),
            (by_the_clock(first - timedelta(days=7), 9), self.add_a_note),
            (by_the_clock(first - timedelta(days=6), 9), self.start_experiment),
            (by_the_clock(first - timedelta(days=2), 12), self.announce_to_silent),
            (by_the_clock(first - timedelta(days=1), 9), nothing),
            (by_the_clock(first, 13, 30), nothing),  # the survey, half an hour after the end
            (by_the_clock(first + timedelta(days=1), 18), self.reply_to_entries),
            (by_the_clock(first + timedelta(days=2), 8), nothing),  # the notice of replies
            (by_the_clock(first + timedelta(days=2), 12), self.publish_set),
            (by_the_clock(first + timedelta(days=3), 9), self.cancel_meeting),
            (by_the_clock(first + timedelta(days=4), 9), self.give_notice),
            (by_the_clock(first + timedelta(days=6), 9), nothing),  # the second reminder
            *introduction_events(self),
            (by_the_clock(first + timedelta(weeks=5 * WEEKS, days=1), 9), nothing),  # a colleague
            (by_the_clock(STARTED, 10), self.start_together),
            (by_the_clock(STARTED + timedelta(days=7), 10), nothing),  # the reminder to agree
            (by_the_clock(STARTED + timedelta(days=8), 11), self.agree_together),
            (by_the_clock(months_after(STARTED, 3), 9), nothing),  # how is it going?
            (by_the_clock(months_after(STARTED, 3) + timedelta(days=7), 9), nothing),
        ):
            deed(moment)
            take_turn(clock_at(moment))

    def open_poll(self, at: datetime) -> None:
        polls.open_poll(
            cohort=self.cohort,
            first=FIRST,
            last=FIRST + timedelta(weeks=16),
            weekdays=[1, 2, 3],
            halves=[HalfDay.MORNING],
            closes_at=by_the_clock(date(2027, 1, 15), 23, 59),
            by=self.administrator,
            at=at,
        )

    def plan(self, at: datetime) -> None:
        places = self.cast.places
        arrangements = {
            number + 1: Arrangement(slot(number), *places[number % len(places)])
            for number in range(6)
        }
        schedule_series(cohort=self.cohort, arrangements=arrangements, by=self.administrator, at=at)

    def change_workshops(self, at: datetime) -> None:
        """Move the second workshop, change the third's venue, and cancel the fourth and fifth."""
        second, third = self.workshop(2), self.workshop(3)
        later = Slot(
            *(moment + timedelta(days=1) for moment in (slot(1).starts_at, slot(1).ends_at))
        )
        self.move(
            second,
            Arrangement(later, second.venue, second.joining_link),
            "The hall is flooded that day.",
            at,
        )
        elsewhere = Arrangement(third.slot, self.cast.other_venue, third.joining_link)
        self.move(third, elsewhere, "We are more than we thought.", at)
        for position in (4, 5):
            workshop = self.workshop(position)
            seen = change_log.sequence_token([workshop])
            rescheduling.cancel(
                workshop=workshop,
                seen=seen,
                by=self.administrator,
                at=at,
                reason=self.cast.cancellation_reason,
            )

    def move(self, workshop: Workshop, to: Arrangement, reason: str, at: datetime) -> None:
        seen = change_log.sequence_token([workshop])
        rescheduling.move(
            workshop=workshop,
            arrangement=to,
            seen=seen,
            by=self.administrator,
            at=at,
            reason=reason,
        )

    def reinstate(self, at: datetime) -> None:
        fourth = self.workshop(4)
        seen = change_log.sequence_token([fourth])
        rescheduling.reinstate(
            workshop=fourth, seen=seen, by=self.administrator, at=at, reason="We are well again."
        )

    def rename(self, at: datetime) -> None:
        sixth = self.workshop(6)
        title = f"{sixth.title} ({self.cohort.place})"
        update_content(workshop=sixth, content={"title": title}, by=self.administrator, at=at)

    def add_a_note(self, at: datetime) -> None:
        MessageOverride.objects.create(
            group_id=self.cohort.pk,
            kind="day-before",
            subject_id=self.workshop(1).pk,
            note=self.cast.note,
            noted_at=at,
        )

    def start_experiment(self, at: datetime) -> None:
        """Start an experiment, so that a follow-up e-mail is sent the day before the workshop."""
        start(
            author=self.participant,
            cohort=self.cohort,
            words="Ask, and wait for the answer.",
            at=at,
        )

    def ask_who_they_know(self, at: datetime) -> None:
        """Open a round, for which a cohort needs five people, and send four away again."""
        four = [
            enrol(
                cohort=self.cohort,
                email=f"guest-{number}@example.org",
                name=f"Guest {number}",
                by=self.administrator,
                at=at,
            )
            for number in range(4)
        ]
        plan_rounds_of(self.cohort, at=at)
        first = Round.objects.get(cohort=self.cohort, occasion="start")
        open_round(first, by=self.administrator, at=at)
        for member in four:
            member.leave(by=self.administrator, at=at, silently=True)

    def ask_before_and_after(self, at: datetime) -> None:
        """Switch “Before and after” on; the participant names a colleague."""
        follow_features(self.cohort, at=at)
        member = self.cohort.memberships.get(user=self.participant)
        name_colleague(membership=member, name="Chris Webb", email=COLLEAGUE, at=at)

    def announce_to_silent(self, at: datetime) -> None:
        draft = announcements.save_draft(
            Announcement(
                cohort=self.cohort,
                audience=Announcement.Audience.SILENT,
                workshop=self.workshop(1),
                subject="Lunch on {day}: shall we count you in?",
                body=(
                    "Dear {first_name},\n\nWe order **lunch** tomorrow. Will you be there?\n\n"
                    "Ruth and Tom"
                ),
            ),
            by=self.administrator,
            at=at,
        )
        seen = announcements.send_version(draft, audience_of(draft, at))
        announcements.confirm(draft, seen=seen, by=self.administrator, at=at)

    def reply_to_entries(self, at: datetime) -> None:
        """Share a reflection about a workshop and one about none; a new member replies to each."""
        peer = enrol(
            cohort=self.cohort,
            email="dev@example.org",
            name=self.cast.peer,
            by=self.administrator,
            at=at - timedelta(hours=1),
        ).user
        for workshop in (self.workshop(1), None):
            entry = entries.write(
                author=self.participant,
                cohort=self.cohort,
                workshop=workshop,
                body="I asked what she would do, and waited.",
                audience=Audience.COHORT,
                at=at,
            )
            entries.reply(reflection=entry, author=peer, body="And what did she say?", at=at)

    def publish_set(self, at: datetime) -> None:
        """Publish a set with the two participants, who have a date already."""
        made = {"asked_at": at, "made_at": at, "number_of_sets": 1, "seed": 1}
        grouping = Grouping.objects.create(cohort=self.cohort, **made)
        one = Set.objects.create(grouping=grouping, number=3, changed_at=at)
        for member in self.cohort.memberships.participating():
            SetMembership.objects.create(
                grouping=grouping, set=one, membership=member, joined_at=at
            )
        save_wish(membership=member, text=self.cast.wish, at=at)
        seen = publish_version(grouping)
        publish(grouping=grouping, seen=seen, by=self.administrator, at=at)
        starts = local_moment(at.date() + timedelta(days=9), HalfDay.AFTERNOON.starts, ZONE)
        plan_meeting(
            of=one,
            slot=Slot(starts, starts + timedelta(hours=1)),
            place=self.cast.other_venue,
            joining_link="",
            by=self.participant,
            at=at,
        )

    def cancel_meeting(self, at: datetime) -> None:
        meeting = Meeting.objects.get()
        cancel_meeting(meeting=meeting, seen=meeting_version(meeting), at=at)

    def give_notice(self, at: datetime) -> None:
        """Create the notice that the cohort's data will be deleted in a month."""
        Notice.objects.create(cohort=self.cohort, given_at=at, goes_at=at + timedelta(days=31))

    def start_together(self, at: datetime) -> None:
        """Write down that a peer starts something with the participant and somebody outside."""
        council = organisation_named(name="Sunderland Council", sector="public")
        self.cohort.memberships.update(organisation=council)
        peer = self.cohort.memberships.get(user__email="dev@example.org")
        work = partnerships.start(
            cohort=self.cohort,
            facts={
                "title": self.cast.work[0],
                "what": self.cast.work[1],
                "kind": "information",
                "begun_on": at.date(),
            },
            members=self.cohort.memberships.filter(user=self.participant),
            outside=OutsideContact("Chris Webb", COLLEAGUE, "Wear Homes", "voluntary"),
            by=peer,
            may_be_named=False,
            at=at,
        )
        # So that the participant and the colleague are the two people to ask.
        stop_asking(party=work.parties.get(membership=peer), at=at)

    def agree_together(self, at: datetime) -> None:
        for number, party in enumerate(Party.objects.order_by("pk")):
            agree(party=party, may_be_named=True, at=at + timedelta(minutes=number))

    def workshop(self, position: int) -> Workshop:
        return Workshop.objects.get(cohort=self.cohort, position=position)

    def use_site(self) -> None:
        """Request a sign-in code, and change two addresses, which sends notices.

        The second address is that of somebody who has not used their account.
        """
        client = Client()
        client.post(reverse("account_login"), {"email": self.participant.email})
        wait_for_work()
        client.force_login(self.participant)
        self.participant.refresh_from_db()
        change_address(
            user=self.participant, email="amina.rahman@example.org", by=self.administrator
        )
        newcomer = enrol(
            cohort=self.cohort,
            email="amira@example.org",
            name="Amira Haddad",
            by=self.administrator,
            at=by_the_clock(FIRST, 18),
        ).user
        change_address(user=newcomer, email="amira.haddad@example.org", by=self.administrator)


def nothing(at: datetime) -> None:
    """Do nothing, because only time must pass before the next e-mail is sent."""


# These dicts map the beginning of a subject line to the name of the e-mail.
CALENDAR_SUBJECTS = {
    "Moved: ": "calendar-moved",
    "New place: ": "calendar-another-place",
    "Reinstated: ": "calendar-on-again",
}
SITE_SUBJECTS = {
    "Your Convenor code is ": "sign-in-code",
    "Your e-mail address for Convenor": "address-changed",
    "This is now your e-mail address": "address-new",
}


def by_name(letters: Iterable[EmailMessage]) -> dict[str, EmailMessage]:
    """Return the first e-mail of each name (see `name_of`) to the participant or the colleague."""
    kinds = {message.message_id: message.kind for message in Message.objects.all()}
    found: dict[str, EmailMessage] = {}
    for letter in letters:
        if letter["To"] in ("amina@example.org", "amina.rahman@example.org", COLLEAGUE):
            kind = kinds.get(str(letter["Message-ID"]).strip())
            found.setdefault(name_of(kind, str(letter["Subject"])), letter)
    return found


def name_of(kind: str | None, subject: str) -> str:
    forms = CALENDAR_SUBJECTS if kind else SITE_SUBJECTS
    return next((name for words, name in forms.items() if subject.startswith(words)), kind or "")
