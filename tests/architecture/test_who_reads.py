"""Who can open what people write: every address of it, for everybody there can be, for every audience.

What each may read is written down here by hand, and the rest follows from it. An address without a line fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from accounts.public_id import new_public_id
from cohorts.models import Cohort, Membership
from config import urls
from programmes.models import Programme
from reflections.models import Audience, Draft, Experiment, Extract, Reflection, Reply
from tests.architecture.addresses import patterns
from workshops.models import CalendarFeed

TODAY = 30
P, F = Membership.Role.PARTICIPANT, Membership.Role.FACILITATOR

# Everything was shared on day 10. Who they are, when they were in the cohort and as what; then, of what is shared with
# the facilitators and with the cohort: whether they read it (r, and w if they may also write to it), once more if its
# words were changed on day 20; and which of two replies they read, from day 12 and day 22.
PEOPLE = """
visitor                                  |                  | .  .   .  .   --  --
outsider                                 |                  | .  .   .  .   --  --
author                                   | P 0              | w  w   r  r   12  12
peer                                     | P 0              | .  w   .  r   --  12
peer who joined later                    | P 11             | .  .   .  .   --  --
peer who had left                        | P 0-5            | .  .   .  .   --  --
peer who left                            | P 0-15           | .  r   .  .   --  1-
peer who left after the change           | P 0-25           | .  r   .  r   --  12
peer who left and came back              | P 0-15, P 25     | .  w   .  r   --  12
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

# What each address asks: of who can read it, of its author, of who may answer, of its writer; or of members.
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
    "draft_choose": ("POST", DRAFT),
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
    """Somebody of the table, with what it says of them by audience; of what only its author reads it says nothing."""

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
            dict(zip(shared, pair, strict=True)) for pair in zip(*[iter(marks.split())] * 2, strict=True)
        )
        yield Person(
            name, [stay.strip() for stay in stays.split(",") if stay.strip()], reads, changed, replies
        )


