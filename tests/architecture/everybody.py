"""Every kind of person who might read a reflection, and text of each kind for each audience."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from config import urls
from programmes.models import Programme
from reflections.models import Audience, Draft, Experiment, Quote, Reflection, Reply

TODAY = 30
P, F = Membership.Role.PARTICIPANT, Membership.Role.FACILITATOR

# Who can read text that its author shared on day 10. Today is day 30.
# The first column is the person. The second is the days on which the person was in the cohort, as
# participant (P) or facilitator (F). Three pairs of columns follow. In each pair, the left column
# is about text shared with the facilitators, the right one about text shared with the cohort:
# - The person can read the text (r), can read it and reply (w), or neither.
# - The same, if the author changed the text on day 20.
# - The replies that the person can read: reply 1 was written on day 12, reply 2 on day 22.
PEOPLE = """
visitor                                  |                  | .  .   .  .   --  --
outsider                                 |                  | .  .   .  .   --  --
author                                   | P 0              | w  w   r  r   12  12
peer                                     | P 0              | .  w   .  r   --  12
peer who joined later                    | P 11             | .  .   .  .   --  --
peer who had left                        | P 0-5            | .  .   .  .   --  --
peer who left                            | P 0-15           | .  r   .  .   --  1-
peer who left after the change           | P 0-25           | .  r   .  r   --  12
peer who left and came back              | P 0-15, P 25     | .  w   .  .   --  1-
peer who was away for three days         | P 0-15, P 18     | .  w   .  .   --  12
facilitator                              | F 0              | w  w   r  r   12  12
facilitator who joined later             | F 11             | .  .   .  .   --  --
facilitator who had left                 | F 0-5            | .  .   .  .   --  --
facilitator who left                     | F 0-15           | r  r   .  .   1-  1-
facilitator who takes part now           | F 0-15, P 15     | w  w   .  r   1-  12
peer who facilitates now                 | P 0-15, F 15     | .  w   .  r   --  12
facilitator elsewhere                    | elsewhere        | .  .   .  .   --  --
administrator                            | admin            | .  .   .  .   --  --
administrator who facilitates elsewhere  | admin, elsewhere | .  .   .  .   --  --
administrator who facilitates here       | admin, F 0       | w  w   r  r   12  12
"""

# Who may open each URL. The URL of an entry: its readers (READER), its author (AUTHOR), the readers
# who may reply (ANSWERER), or the writer of a reply (WRITER). The URL of a draft (DRAFT): anybody
# who was ever in a cohort, but each gets only their own draft. Other URLs: anybody signed in
# (SIGNED_IN), anybody who was ever in a cohort (EVER_THERE), or a past or present member of this
# cohort (PART_OF_IT).
READER, AUTHOR, ANSWERER, WRITER, DRAFT = "reader", "author", "answerer", "writer", "draft"
SIGNED_IN, EVER_THERE, PART_OF_IT = "signed in", "ever there", "part of it"
ADDRESSES = {
    "reflection_list": ("GET", SIGNED_IN),
    "reflection_search": ("GET POST", SIGNED_IN),
    "keepsake_detail": ("GET", PART_OF_IT),
    "keepsake_text": ("GET", PART_OF_IT),
    "keepsake_pdf": ("GET", PART_OF_IT),
    "reflection_create": ("GET", EVER_THERE),
    "reflection_detail": ("GET", READER),
    "reflection_edit": ("GET POST", AUTHOR),
    "reflection_share": ("GET POST", AUTHOR),
    "reflection_history": ("GET", AUTHOR),
    "reflection_delete": ("GET POST", AUTHOR),
    "reply_create": ("POST", ANSWERER),
    "reply_delete": ("GET POST", WRITER),
    "draft_device": ("GET POST", SIGNED_IN),
    "draft_save": ("POST", DRAFT),
    "draft_leave": ("POST", DRAFT),
    "draft_compare": ("GET POST", DRAFT),
    "draft_discard": ("GET POST", DRAFT),
    "experiment_create": ("GET", EVER_THERE),
    "experiment_detail": ("GET", READER),
    "experiment_edit": ("GET POST", AUTHOR),
    "experiment_answer": ("GET POST", AUTHOR),
    "experiment_share": ("GET POST", AUTHOR),
    "experiment_delete": ("GET POST", AUTHOR),
    "cohort_experiments": ("GET", PART_OF_IT),
}
AUDIENCES = (Audience.ONLY_ME, Audience.FACILITATORS, Audience.COHORT)


@dataclass
class Person:
    """A line of the table PEOPLE. Each dict is a pair of columns: its keys are the audiences."""

    name: str
    stays: list[str]
    reads: dict[str, str]
    reads_changed: dict[str, str]
    replies: dict[str, str]
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    @property
    def is_author(self) -> bool:
        return self.name == "author"

    @property
    def was_there(self) -> bool:
        return any(stay[0] in (P[0].upper(), F[0].upper()) for stay in self.stays)

    @property
    def facilitates(self) -> bool:
        return any(stay.startswith("F ") and "-" not in stay for stay in self.stays)

    def can_read(self, audience: str, *, changed: bool = False) -> bool:
        table = self.reads_changed if changed else self.reads
        return self.is_author or table.get(audience, ".") != "."

    def hears(self, audience: str, reply: str) -> bool:
        return reply in self.replies.get(audience, "--")


def read_people() -> Iterator[Person]:
    for line in PEOPLE.strip().splitlines():
        name, stays, marks = (part.strip() for part in line.split("|"))
        shared = (Audience.FACILITATORS, Audience.COHORT)
        reads, changed, replies = (
            dict(zip(shared, pair, strict=True))
            for pair in zip(*[iter(marks.split())] * 2, strict=True)
        )
        yield Person(
            name,
            [stay.strip() for stay in stays.split(",") if stay.strip()],
            reads,
            changed,
            replies,
        )


@dataclass
class World:
    """A cohort with every person in PEOPLE, and the author's entries for each audience."""

    cohort: Cohort
    people: list[Person]
    reflections: dict[str, Reflection]
    changed: dict[str, Reflection]
    replies: dict[tuple[str, str], Reply]
    experiments: dict[str, Experiment]
    changed_experiments: dict[str, Experiment]
    draft: Draft

    def things(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield (audience of the entry, URL arguments) for each object to request at a route.

        The audience is empty if the route shows no single entry.
        """
        if name.startswith("draft_") and name != "draft_device":
            yield Audience.ONLY_ME, {"entry": self.draft.entry}
            yield from (
                (audience, {"entry": one.public_id}) for audience, one in self.reflections.items()
            )
        elif name == "reply_delete":
            yield from (
                (audience, {"public_id": one.public_id})
                for (audience, _), one in self.replies.items()
            )
        elif ADDRESSES[name][1] == PART_OF_IT:
            yield "", {"public_id": self.cohort.public_id}
        elif ADDRESSES[name][1] in (SIGNED_IN, EVER_THERE):
            yield "", {}
        else:
            entries = self.experiments if name.startswith("experiment") else self.reflections
            yield from (
                (audience, {"public_id": one.public_id}) for audience, one in entries.items()
            )


def words(kind: str, audience: str, more: str = "") -> str:
    return f"heron-{kind}-{audience}{more}-weir"


@pytest.fixture(autouse=True)
def plain_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the pages for 403 and 404 by empty responses, which makes the tests much faster."""
    for status in (403, 404):
        refusal = HttpResponse(status=status)
        monkeypatch.setattr(
            urls,
            f"handler{status}",
            lambda request, exception, refusal=refusal: refusal,
            raising=False,
        )


@pytest.fixture
def world(cohort: Cohort, programme: Programme) -> World:
    beginning = timezone.now() - timedelta(days=TODAY)

    def day(number: int) -> Any:
        return beginning + timedelta(days=number)

    elsewhere = Cohort.objects.create(programme=programme, name="Essex", place="Essex")
    people, users = list(read_people()), dict[str, User]()
    for person in people:
        if person.name == "visitor":
            continue
        user = User.objects.create_user(
            f"{person.name.replace(' ', '.')}@example.org",
            person.name.title(),
            is_administrator="admin" in person.stays,
        )
        users[person.name] = user
        person.client.force_login(user)
        for stay in person.stays:
            if stay == "elsewhere":
                Membership.objects.create(cohort=elsewhere, user=user, role=F, joined_at=day(0))
            elif stay != "admin":
                role, _, days = stay.partition(" ")
                joined, _, left = days.partition("-")
                Membership.objects.create(
                    cohort=cohort,
                    user=user,
                    role={"P": P, "F": F}[role],
                    joined_at=day(int(joined)),
                    left_at=day(int(left)) if left else None,
                )
    facts = {"author": users["author"], "cohort": cohort}

    def make_each(model: Any, kind: str, *, changed: bool) -> dict[str, Any]:
        name, began = {"reflection": ("body", "written_at"), "experiment": ("words", "started_at")}[
            kind
        ]
        return {
            audience: model.objects.create(
                **facts,
                audience=audience,
                shared_at=None if audience == Audience.ONLY_ME else day(10),
                changed_at=day(20 if changed else 10),
                **{name: words(kind, audience, "-changed" if changed else ""), began: day(10)},
            )
            for audience in AUDIENCES
        }

    reflections = make_each(Reflection, "reflection", changed=False)
    shared = AUDIENCES[1:]
    Quote.objects.create(
        **facts,
        reflection=reflections[Audience.COHORT],
        words=words("quote", Audience.COHORT),
        offered_at=day(29),
    )
    return World(
        cohort,
        people,
        reflections,
        make_each(Reflection, "reflection", changed=True),
        {
            (audience, number): Reply.objects.create(
                reflection=reflections[audience],
                author=users["facilitator"],
                body=words("reply", audience, number),
                written_at=day(on),
            )
            for audience in shared
            for number, on in (("1", 12), ("2", 22))
        },
        make_each(Experiment, "experiment", changed=False),
        make_each(Experiment, "experiment", changed=True),
        Draft.objects.create(**facts, body=words("draft", Audience.ONLY_ME), typed_at=day(29)),
    )
