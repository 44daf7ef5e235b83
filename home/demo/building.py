"""Builds the demo: three cohorts with a past, lived through as real ones are.

Nothing is written behind the product's back: people join, are marked, write and answer through the same verbs as the
pages use, and the e-mails of the past are sent by the sending loop with its clock set to then.
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
from home.demo import days_off, offering, planning, trying
from home.demo.roles import DEMO_ROLES
from home.demo.story import Story
from outbox.backends.maildir import EmailBackend
from outbox.delivery.loop import take_turn
from outbox.forecast import due_between
from outbox.preferences.preferences import save_preferences, wanted_kinds
from privacy.retention import keep_for
from programmes.default_programme import get_or_create_default
from programmes.message_templates import DEFAULT_CONTENT
from programmes.models import Programme
from programmes.text_validation import name_key
from reflections.context import Place
from reflections.drafts import autosave
from reflections.entries import reply, write
from reflections.models import Audience, Reflection
from surveys.models import SCORES, Survey
from surveys.submission import submit as submit_survey
from workshops.models import Attendance, Workshop
from workshops.planning.constraints import KeepClear, constraints_for
from workshops.planning.default_recurrence import next_thursday
from workshops.planning.proposals import propose
from workshops.planning.scheduling import make_cohort, schedule_series
from workshops.register import marking, rsvp
from workshops.times import Arrangement, HalfDay, Recurrence, Slot

HERE = Path(__file__).parent
ZONE = ZoneInfo("Europe/London")
WEEKS = 3
MADE_BEFORE = timedelta(weeks=6)
NEVER = timedelta(days=400)
WANTS_TEXT = "Bryn Hughes"


@dataclass
class Demo:
    """The demo as of `now`. The same `now` makes the same demo, but for public ids."""

    now: datetime
    chance: random.Random = field(default_factory=lambda: random.Random(1848))
    story: Story = field(default_factory=Story)
    words: dict[str, Any] = field(default_factory=lambda: read("words.toml"))
    mornings: set[datetime] = field(default_factory=set)
    unnoted: dict[int, list[str]] = field(default_factory=dict)
    """By the key of a member, the notes that they have not written yet: all of theirs stand on one page."""

    @transaction.atomic
    def build(self) -> list[Cohort]:
        """All of it or nothing."""
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
        days_off.write_down(by=administrator, around=self.now.date())
        cohorts = [self.make(place, programme, staff, administrator) for place in places["cohorts"]]
        self.story.tell(until=self.now)
        reason = "The university that walks with us asks people again after a year."
        keep_for(cohort=cohorts[0], months=18, reason=reason, by=administrator, at=self.now)
        return cohorts

    def send_the_morning_after(self, moment: datetime) -> None:
        """Once, however many wait for it."""
        morning = nine(moment.astimezone(ZONE).date() + timedelta(days=1))
        if morning not in self.mornings:
            self.mornings.add(morning)
            self.story.at(morning, partial(send, morning))

    def make_organisations(self, by_sector: dict[str, list[str]]) -> None:
        Organisation.objects.bulk_create(
            Organisation(name=name, name_key=name_key(name), sector=Sector(sector))
            for sector, names in by_sector.items()
            for name in names
        )

    def make(
        self,
        place: dict[str, Any],
        programme: Programme,
        staff: dict[str, User],
        administrator: User,
    ) -> Cohort:
        first = first_day(place["stage"], self.now)
        made = min(nine(first) - MADE_BEFORE, self.now - timedelta(days=6))
        staff_here = [staff[name] for name in place["facilitators"]]
        cohort = make_cohort(
            programme=programme,
            name=f"{place['name']}, {season(first)}",
            place=place["place"],
            time_zone=ZONE.key,
            capacity=22,
            facilitators=staff_here,
            by=staff_here[0],
            at=made,
        )
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
                self.say_needs(member, made + timedelta(days=2))
            if name == WANTS_TEXT:
                at = made + timedelta(days=2)
                save_preferences(
                    person=member.user, wanted=wanted_kinds(member.user), text_only=True, at=at
                )
        if place["stage"] == "planned":
            self.ask_when_free(cohort, first, staff_here[0])
        else:
            self.live_through(
                cohort, Recurrence(first, WEEKS, HalfDay.MORNING, ZONE), place["venue"], made
            )
        if place["stage"] == "running":
            self.change_course(cohort, staff_here[-1])
        return cohort

    def say_needs(self, member: Membership, at: datetime) -> None:
        has_any = self.chance.random() < 0.4
        words = self.chance.choice(self.words["needs"]) if has_any else ""
        needs.save_needs(membership=member, needs=words, named=self.chance.random() < 0.5, at=at)

    def ask_when_free(self, cohort: Cohort, first: date, asker: User) -> None:
        """Two days ago; two in three have answered since, and one letter came back."""
        asked_at = self.now - timedelta(days=2)
        self.story.at(
            asked_at, partial(planning.ask_when_free, cohort, first, by=asker, at=asked_at)
        )
        self.story.at(asked_at + timedelta(seconds=1), partial(send, asked_at))
        members = list(cohort.memberships.participating().by_name())
        answering = self.chance.sample(members, round(len(members) * 2 / 3))
        silent = next(member for member in members if member not in answering)
        came_back = asked_at + timedelta(minutes=4)
        self.story.at(came_back, partial(planning.come_back, silent, at=came_back))
        for number, member in enumerate(answering, 1):
            at = asked_at + timedelta(hours=2 * number)
            self.story.at(at, partial(planning.say_when_free, member, self.chance, at))

    def change_course(self, cohort: Cohort, facilitator: User) -> None:
        """The last workshop was moved twelve days ago, its first reminder skipped; the next has more to be known of."""
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
            handed_out_at, partial(planning.hand_out, coming, by=facilitator, at=handed_out_at)
        )
        self.story.at(
            handed_out_at,
            partial(
                planning.add_a_word,
                coming,
                self.words["word_before"],
                by=facilitator,
                at=handed_out_at,
            ),
        )
        self.story.at(
            wrote_at,
            partial(
                planning.write_to_all,
                cohort,
                self.words["announcement"],
                by=facilitator,
                at=wrote_at,
            ),
        )
        self.story.at(wrote_at + timedelta(seconds=1), partial(send, wrote_at))
        self.leave_unfinished(cohort.workshops.get(position=3))

    def leave_unfinished(self, workshop: Workshop) -> None:
        """The demo's participant began to write yesterday, and was called away."""
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

    def live_through(self, cohort: Cohort, rhythm: Recurrence, venue: str, made: datetime) -> None:
        workshops = list(cohort.workshops.all())
        dated = made + timedelta(days=1, hours=1)
        lengths = [workshop.length_minutes for workshop in workshops]
        # What lies behind the demo stands where its story has it; what lies ahead keeps clear of closed days.
        ahead = self.now.date() + timedelta(days=12)
        known = constraints_for(cohort, keep_clear=frozenset(KeepClear), moment=dated)
        constraints = replace(
            known, closed={day: why for day, why in known.closed.items() if day > ahead}, busy=()
        )
        slots = [one.slot for one in propose(rhythm, lengths, constraints) if one.slot]
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
            Company(self, workshop, slot, members).attend()


