"""The demo's data: three cohorts, created by the same domain functions that the views call.

The functions and the sending loop get times in the past, so that the cohorts have a history.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.text import slugify

from accounts.models import User
from accounts.public_id import new_public_id
from cohorts import needs
from cohorts.enrolment import enrol
from cohorts.models import Cohort, Membership, Organisation, Sector
from home.demo import (
    before_after,
    days_off,
    groups,
    introducing,
    knowing,
    planning,
    reading,
    together,
    trying,
)
from home.demo.roles import DEMO_ROLES
from home.demo.story import Story, send
from home.demo.workshop_day import WorkshopDay
from outbox.forecast import due_between
from outbox.preferences.preferences import save_preferences, wanted_kinds
from privacy.retention import set_retention
from programmes.default_programme import get_or_create_default
from programmes.message_templates import DEFAULT_CONTENT
from programmes.models import Programme
from programmes.text_validation import name_key
from reflections.context import Place
from reflections.drafts import autosave
from reports.reflection_rate import store_bands
from surveys.before_after.release import release_due_waves
from surveys.before_after.retention import delete_expired
from surveys.release import release_due
from workshops.models import Workshop
from workshops.planning.constraints import KeepClear, constraints_for
from workshops.planning.default_recurrence import next_thursday
from workshops.planning.proposals import propose
from workshops.planning.scheduling import create_cohort, schedule_series
from workshops.times import Arrangement, HalfDay, Recurrence

HERE = Path(__file__).parent
ZONE = ZoneInfo("Europe/London")
# The weeks between two workshops of a cohort.
WEEKS = 3
# How long before its first workshop a cohort is created.
MADE_BEFORE = timedelta(weeks=6)
# Every message of a cohort is due within this time after the dates were set.
NEVER = timedelta(days=400)
# The participant who gets e-mails as plain text only.
WANTS_TEXT = "Bryn Hughes"


@dataclass
class Demo:
    """A builder of the demo's data as of `now`.

    Two builds with the same `now` differ only in their public ids, because `chance` is seeded.
    `story` is the schedule of the demo's events. `mornings` are the scheduled times of sending
    digests of replies. `unused_notes` maps membership pks to the notes that the member has not
    written yet, so that nobody writes the same note twice.
    """

    now: datetime
    chance: random.Random = field(default_factory=lambda: random.Random(1848))
    story: Story = field(default_factory=Story)
    words: dict[str, Any] = field(default_factory=lambda: read("words.toml"))
    mornings: set[datetime] = field(default_factory=set)
    unused_notes: dict[int, list[str]] = field(default_factory=dict)

    @transaction.atomic
    def build(self) -> list[Cohort]:
        """Create the cohorts, then run the events that were scheduled until `now`."""
        places = read("places.toml")
        self.make_organisations(places["organisations"])
        names = sorted({name for place in places["cohorts"] for name in place["facilitators"]})
        staff = {name: User.objects.create_user(address_of(name), name) for name in names}
        keeper = next(role for role in DEMO_ROLES if role.name == "administrator")
        administrator = User.objects.create_superuser(keeper.email, "Sam Whitlock")
        programme = get_or_create_default()
        programme.save_message_template(
            "day-before", DEFAULT_CONTENT | {"body": self.words["day_before"]}
        )
        days_off.create_closed_days(by=administrator, around=self.now.date())
        cohorts = [
            self.make_cohort(place, programme, staff, administrator) for place in places["cohorts"]
        ]
        self.story.run(until=self.now)
        release_due(at=self.now)
        release_due_waves(at=self.now)
        delete_expired(at=self.now)
        self.read_comments(cohorts[:2], administrator)
        store_bands(at=self.now)
        reason = "The university that walks with us asks people again after a year."
        set_retention(cohort=cohorts[0], months=18, reason=reason, by=administrator, at=self.now)
        return cohorts

    def read_comments(self, cohorts: list[Cohort], administrator: User) -> None:
        """Review all comments of surveys except one, and reply to the feedback of each cohort."""
        words = self.words["feedback"]
        for cohort in cohorts:
            surveys = reading.read_comments(
                cohort,
                reason=words["hidden_because"],
                leave_one=cohort == cohorts[-1],
                by=administrator,
                at=self.now,
            )
            facilitator = cohort.memberships.facilitating()[0].user
            reading.reply(surveys[0], words["reply"].strip(), by=facilitator, at=self.now)

    def send_the_morning_after(self, moment: datetime) -> None:
        """Schedule a run of the sending loop at 9am on the day after `moment`."""
        morning = nine_am(moment.astimezone(ZONE).date() + timedelta(days=1))
        if morning not in self.mornings:
            self.mornings.add(morning)
            self.story.at(morning, partial(send, morning))

    def make_organisations(self, by_sector: dict[str, list[str]]) -> None:
        Organisation.objects.bulk_create(
            Organisation(name=name, name_key=name_key(name), sector=Sector(sector))
            for sector, names in by_sector.items()
            for name in names
        )

    def make_cohort(
        self,
        place: dict[str, Any],
        programme: Programme,
        staff: dict[str, User],
        administrator: User,
    ) -> Cohort:
        """Create a cohort with its members, and schedule its events."""
        first = first_day(place["stage"], self.now)
        made = min(nine_am(first) - MADE_BEFORE, self.now - timedelta(days=6))
        staff_here = [staff[name] for name in place["facilitators"]]
        cohort = create_cohort(
            programme=programme,
            name=f"{place['name']}, {season(first)}",
            place=place["place"],
            time_zone=ZONE.key,
            capacity=24,
            funder=place["funder"],
            funder_reference=place["funder_reference"],
            facilitators=staff_here,
            by=staff_here[0],
            at=made,
        )
        if place["stage"] == "running":
            planning.keep_latest_survey_open(cohort)
            planning.add_questions(cohort, self.words["own_question"])
        for name, job_title, organisation in place["people"]:
            member = enrol(
                cohort=cohort,
                email=address_of(name),
                name=name,
                organisation=Organisation.objects.named(organisation),
                job_title=job_title,
                by=administrator,
                at=made + timedelta(days=1),
            )
            if self.chance.random() < 0.6:
                self.save_needs_of(member, made + timedelta(days=2))
            if name == WANTS_TEXT:
                at = made + timedelta(days=2)
                save_preferences(
                    person=member.user, wanted=wanted_kinds(member.user), text_only=True, at=at
                )
        if place["stage"] == "planned":
            self.poll_cohort(cohort, first, staff_here[0])
        else:
            self.run_workshops(
                cohort, Recurrence(first, WEEKS, HalfDay.MORNING, ZONE), place["venue"], made
            )
            together.schedule(cohort, place["stage"], self.story, until=self.now)
        if place["stage"] == "finished":
            knowing.schedule(cohort, self.story, until=self.now)
        if place["stage"] == "running":
            self.change_running_cohort(cohort, staff_here[-1])
            knowing.schedule_open_round(
                cohort, self.story, silent=trying.PARTICIPANT, until=self.now
            )
            introducing.schedule(cohort, self.words["introductions"], self.story, now=self.now)
        return cohort

    def save_needs_of(self, member: Membership, at: datetime) -> None:
        has_any = self.chance.random() < 0.4
        words = self.chance.choice(self.words["needs"]) if has_any else ""
        needs.save_needs(membership=member, needs=words, named=self.chance.random() < 0.5, at=at)

    def poll_cohort(self, cohort: Cohort, first: date, asker: User) -> None:
        """Schedule an availability poll two days ago.

        Also schedules the answers of two thirds of the participants, and one bounced e-mail.
        """
        asked_at = self.now - timedelta(days=2)
        self.story.at(asked_at, partial(planning.open_poll, cohort, first, by=asker, at=asked_at))
        self.story.at(asked_at + timedelta(seconds=1), partial(send, asked_at))
        members = list(cohort.memberships.participating().by_name())
        answering = self.chance.sample(members, round(len(members) * 2 / 3))
        # Facilitators may correct the address only of a person who has not used their account.
        silent = next(
            member
            for member in members
            if member not in answering and not member.has_said_needs and not member.user.acted_at
        )
        came_back = asked_at + timedelta(minutes=4)
        self.story.at(came_back, partial(planning.record_bounce_of, silent, at=came_back))
        for number, member in enumerate(answering, 1):
            at = asked_at + timedelta(hours=2 * number)
            self.story.at(at, partial(planning.answer_poll, member, self.chance, at))

    def change_running_cohort(self, cohort: Cohort, facilitator: User) -> None:
        """Schedule a facilitator's recent actions, and a participant's unfinished draft.

        The facilitator moves the last workshop, skips its first reminder, adds materials and a note
        to the next workshop, and sends an announcement. Somebody without an e-mail address walked
        in to the third workshop.
        """
        moved_at, handed_out_at = self.now - timedelta(days=12), self.now - timedelta(days=5)
        wrote_at = datetime.combine((self.now - timedelta(days=3)).date(), time(16, 40), ZONE)
        last = cohort.workshops.latest("position")
        coming = cohort.workshops.get(position=4)
        self.story.at(moved_at, partial(planning.move_by_a_week, last, by=facilitator, at=moved_at))
        self.story.at(moved_at + timedelta(seconds=1), partial(send, moved_at))
        self.story.at(
            moved_at, partial(planning.skip_first_reminder, last, by=facilitator, at=moved_at)
        )
        self.story.at(
            handed_out_at, partial(planning.add_materials, coming, by=facilitator, at=handed_out_at)
        )
        self.story.at(
            handed_out_at,
            partial(
                planning.add_note,
                coming,
                self.words["word_before"],
                by=facilitator,
                at=handed_out_at,
            ),
        )
        self.story.at(
            wrote_at,
            partial(
                planning.send_announcement,
                cohort,
                self.words["announcement"],
                by=facilitator,
                at=wrote_at,
            ),
        )
        self.story.at(wrote_at + timedelta(seconds=1), partial(send, wrote_at))
        third = cohort.workshops.get(position=3)
        if third.slot:
            at = third.slot.starts_at + timedelta(minutes=10)
            self.story.at(at, partial(planning.add_walk_in, third, by=facilitator, at=at))
        self.add_unfinished_draft(third)

    def add_unfinished_draft(self, workshop: Workshop) -> None:
        """Schedule the saving of a draft by the demo's participant a day ago."""
        at = self.now - timedelta(days=1)
        words = autosave.DraftContent(self.words["unfinished"].strip(), at)
        place = Place(workshop.cohort, workshop, workshop.prompt_list[0])
        author = workshop.cohort.memberships.get(user__email=trying.PARTICIPANT).user
        self.story.at(
            at,
            partial(
                autosave.save_draft,
                by=author,
                entry=new_public_id(),
                place=place,
                content=words,
                at=at,
            ),
        )

    def run_workshops(
        self, cohort: Cohort, recurrence: Recurrence, venue: str, made: datetime
    ) -> None:
        """Set the dates of the workshops, and schedule the events around each workshop.

        The dates are set 25 hours after the cohort was created.
        """
        workshops = list(cohort.workshops.all())
        dated = made + timedelta(days=1, hours=1)
        lengths = [workshop.length_minutes for workshop in workshops]
        # Ignore closed days until `ahead`, so that no past workshop is moved off the day that the
        # recurrence gives it.
        ahead = self.now.date() + timedelta(days=12)
        known = constraints_for(cohort, keep_clear=frozenset(KeepClear), moment=dated)
        constraints = replace(
            known, closed={day: why for day, why in known.closed.items() if day > ahead}, busy=()
        )
        slots = [one.slot for one in propose(recurrence, lengths, constraints) if one.slot]
        plan = {
            workshop.position: Arrangement(slot, venue, "")
            for workshop, slot in zip(workshops, slots, strict=True)
        }
        schedule_series(cohort=cohort, arrangements=plan, at=dated)
        self.story.at(dated, partial(send, dated))
        for due in {one.due_at for one in due_between(cohort.pk, dated, dated + NEVER)}:
            self.story.at(due + timedelta(seconds=1), partial(send, due))
        members = list(cohort.memberships.by_name())
        for workshop, slot in zip(workshops, slots, strict=True):
            WorkshopDay(self, workshop, slot, members).attend()
        before_after.schedule(cohort, self.words["before_after"], self.story, until=self.now)
        groups.schedule(cohort, self.words["sets"], self.story, until=self.now)


def address_of(name: str) -> str:
    """Return an e-mail address made from the name, at a domain that is reserved for examples."""
    return f"{slugify(name).replace('-', '.')}@example.org"


def read(name: str) -> dict[str, Any]:
    """Return the content of a TOML file in this folder."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def first_day(stage: str, now: datetime) -> date:
    """Return the day of a cohort's first workshop, a Thursday.

    The finished cohort ended about a month ago. The running one has its fourth workshop in about a
    week. The planned one begins in about nine weeks.
    """
    today = now.astimezone(ZONE).date()
    thursday = next_thursday(today + timedelta(days=4))
    weeks = {"finished": -4 - 5 * WEEKS, "running": -3 * WEEKS, "planned": 8}[stage]
    return thursday + timedelta(weeks=weeks)


def nine_am(day: date) -> datetime:
    return datetime.combine(day, time(9), ZONE)


def season(day: date) -> str:
    """Return, for example, “autumn 2026”."""
    names = ("winter", "spring", "summer", "autumn")
    return f"{names[day.month % 12 // 3]} {day.year}"
