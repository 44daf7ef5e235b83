"""The surveys and waves that attacks.py attacks: twenty people answer in a known order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid4

from django.db import connection, models, transaction

from cohorts.models import Membership
from programmes.feedback import default_questions
from programmes.questions import Question, QuestionKind
from surveys.before_after.answering import submit as submit_wave
from surveys.before_after.release import release_due_waves
from surveys.before_after.retention import PSEUDONYMS_STAY, delete_expired
from surveys.models import (
    RANDOM,
    Pseudonym,
    Receipt,
    Response,
    Survey,
    Wave,
    WaveReceipt,
    WaveResponse,
)
from surveys.release import release_due
from surveys.submission import submit
from tests.surveys.before_after.conftest import LATER_CLOSED, START_OPEN, all_answered
from tests.surveys.conftest import CLOSED, NEXT_DAY

PEOPLE = 20
# Of twenty random guesses, one is right on average. More than seven are right once in 100,000
# runs.
CHANCE = 7

# The length in bytes of a receipt's header and of its first column, a UUID.
HEADER = 24 + 16
# The bytes of a response before the words of `Trial.said`: the header, with a bitmap of NULLs; the
# UUID; the survey; the length of the JSON; its header; an entry for each of five keys and values;
# and the keys, of which “said” comes first.
BEFORE_WORDS = (
    32 + 16 + 8 + 4 + 4 + 10 * 4 + len("saidworth_timespoke_openlydo_differentlynew_perspective")
)

Value = TypeVar("Value", int, str)
# Pairs of a number and a value that was written. The number orders the writes in time. The value is
# the primary key of a receipt's membership, or the words of an answer.
Sightings = list[tuple[int, Value]]


@dataclass(frozen=True)
class Tables:
    """The tables that an attacker compares, and the columns that show an answer is somebody's.

    `words` is an SQL expression for what identifies an answer, on the database of this run. The
    receipts have the same columns, in the same order, in both pairs of tables.
    """

    receipts: str
    answers: str
    box: str
    box_key: str
    words: str


SURVEY_TABLES = Tables(
    *("surveys_receipt", "surveys_response", "surveys_ballotbox", "survey_id"), "answers->>'said'"
)
WAVE_TABLES = Tables(
    *("surveys_wavereceipt", "surveys_waveresponse", "surveys_wavebox", "wave_id"), "pseudonym"
)


@dataclass
class Trial(ABC):
    """A survey or a wave that `members` answer in turn.

    If `in_clear` is true, answers are stored without a ballot box, as Convenor once did. This shows
    that an attack works. `said` maps each member's primary key to the text by which a guess is
    checked. `lengths` are the lengths of the ballot box after each answer.
    """

    members: list[Membership]
    in_clear: bool
    said: dict[int, str] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)

    tables: ClassVar[Tables]
    # How often each text of `said` stands in SQLite's file before an answer, and once released.
    copies_empty: ClassVar[int]
    copies_released: ClassVar[int] = 2

    @property
    @abstractmethod
    def about(self) -> Survey | Wave: ...
    @abstractmethod
    def submit(self, member: Membership) -> None: ...
    @abstractmethod
    def submit_in_clear(self, member: Membership) -> None: ...
    @abstractmethod
    def close(self) -> None: ...
    @abstractmethod
    def delete_answers(self) -> object: ...

    @abstractmethod
    def before_words(self) -> int:
        """Return the number of bytes of an answer's row before the text that identifies it."""

    def stored(self, words: str) -> bytes:
        """Return the text that identifies an answer as the database's files store it."""
        return words.encode()

    def answer(self) -> None:
        for member in self.members:
            self.answer_as(member)

    def answer_as(self, member: Membership) -> None:
        if self.in_clear:
            self.submit_in_clear(member)
        else:
            self.submit(member)
            self.lengths.add(length_of(self.about))

    def count_right(self, receipts: Sightings[int], answers: Sightings[str]) -> int:
        """Return how many of the attacker's guesses are right."""
        guesses = guess(receipts, answers)
        return sum(self.said[member] == words for member, words in guesses.items())