@dataclass
class Company:
    """The members of a cohort around one workshop: they say if they come, come, write and give feedback."""

    demo: Demo
    workshop: Workshop
    slot: Slot
    members: list[Membership]

    def __post_init__(self) -> None:
        self.participants = [member for member in self.members if not member.is_facilitator]
        self.leader = next(member.user for member in self.members if member.is_facilitator)
        self.starts, self.ends = self.slot.starts_at, self.slot.ends_at
        self.chance = self.demo.chance
        changes = self.demo.words["feedback"]["changes"]
        self.changes = self.chance.sample(changes, len(changes))
        self.away = {member.pk for member in self.participants if self.chance.random() < 0.09}

    def attend(self) -> None:
        for member in self.participants:
            self.say_if_coming(member)
        self.demo.story.at(self.ends - timedelta(minutes=40), self.mark_register)
        marked = [member for member in self.participants if member.pk not in self.away]
        for member in self.chance.sample(marked, round(0.85 * len(marked))):
            self.give_feedback(member)
        for member in self.chance.sample(marked, self.chance.randint(6, len(marked))):
            self.note(member)
        for entry in self.demo.words["reflections"]:
            if entry["workshop"] == self.workshop.position:
                self.reflect(entry, *self.writer_and_reader(entry))
        for facts in self.demo.words["experiments"]:
            if facts["workshop"] == self.workshop.position:
                trying.try_out(
                    self.demo.story, facts, self.workshop, self.ends, self.participants, send
                )

    def say_if_coming(self, member: Membership) -> None:
        said = self.starts - timedelta(
            days=self.chance.randint(4, 26), minutes=self.chance.randint(0, 400)
        )
        if member.pk not in self.away and self.chance.random() > 0.92:
            return
        answer = Attendance.Answer.APOLOGIES if member.pk in self.away else Attendance.Answer.COMING
        word = self.chance.choice(self.demo.words["apologies"]) if member.pk in self.away else ""
        self.demo.story.at(
            said,
            lambda: rsvp.save_answer(
                workshop=self.workshop, membership=member, answer=answer, word=word, at=said
            ),
        )

    def mark_register(self) -> None:
        entries = {member.pk: self.entry(member) for member in self.participants}
        at = self.ends - timedelta(minutes=40)
        marking.mark_all(workshop=self.workshop, entries=entries, by=self.leader, at=at)

    def entry(self, member: Membership) -> marking.Entry:
        Mark = Attendance.Mark  # noqa: N806 (a class by another name)
        if member.pk in self.away:
            return marking.Entry(Mark.APOLOGIES)
        luck = self.chance.random()
        if luck < 0.03:
            return marking.Entry(Mark.ABSENT)
        left_early = marking.Entry(Mark.PARTLY, went_at=self.starts + timedelta(minutes=120))
        return left_early if luck < 0.08 else marking.Entry(Mark.PRESENT)

    def give_feedback(self, member: Membership) -> None:
        after = self.ends + timedelta(hours=self.chance.randint(1, 100))
        kinder = 1 if self.workshop.position > 2 else 0
        scores = {
            name: min(5, self.chance.choice((2, 3, 3, 4, 4, 4, 5, 5)) + kinder) for name in SCORES
        }
        change = self.changes.pop() if self.changes and self.chance.random() < 0.4 else ""
        self.demo.story.at(
            after,
            lambda: submit_survey(
                survey=Survey.objects.of(self.workshop),
                membership=member,
                answers={**scores, "change": change},
                at=after,
            ),
        )

    def note(self, member: Membership) -> None:
        """A few lines that nobody else reads, as most of them are."""
        written = self.ends + timedelta(hours=self.chance.randint(2, 90))
        notes = self.demo.words["notes"]
        body = self.demo.unnoted.setdefault(member.pk, self.chance.sample(notes, len(notes))).pop()
        self.demo.story.at(
            written,
            lambda: write(
                author=member.user,
                cohort=self.workshop.cohort,
                workshop=self.workshop,
                prompt=self.chance.choice(self.workshop.prompt_list),
                body=body,
                at=written,
            ),
        )

    def writer_and_reader(self, entry: dict[str, Any]) -> tuple[Membership, Membership]:
        """Two by chance; what is to be the demo's participant's own is theirs, in their cohort."""
        own = [
            one
            for one in self.participants
            if "own" in entry and one.user.email == trying.PARTICIPANT
        ]
        writer, reader = self.chance.sample([one for one in self.participants if one not in own], 2)
        return own[0] if own else writer, reader

    def reflect(self, entry: dict[str, Any], writer: Membership, reader: Membership) -> None:
        written = self.ends + timedelta(hours=self.chance.randint(3, 60))
        prompt = self.workshop.prompt_list[entry["prompt"] - 1] if "prompt" in entry else ""
        audience = Audience(entry["audience"])
        answering = self.leader if audience == Audience.FACILITATORS else reader.user

        def deed() -> None:
            reflection: Reflection = write(
                author=writer.user,
                cohort=self.workshop.cohort,
                workshop=self.workshop,
                prompt=prompt,
                body=entry["text"].strip(),
                audience=audience,
                at=written,
            )
            if "offer" in entry:
                offering.offer_words(
                    reflection, entry, facilitator=self.leader, at=written + timedelta(hours=8)
                )
            if "reply" in entry:
                opening = reply(
                    reflection=reflection,
                    author=answering,
                    body=entry["reply"],
                    at=written + timedelta(hours=9),
                )
            if "answer" in entry:
                reply(
                    reflection=reflection,
                    author=writer.user,
                    body=entry["answer"],
                    at=written + timedelta(hours=20),
                    to=opening,
                )

        self.demo.story.at(written, deed)
        if "reply" in entry:
            self.demo.send_the_morning_after(written + timedelta(hours=9))
        if "answer" in entry:
            self.demo.send_the_morning_after(written + timedelta(hours=20))


def send(moment: datetime) -> None:
    """A turn of the loop as of then. Always into var/mail: a demo writes to nobody's server."""
    take_turn(lambda: moment + timedelta(seconds=1), connection=EmailBackend())


def address_of(name: str) -> str:
    """first.last at a domain reserved for examples."""
    return f"{slugify(name).replace('-', '.')}@example.org"


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def first_day(stage: str, now: datetime) -> date:
    """A Thursday, so that the finished cohort ended a month ago, and the running one has its fourth in about a week."""
    today = now.astimezone(ZONE).date()
    thursday = next_thursday(today + timedelta(days=4))
    weeks = {"finished": -4 - 5 * WEEKS, "running": -3 * WEEKS, "planned": 8}[stage]
    return thursday + timedelta(weeks=weeks)


def nine(day: date) -> datetime:
    return datetime.combine(day, time(9), ZONE)


def season(day: date) -> str:
    names = ("winter", "spring", "summer", "autumn")
    return f"{names[day.month % 12 // 3]} {day.year}"
