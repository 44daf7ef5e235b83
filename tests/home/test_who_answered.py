"""Tests that no page or file of staff tells which member answered, or what.

Each test lets one member answer, reads everything that a facilitator and an administrator can open
by following links, and undoes it. Then it does the same with another member and other answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import zip_longest
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from surveys.before_after.answering import submit as submit_wave
from surveys.before_after.answering import submit_sights
from surveys.before_after.switching import follow_features
from surveys.models import Colleague, Occasion, Wave
from surveys.opening import get_or_create_survey
from surveys.submission import submit
from tests.people import signed_in
from tests.surveys.before_after.conftest import END_OPEN, all_answered, make_series
from workshops.models import Attendance, Workshop
from workshops.register import marking

# Pages are the same on both databases.
pytestmark = [pytest.mark.either, pytest.mark.long]

ANSWERED = END_OPEN + timedelta(hours=2)
LOOKED = END_OPEN + timedelta(hours=3)
LONG_AGO = datetime.fromisoformat("2027-01-04T10:00:00+00:00")
# What differs each time a page is read: tokens, and random ids for new objects.
CHANGING = re.compile(
    r'name="(csrfmiddlewaretoken|entry|new_id)" value="[^"]+"|X-CSRFToken&?[^,}]+|'
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-\w{12}"
)
LINK = re.compile(r'(?:href|src|action)="(/[^"#]*)')
# Not read: files of the site's design, the form for each kind of question, and signing out.
LEFT_OUT = re.compile(r"/static/|/questions/|/sign-out/|/admin/")

Act = Callable[[Membership, int], None]


@pytest.fixture
def members(cohort: Cohort) -> list[Membership]:
    people = [
        User.objects.create_user(f"person{number}@example.org", f"Person {number}")
        for number in range(6)
    ]
    return [
        Membership.objects.create(cohort=cohort, user=user, joined_at=LONG_AGO) for user in people
    ]


@pytest.fixture
def series(cohort: Cohort, members: list[Membership], facilitator: User) -> list[Workshop]:
    """Six workshops that everybody was at. The survey and the wave at the end are open."""
    workshops = make_series(cohort)
    follow_features(cohort, at=LONG_AGO)
    present = {one.pk: marking.Entry(Attendance.Mark.PRESENT) for one in members}
    for workshop in workshops:
        assert workshop.ends_at
        marking.mark_all(workshop=workshop, entries=present, by=facilitator, at=workshop.ends_at)
    for member in members:
        Colleague.objects.create(
            membership=member,
            name="Chris",
            email=f"chris{member.pk}@example.org",
            named_at=LONG_AGO,
        )
    take_turn(lambda: END_OPEN)
    return workshops


def answer(cohort: Cohort, member: Membership, value: int) -> None:
    """Answer the survey and the wave that are open."""
    survey = get_or_create_survey(cohort.workshops.get(position=6))
    answers = {"worth_time": value, "change": f"More {value}"}
    submit(survey=survey, membership=member, answers=answers, at=ANSWERED)
    wave = Wave.objects.get(cohort=cohort, occasion=Occasion.END)
    submit_wave(wave=wave, membership=member, answers=all_answered(value), at=ANSWERED)


def answer_with_colleague(cohort: Cohort, member: Membership, value: int) -> None:
    answer(cohort, member, value)
    wave = Wave.objects.get(cohort=cohort, occasion=Occasion.COLLEAGUES)
    colleague = Colleague.objects.get(membership=member)
    seen = {"sight_starts": value}
    submit_sights(wave=wave, colleague=colleague, answers=seen, at=ANSWERED)


def read_after(act: Act, member: Membership, value: int, reader: User) -> dict[str, Any]:
    """Return everything that the reader can open after the act, by path; then undo the act."""
    with transaction.atomic():
        with time_machine.travel(ANSWERED, tick=False):
            act(member, value)
        with time_machine.travel(LOOKED, tick=False):
            take_turn(lambda: LOOKED)
            found = dict(everything(signed_in(reader)))
        transaction.set_rollback(True)
    return found


def everything(client: Client) -> Iterator[tuple[str, Any]]:
    """Yield each path that links lead to from the first page, with what it shows."""
    paths, seen = ["/"], {"/"}
    while paths:
        path = paths.pop(0)
        response = client.get(path)
        body = b"".join(response) if response.streaming else response.content
        kind = response.headers.get("Content-Type", "")
        text = CHANGING.sub("", body.decode()) if "text" in kind else len(body)
        yield path, (response.status_code, response.headers.get("Location"), text)
        found = [*LINK.findall(str(text)), response.headers.get("Location", "")]
        for link in found:
            link = link.replace("&amp;", "&")
            if link.startswith("/") and link not in seen and not LEFT_OUT.search(link):
                seen.add(link)
                paths.append(link)


def differences(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    """Return a line for each path whose page or file differs, with its first difference."""
    found = [f"{path} is in one of them" for path in first.keys() ^ second.keys()]
    for path in first.keys() & second.keys():
        lines = [str(one[path]).split("\\n") for one in (first, second)]
        changed = [pair for pair in zip_longest(*lines) if pair[0] != pair[1]]
        found += [f"{path}: {changed[0]}"] if changed else []
    return found


@pytest.mark.parametrize("role", ["facilitator", "administrator"])
def test_no_page_or_file_tells_who_answered_or_what(
    request: pytest.FixtureRequest,
    series: list[Workshop],
    cohort: Cohort,
    members: list[Membership],
    role: str,
) -> None:
    reader, act = request.getfixturevalue(role), partial(answer_with_colleague, cohort)
    first = read_after(act, members[1], 1, reader)
    second = read_after(act, members[4], 5, reader)
    assert len(first) > 30
    assert differences(first, second) == []


@pytest.mark.parametrize("role", ["facilitator", "administrator"])
def test_no_page_or_file_tells_whether_a_colleague_answered(
    request: pytest.FixtureRequest,
    series: list[Workshop],
    cohort: Cohort,
    members: list[Membership],
    role: str,
) -> None:
    reader = request.getfixturevalue(role)
    first = read_after(partial(answer_with_colleague, cohort), members[1], 1, reader)
    second = read_after(partial(answer, cohort), members[1], 1, reader)
    assert differences(first, second) == []


def test_no_page_or_file_tells_who_was_removed_after_answering(
    series: list[Workshop], cohort: Cohort, members: list[Membership], facilitator: User
) -> None:
    def answer_and_remove(member: Membership, value: int) -> None:
        answer_with_colleague(cohort, member, value)
        Membership.objects.get(pk=members[1].pk).leave(by=facilitator, at=ANSWERED)

    first = read_after(answer_and_remove, members[1], 1, facilitator)
    second = read_after(answer_and_remove, members[4], 5, facilitator)
    assert differences(first, second) == []