@dataclass
class World:
    """One cohort, everybody, and of each thing that is written one for each audience."""

    cohort: Cohort
    people: list[Person]
    reflections: dict[str, Reflection]
    changed: dict[str, Reflection]
    replies: dict[tuple[str, str], Reply]
    experiments: dict[str, Experiment]
    changed_experiments: dict[str, Experiment]
    draft: Draft

    def things(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """What the address is asked for: an audience, and what stands in it."""
        if name.startswith("draft_") and name != "draft_device":
            yield Audience.ONLY_ME, {"entry": self.draft.entry}
            yield from ((audience, {"entry": one.public_id}) for audience, one in self.reflections.items())
        elif name == "reply_delete":
            yield from (
                (audience, {"public_id": one.public_id}) for (audience, _), one in self.replies.items()
            )
        elif ADDRESSES[name][1] == PART_OF_IT:
            yield "", {"public_id": self.cohort.public_id}
        elif ADDRESSES[name][1] in (SIGNED_IN, EVER_THERE):
            yield "", {}
        else:
            kept = self.experiments if name.startswith("experiment") else self.reflections
            yield from ((audience, {"public_id": one.public_id}) for audience, one in kept.items())


def words(kind: str, audience: str, more: str = "") -> str:
    return f"heron-{kind}-{audience}{more}-weir"


@pytest.fixture(autouse=True)
def plain_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most answers are refusals, and the page that says so takes longer than all that is asked before."""
    for status in (403, 404):
        refusal = HttpResponse(status=status)
        monkeypatch.setattr(
            urls, f"handler{status}", lambda request, exception, refusal=refusal: refusal, raising=False
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

    def kept(model: Any, kind: str, *, changed: bool) -> dict[str, Any]:
        name, began = {"reflection": ("body", "written_at"), "experiment": ("words", "started_at")}[kind]
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

    reflections = kept(Reflection, "reflection", changed=False)
    shared = AUDIENCES[1:]
    Extract.objects.create(
        **facts,
        reflection=reflections[Audience.COHORT],
        words=words("extract", Audience.COHORT),
        offered_at=day(29),
    )
    return World(
        cohort,
        people,
        reflections,
        kept(Reflection, "reflection", changed=True),
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
        kept(Experiment, "experiment", changed=False),
        kept(Experiment, "experiment", changed=True),
        Draft.objects.create(**facts, body=words("draft", Audience.ONLY_ME), typed_at=day(29)),
    )


def expected(person: Person, name: str, audience: str, values: dict[str, str], world: World) -> set[str]:
    """The answers that are right: in, open, 403, 404."""
    asks = ADDRESSES[name][1]
    if person.name == "visitor":
        return {"in"}
    if asks == SIGNED_IN:
        return {"open"}
    if asks == EVER_THERE:
        return {"open"} if person.was_there or "elsewhere" in person.stays else {"403"}
    if asks == PART_OF_IT:
        return {"open"} if person.was_there else {"404"}
    if asks == DRAFT:
        # Under another's name one begins a draft of one's own, where one may write; never is one shown another's.
        return (
            {"open", "404"}
            if person.is_author or person.was_there or "elsewhere" in person.stays
            else {"404"}
        )
    if not person.can_read(audience):
        return {"404"}
    if asks == READER:
        return {"open"}
    if asks == AUTHOR:
        return {"open"} if person.is_author else {"403"}
    if asks == ANSWERER:
        return {"open"} if person.reads.get(audience) == "w" else {"403"}
    number = next(number for (of, number), one in world.replies.items() if one.public_id in values.values())
    if person.name == "facilitator":
        return {"open"}
    return {"403"} if person.hears(audience, number) else {"404"}


def answer_of(response: Any) -> str:
    if response.status_code == 401 or (
        response.status_code == 302 and response["Location"].startswith(reverse("account_login"))
    ):
        return "in"
    return "open" if response.status_code in (200, 302) else str(response.status_code)


def ask(client: Client, method: str, url: str, **headers: str) -> Any:
    """As if it had never been asked: whatever it does is undone."""
    data = {"body": "Mine", "choice": "this", "q": "heron"} if method == "POST" else {}
    with transaction.atomic():
        response = client.generic(method, url, headers=headers) if method == "GET" else client.post(url, data)
        transaction.set_rollback(True)
    return response


def readable_words(person: Person, world: World) -> set[str]:
    """All that the person may come across, anywhere."""
    found = {
        words(kind, audience, "-changed" if changed else "")
        for kind in ("reflection", "experiment")
        for audience in AUDIENCES
        for changed in (False, True)
        if person.can_read(audience, changed=changed)
    }
    found |= {words("reply", *key) for key in world.replies if person.hears(*key)}
    if person.is_author:
        found |= {words("draft", Audience.ONLY_ME)}
    if person.is_author or person.facilitates:
        found |= {words("extract", Audience.COHORT)}  # on offer to the report
    return found


def shows_offer(person: Person, audience: str) -> bool:
    """What its author offers to the report stands on its own page, for them alone."""
    return person.is_author and audience == Audience.COHORT


def all_words(world: World) -> set[str]:
    author = next(person for person in world.people if person.is_author)
    return readable_words(author, world)


def held(response: Any, world: World) -> set[str]:
    body = b"".join(response) if response.streaming else response.content
    content = body.decode(errors="replace") + repr(response.headers)
    return {one for one in all_words(world) if one in content}


def test_every_address_has_its_line() -> None:
    names = {name for name, _ in patterns(get_resolver()) if name.startswith("reflections:")}
    assert names == {f"reflections:{name}" for name in ADDRESSES}


def test_every_address_opens_to_those_of_the_table_alone(world: World) -> None:
    """Looked at and acted on, as a page and as a fragment; what is shown holds no word that is not for the person."""
    wrong = []
    for person in world.people:
        own = readable_words(person, world)
        for name, (methods, asks) in ADDRESSES.items():
            for audience, values in world.things(name):
                url = reverse(f"reflections:{name}", kwargs=values)
                right = expected(person, name, audience, values, world)
                if name == "keepsake_pdf" and right == {"open"} and not person.is_author:
                    continue  # it takes a second to typeset
                answers = [ask(person.client, method, url) for method in methods.split()]
                if asks in (READER, PART_OF_IT):
                    answers.append(ask(person.client, "GET", url, **{"HX-Request": "true"}))
                wrong += [
                    (person.name, name, str(audience), answer_of(response), right)
                    for response in answers
                    if answer_of(response) not in right or not held(response, world) <= own
                ]
    assert wrong == []


def test_pages_show_each_what_is_for_them_and_no_more(world: World) -> None:
    for person in world.people:
        for kept, kind, changed in (
            (world.reflections, "reflection", False),
            (world.changed, "reflection", True),
            (world.experiments, "experiment", False),
            (world.changed_experiments, "experiment", True),
        ):
            for audience, thing in kept.items():
                shown = held(person.client.get(thing.get_absolute_url()), world)
                right = set()
                if person.can_read(audience, changed=changed):
                    right = {words(kind, audience, "-changed" if changed else "")}
                    if kept is world.reflections:
                        heard = [key for key in world.replies if person.hears(*key)]
                        right |= {words("reply", *key) for key in heard if key[0] == audience}
                        right |= {words("extract", audience)} if shows_offer(person, audience) else set()
                assert shown == right, (person.name, kind, audience, changed)


def test_pages_that_bring_things_together_show_each_no_more(world: World) -> None:
    """Lists, Today, the cohort's pages, search, and what a calendar program is given."""
    cohort = [world.cohort.public_id]
    for person in world.people:
        urls = [
            reverse("reflections:reflection_list"),
            reverse("reflections:cohort_experiments", args=cohort),
            reverse("reflections:keepsake_detail", args=cohort),
            reverse("reflections:keepsake_text", args=cohort),
            reverse("reports:extract_list", args=cohort),
            reverse("reports:report_detail", args=cohort),
            reverse("reports:report_csv", args=cohort),
            reverse("home:cohort_reflections", args=cohort),
            reverse("home:cohort_detail", args=cohort),
            reverse("home:message_list", args=cohort),
            reverse("home:today"),
        ]
        if user_id := person.client.session.get("_auth_user_id"):
            user = User.objects.get(pk=user_id)
            for kind in CalendarFeed.Kind:
                feed = CalendarFeed.open_for(user, kind, at=timezone.now())
                urls.append(reverse("workshops:calendar_feed", args=[feed.token]))
        own = readable_words(person, world)
        for url in urls:
            response = person.client.get(url)
            shown = held(response, world)
            assert shown <= own, (person.name, url)
            if "calendar" in url:
                assert (response.status_code, shown) == (200, set())
        found = person.client.post(reverse("reflections:reflection_search"), {"q": "heron"})
        assert held(found, world) <= own, person.name


def test_api_of_drafts_gives_nobody_anothers_words(world: World) -> None:
    """Asked for another's draft, and for a draft of what somebody shared, by each name that there is."""
    entries = [world.draft.entry, *(one.public_id for one in world.reflections.values())]
    before = list(Draft.objects.values_list("pk", "version"))
    for person in world.people:
        if person.is_author:
            continue
        for entry in entries:
            url = reverse("reflections:draft_save", args=[entry])
            for data in (
                {},
                {"body": "Mine"},
                {"body": "Mine", "version": "1", "cohort": world.cohort.public_id},
            ):
                with transaction.atomic():
                    response = person.client.post(url, data)
                    transaction.set_rollback(True)
                assert held(response, world) == set(), (person.name, entry)
    assert list(Draft.objects.values_list("pk", "version")) == before


def test_ids_that_are_guessed_or_of_other_things_open_nothing(world: World) -> None:
    """Even to the author, who may read all of them by their own addresses."""
    [author] = [person for person in world.people if person.is_author]
    reflection, experiment = world.reflections[Audience.COHORT], world.experiments[Audience.COHORT]
    reply = world.replies[Audience.COHORT, "1"]
    others: dict[str, Callable[[str], bool]] = {
        reflection.public_id: lambda name: name.startswith("reflection_") or name == "reply_create",
        experiment.public_id: lambda name: name.startswith("experiment_"),
        reply.public_id: lambda name: name == "reply_delete",
        world.cohort.public_id: lambda name: name.startswith(("cohort_", "keepsake_")),
        **{new_public_id(): (lambda name: False) for _ in range(20)},
    }
    for name, (methods, asks) in ADDRESSES.items():
        if asks in (SIGNED_IN, EVER_THERE, DRAFT):
            continue
        for public_id, is_its_own in others.items():
            if not is_its_own(name):
                url = reverse(f"reflections:{name}", args=[public_id])
                answers = {ask(author.client, method, url).status_code for method in methods.split()}
                assert answers == {404}, (name, public_id)