class SurveyTrial(Trial):
    """A trial of an anonymous survey. Each answer says whose it is, in a question of its own."""

    tables = SURVEY_TABLES
    copies_empty = 1  # as an option of its question

    def __init__(self, survey: Survey, members: list[Membership], *, in_clear: bool) -> None:
        super().__init__(members, in_clear)
        self.survey = survey
        self.said = {member.pk: f"I say {token_hex(8)}" for member in members}
        said = Question(
            "said", QuestionKind.CHOICE, "What do you say?", options=tuple(self.said.values())
        )
        self.survey.questions = (*default_questions(), said)
        self.survey.save()

    @property
    def about(self) -> Survey:
        return self.survey

    def answers_of(self, member: Membership) -> dict[str, Any]:
        scales = ("spoke_openly", "new_perspective", "do_differently", "worth_time")
        return {**dict.fromkeys(scales, 4), "said": self.said[member.pk]}

    def submit(self, member: Membership) -> None:
        answers = self.answers_of(member)
        submit(survey=self.survey, membership=member, answers=answers, at=NEXT_DAY)

    @transaction.atomic
    def submit_in_clear(self, member: Membership) -> None:
        """Save answers as Convenor did before there were ballot boxes.

        In one transaction, the survey's rows in both tables are deleted, and saved again in random
        order with random keys.
        """
        rewrite(Response(survey=self.survey, answers=self.answers_of(member)), "survey")
        rewrite(Receipt(survey=self.survey, membership=member), "survey")

    def close(self) -> None:
        release_due(at=CLOSED)

    def delete_answers(self) -> object:
        return Response.objects.all().delete()

    def before_words(self) -> int:
        return BEFORE_WORDS


class WaveTrial(Trial):
    """A trial of a wave of “Before and after”. A pseudonym says whose an answer is.

    All answers are equal, so that nothing else does. The pseudonyms are destroyed at the end, as
    they are 30 days after the last wave.
    """

    tables = WAVE_TABLES
    copies_empty = 0  # later it is in the row and in the index of a constraint

    def __init__(self, wave: Wave, members: list[Membership], *, in_clear: bool) -> None:
        super().__init__(members, in_clear)
        self.wave = wave
        self.said = {member.pk: Pseudonym.objects.code_of(member) for member in members}

    @property
    def about(self) -> Wave:
        return self.wave

    def submit(self, member: Membership) -> None:
        answers = all_answered(4)
        submit_wave(wave=self.wave, membership=member, answers=answers, at=START_OPEN)

    @transaction.atomic
    def submit_in_clear(self, member: Membership) -> None:
        code = UUID(self.said[member.pk])
        rewrite(WaveResponse(wave=self.wave, answers=all_answered(4), pseudonym=code), "wave")
        rewrite(WaveReceipt(wave=self.wave, membership=member), "wave")

    def close(self) -> None:
        release_due_waves(at=LATER_CLOSED)
        delete_expired(at=LATER_CLOSED + PSEUDONYMS_STAY)
        assert not Pseudonym.objects.exists()

    def delete_answers(self) -> object:
        return WaveResponse.objects.all().delete()

    def before_words(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(pg_column_size(answers)) FROM surveys_waveresponse")
            [size] = cursor.fetchone()
        return HEADER + (size or 0)

    def stored(self, words: str) -> bytes:
        return UUID(words).bytes if connection.vendor == "postgresql" else UUID(words).hex.encode()


def rewrite(new: Any, about: str) -> None:
    manager: models.Manager[Any] = type(new)._default_manager
    same = manager.filter(**{about: getattr(new, about)})
    rows = [*same, new]
    RANDOM.shuffle(rows)
    same.delete()
    for row in rows:
        row.pk = uuid4()
    manager.bulk_create(rows)


def length_of(about: Survey | Wave) -> int:
    """Return the length of the ballot box as the database stores it."""
    tables = WAVE_TABLES if isinstance(about, Wave) else SURVEY_TABLES
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT length(content) FROM {tables.box} WHERE {tables.box_key} = %s",  # noqa: S608
            [about.pk],
        )
        return int(cursor.fetchone()[0])


# Guessing who said what ---------------------------------------------------------------------------


def guess(receipts: Sightings[int], answers: Sightings[str]) -> dict[int, str]:
    """Pair a receipt and an answer that were alone first seen at one time; pair the rest in order.

    Return a dict that maps each member's primary key to the guessed words.
    """
    people, words = first_seen(receipts), first_seen(answers)
    alone = [
        {when for when, number in Counter(seen.values()).items() if number == 1}
        for seen in (people, words)
    ]
    by_time = {when: one for one, when in words.items() if when in alone[0] & alone[1]}
    pairs = {member: by_time[when] for member, when in people.items() if when in by_time}
    others = [one for one in words if one not in pairs.values()]
    return pairs | dict(zip((one for one in people if one not in pairs), others, strict=False))


def first_seen(sightings: Sightings[Value]) -> dict[Value, int]:
    """Return a dict that maps each value to when it was first seen, the earliest first."""
    found: dict[Value, int] = {}
    for when, value in sorted(sightings, key=lambda one: one[0]):
        found.setdefault(value, when)
    return found
