"""The schedule of what members do around one of the demo's workshops, such as their RSVPs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cohorts.models import Membership
from home.demo import offering, planning, trying
from home.demo.story import send
from reflections.entries import reply, write
from reflections.models import Audience, Reflection
from surveys.opening import get_or_create_survey
from surveys.submission import submit as submit_survey
from workshops.models import Attendance, Workshop
from workshops.register import marking, rsvp
from workshops.times import Slot

if TYPE_CHECKING:
    from home.demo.building import Demo


@dataclass
class WorkshopDay:
    """A scheduler of what a cohort's members do before, at and after one workshop.

    `away` are the membership pks of the participants who send apologies.
    """

    demo: Demo
    workshop: Workshop
    slot: Slot
    members: list[Membership]

    def __post_init__(self) -> None:
        self.participants = [member for member in self.members if not member.is_facilitator]
        self.facilitator_user = next(
            member.user for member in self.members if member.is_facilitator
        )
        self.starts, self.ends = self.slot.starts_at, self.slot.ends_at
        self.chance = self.demo.chance
        changes = self.demo.words["feedback"]["changes"]
        self.changes = self.chance.sample(changes, len(changes))
        self.away = {member.pk for member in self.participants if self.chance.random() < 0.09}

    def attend(self) -> None:
        """Schedule the RSVPs, register, survey answers, reflections and experiments."""
        for member in self.participants:
            self.answer_rsvp(member)
        self.demo.story.at(self.ends - timedelta(minutes=40), self.mark_register)
        marked = [member for member in self.participants if member.pk not in self.away]
        for member in self.chance.sample(marked, round(0.85 * len(marked))):
            self.give_feedback(member)
        for member in self.chance.sample(marked, self.chance.randint(6, len(marked))):
            self.write_note(member)
        for entry in self.demo.words["reflections"]:
            if entry["workshop"] == self.workshop.position:
                self.reflect(entry, *self.writer_and_reader(entry))
        for facts in self.demo.words["experiments"]:
            if facts["workshop"] == self.workshop.position:
                trying.add_experiment(
                    self.demo.story, facts, self.workshop, self.ends, self.participants, send
                )

    def answer_rsvp(self, member: Membership) -> None:
        """Schedule the member's RSVP, except for one in twelve of those who will attend."""
        said = self.starts - timedelta(
            days=self.chance.randint(4, 26), minutes=self.chance.randint(0, 400)
        )
        if member.pk not in self.away and self.chance.random() > 0.92:
            return
        answer = Attendance.Answer.APOLOGIES if member.pk in self.away else Attendance.Answer.COMING
        note = self.chance.choice(self.demo.words["apologies"]) if member.pk in self.away else ""
        self.demo.story.at(
            said,
            lambda: rsvp.submit(
                rsvp.Invitee(self.workshop, member),
                answer=answer,
                note=note,
                seen_version="",
                at=said,
            ),
        )

    def mark_register(self) -> None:
        """Mark every participant on the register, 40 minutes before the end of the workshop."""
        entries = {member.pk: self.entry(member) for member in self.participants}
        at = self.ends - timedelta(minutes=40)
        marking.mark_all(workshop=self.workshop, entries=entries, by=self.facilitator_user, at=at)

    def entry(self, member: Membership) -> marking.Entry:
        """Return the member's mark for the register: apologies if they are away, else random."""
        Mark = Attendance.Mark  # noqa: N806 (a class by another name)
        if member.pk in self.away:
            return marking.Entry(Mark.APOLOGIES)
        luck = self.chance.random()
        if luck < 0.03:
            return marking.Entry(Mark.ABSENT)
        left_early = marking.Entry(Mark.PARTLY, went_at=self.starts + timedelta(minutes=120))
        return left_early if luck < 0.08 else marking.Entry(Mark.PRESENT)

    def give_feedback(self, member: Membership) -> None:
        """Schedule the member's answers to the survey."""
        after = self.ends + timedelta(hours=self.chance.randint(1, 100))
        kinder = 1 if self.workshop.position > 2 else 0
        scores = {
            question.id: min(5, self.chance.choice((2, 3, 3, 4, 4, 4, 5, 5)) + kinder)
            for question in self.workshop.cohort.questions
            if question.is_scale
        }
        kindness = sum(scores.values())
        others = {
            question.id: question.options[kindness % len(question.options)]
            if question.is_choice
            else kindness // 3
            for question in (*self.workshop.cohort.questions, *self.workshop.own_questions)
            if question.is_choice or question.is_number
        }
        change = self.changes.pop() if self.changes and self.chance.random() < 0.4 else ""
        if member.user.email == trying.PARTICIPANT and self.workshop.position == planning.OPEN:
            return  # so that somebody who looks at the demo can answer
        self.demo.story.at(
            after,
            lambda: submit_survey(
                survey=get_or_create_survey(self.workshop),
                membership=member,
                answers={**scores, **others, "change": change},
                at=after,
            ),
        )

    def write_note(self, member: Membership) -> None:
        """Schedule a short reflection that the member does not share."""
        written = self.ends + timedelta(hours=self.chance.randint(2, 90))
        notes = self.demo.words["notes"]
        body = self.demo.unused_notes.setdefault(
            member.pk, self.chance.sample(notes, len(notes))
        ).pop()
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
        """Return a random author for a reflection, and another participant who may reply to it.

        If `entry` has the key `own`, the author is the participant as whom visitors sign in,
        provided that this participant is in the cohort.
        """
        own = [
            one
            for one in self.participants
            if "own" in entry and one.user.email == trying.PARTICIPANT
        ]
        writer, reader = self.chance.sample([one for one in self.participants if one not in own], 2)
        return own[0] if own else writer, reader

    def reflect(self, entry: dict[str, Any], writer: Membership, reader: Membership) -> None:
        """Schedule a reflection by `writer`.

        Also schedules the quote, the reply, and the answer to the reply, if `entry` has them.
        """
        written = self.ends + timedelta(hours=self.chance.randint(3, 60))
        prompt = self.workshop.prompt_list[entry["prompt"] - 1] if "prompt" in entry else ""
        audience = Audience(entry["audience"])
        answering = self.facilitator_user if audience == Audience.FACILITATORS else reader.user

        def action() -> None:
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
                offering.offer_quote(
                    reflection,
                    entry,
                    facilitator=self.facilitator_user,
                    at=written + timedelta(hours=8),
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

        self.demo.story.at(written, action)
        if "reply" in entry:
            self.demo.send_the_morning_after(written + timedelta(hours=9))
        if "answer" in entry:
            self.demo.send_the_morning_after(written + timedelta(hours=20))
