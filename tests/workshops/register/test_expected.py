"""The members expected at a workshop."""

from collections.abc import Callable
from datetime import timedelta

from accounts.models import User
from cohorts.models import Membership
from tests.factories import STARTS, TEN_MINUTES_IN
from workshops.models import Attendance, Workshop
from workshops.register import expected, lines, marking
from workshops.register.marking import Entry

Join = Callable[..., Membership]


def test_expected_are_members_when_workshop_began(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    minute = timedelta(minutes=1)
    join("Ceri Early")
    join("Dev Prompt", joined_at=STARTS)
    join("Ellen Late", joined_at=STARTS + minute)
    join("Farid Gone", left_at=STARTS)
    join("Grace Leaves", left_at=STARTS + minute)
    names = [line.membership.user.name for line in lines.register_lines(workshop)]
    assert names == ["Ceri Early", "Dev Prompt", "Grace Leaves"]


def test_expected_includes_people_marked_on_register(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    walked_in = join("Zoe Walker", joined_at=STARTS + timedelta(minutes=1))
    marking.mark(
        workshop=workshop,
        membership=walked_in,
        entry=Entry("absent"),
        by=facilitator,
        at=TEN_MINUTES_IN,
    )
    assert [line.membership.user.name for line in lines.register_lines(workshop)] == ["Zoe Walker"]
    later = TEN_MINUTES_IN + timedelta(minutes=1)
    marking.mark(workshop=workshop, membership=walked_in, entry=Entry(""), by=facilitator, at=later)
    assert lines.register_lines(workshop) == []
    assert [line.mark for line in lines.lines_for(workshop, [walked_in.public_id])] == [""]


def test_queries_and_python_rule_of_who_is_expected_agree(
    workshop: Workshop,
    workshops: list[Workshop],
    facilitator: User,
    join: Join,
    schedule: Callable[..., Workshop],
) -> None:
    schedule(workshops[2], STARTS - timedelta(days=21))
    moments = [STARTS + timedelta(minutes=minutes) for minutes in (-1, 0, 1)]
    for joined in moments:
        for left in (None, *moments):
            if left is None or left >= joined:
                for mark in ("", "present", "absent"):
                    member = join(
                        f"Person {joined:%M} {left and f'{left:%M}'} {mark}", joined, left
                    )
                    if mark:
                        marking.mark(
                            workshop=workshop,
                            membership=member,
                            entry=Entry(mark),
                            by=facilitator,
                            at=TEN_MINUTES_IN,
                        )
    marked = set(Attendance.objects.marked().values_list("workshop", "membership"))
    rows = [
        (row.pk, vars(row)["member_id"])
        for row in expected.with_expected_members(Workshop.objects.all())
    ]
    dated = [workshop, workshops[2]]
    assert sorted(rows) == sorted(
        (one.pk, member.pk) for one in dated for member in expected.expected_at(one)
    )
    assert sorted(rows) == sorted(
        (one.pk, member.pk)
        for one in dated
        for member in expected.participants(one)
        if expected.was_expected(member, one, is_marked=(one.pk, member.pk) in marked)
    )


def test_expected_without_date_are_current_members(workshops: list[Workshop], join: Join) -> None:
    join("Ceri Here")
    join("Dev Gone", left_at=TEN_MINUTES_IN)
    assert [member.user.name for member in expected.expected_at(workshops[0])] == ["Ceri Here"]
