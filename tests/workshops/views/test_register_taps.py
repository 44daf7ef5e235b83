"""The requests of an open register page: saving tapped marks, and polling the state."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from cohorts.models import Membership
from tests.factories import FIVE_MINUTES_IN, STARTS
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.models import Attendance, Workshop
from workshops.register import marking
from workshops.register.marking import Entry

MINUTE = timedelta(minutes=1)
Join = Callable[..., Membership]


@pytest.fixture(autouse=True)
def clock(db: None) -> object:
    with time_machine.travel(FIVE_MINUTES_IN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], STARTS)


@pytest.fixture
def ann(join: Join) -> Membership:
    return join("Ann Able")


def tap(
    member: Membership, mark: str, at: datetime = FIVE_MINUTES_IN, **more: str
) -> dict[str, Any]:
    moment = round(at.timestamp() * 1000)
    return {"member": member.public_id, "mark": mark, "came": "", "went": "", "at": moment} | more


def send(client: Client, workshop: Workshop, *taps: dict[str, Any], **headers: str) -> Any:
    url = f"/workshops/{workshop.public_id}/register/marks/"
    return client.post(url, {"marks": taps}, content_type="application/json", headers=headers)


def get_state(client: Client, workshop: Workshop) -> Any:
    return client.get(f"/workshops/{workshop.public_id}/register/state/")


def saved_mark(member: Membership) -> tuple[str, datetime | None]:
    attendance = Attendance.objects.get(membership=member)
    return attendance.mark, attendance.marked_at


def test_taps_are_saved_with_tap_times_and_return_state(
    facilitator_client: Client, facilitator: User, workshop: Workshop, ann: Membership, join: Join
) -> None:
    ben, long_ago = join("Ben Best"), FIVE_MINUTES_IN - 3 * MINUTE
    answer = send(
        facilitator_client, workshop, tap(ann, "partly", long_ago, went="11:00"), tap(ben, "absent")
    ).json()
    assert answer.pop("token")
    assert answer == {
        "clock": FIVE_MINUTES_IN.timestamp() * 1000,
        "me": facilitator.public_id,
        "count": 2,
        "people": {
            ann.public_id: {
                "mark": "partly",
                "came": "",
                "went": "11:00",
                "at": long_ago.timestamp() * 1000,
                "was": "partly:-11:00:00",
            },
            ben.public_id: {
                "mark": "absent",
                "came": "",
                "went": "",
                "at": FIVE_MINUTES_IN.timestamp() * 1000,
                "was": "absent",
            },
        },
        "others": [],
        "wrong": {},
    }
    assert (saved_mark(ann), saved_mark(ben)) == (("partly", long_ago), ("absent", FIVE_MINUTES_IN))


def test_tap_arriving_late_loses_to_later_tap(
    facilitator_client: Client, administrator: User, workshop: Workshop, ann: Membership
) -> None:
    marking.mark(
        workshop=workshop,
        membership=ann,
        entry=Entry("absent"),
        by=administrator,
        at=FIVE_MINUTES_IN - MINUTE,
    )
    for _ in range(2):
        answer = send(
            facilitator_client, workshop, tap(ann, "present", FIVE_MINUTES_IN - 2 * MINUTE)
        ).json()
    assert saved_mark(ann) == ("absent", FIVE_MINUTES_IN - MINUTE)
    assert (answer["people"][ann.public_id]["mark"], answer["others"]) == (
        "absent",
        ["Ada Administrator"],
    )


def test_cleared_mark_is_not_restored_by_earlier_tap(
    facilitator_client: Client, workshop: Workshop, ann: Membership
) -> None:
    send(facilitator_client, workshop, tap(ann, "", FIVE_MINUTES_IN - MINUTE))
    send(facilitator_client, workshop, tap(ann, "present", FIVE_MINUTES_IN - 2 * MINUTE))
    assert saved_mark(ann) == ("", FIVE_MINUTES_IN - MINUTE)


def test_later_of_two_taps_in_one_request_wins(
    facilitator_client: Client, workshop: Workshop, ann: Membership
) -> None:
    send(
        facilitator_client,
        workshop,
        tap(ann, "absent", FIVE_MINUTES_IN),
        tap(ann, "present", FIVE_MINUTES_IN - MINUTE),
    )
    assert saved_mark(ann) == ("absent", FIVE_MINUTES_IN)


def test_invalid_tap_is_reported_and_others_are_saved(
    facilitator_client: Client, workshop: Workshop, ann: Membership, join: Join, facilitator: User
) -> None:
    ben, cid = join("Ben Best"), join("Cid Cole")
    late, own = (
        join("Zoe Late", joined_at=STARTS + MINUTE),
        Membership.objects.get(user=facilitator),
    )
    answer = send(
        facilitator_client,
        workshop,
        tap(ann, "present"),
        tap(ben, "partly", came="8:00"),
        tap(cid, "asleep"),
        tap(late, "present"),
        tap(own, "present"),
    )
    wrong = answer.json()["wrong"]
    assert answer.status_code == 200
    assert wrong == {
        ben.public_id: "Enter a time within the workshop, from 9:30am to 1pm, or none.",
        cid.public_id: wrong[cid.public_id],
        late.public_id: "This person is not on this register.",
        own.public_id: "This person is not on this register.",
    }
    assert list(Attendance.objects.values_list("membership__user__name", "mark")) == [
        ("Ann Able", "present")
    ]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"marks": 3}',
        '{"marks": [{"member": "a"}]}',
        "[" * 100_000,
        b"\xff\xfe",
        *(
            json.dumps(
                {
                    "marks": [
                        {"member": "a", "mark": "present", "came": "", "went": "", "at": 1} | wrong
                    ]
                }
            )
            for wrong in (
                {"at": "now"},
                {"at": None},
                {"at": 1e400},
                {"at": 10**30},
                {"mark": None},
                {"mark": "\0"},
                {"member": 3},
            )
        ),
    ],
)
def test_malformed_request_is_refused(
    facilitator_client: Client, workshop: Workshop, ann: Membership, body: str | bytes
) -> None:
    url = f"/workshops/{workshop.public_id}/register/marks/"
    answer = facilitator_client.post(url, body, content_type="application/json")
    assert answer.status_code == 400
    assert Attendance.objects.count() == 0


def test_too_many_taps_are_refused(
    facilitator_client: Client, workshop: Workshop, ann: Membership
) -> None:
    assert send(facilitator_client, workshop, *[tap(ann, "present")] * 501).status_code == 400


def test_taps_from_another_users_page_are_refused(
    administrator_client: Client, facilitator: User, workshop: Workshop, ann: Membership
) -> None:
    headers = {"X-Marked-By": facilitator.public_id}
    answer = send(administrator_client, workshop, tap(ann, "present"), **headers)
    assert (answer.status_code, answer.json()) == (409, {"other": True})
    assert Attendance.objects.count() == 0


def test_taps_to_closed_register_are_refused(
    facilitator_client: Client, facilitator: User, workshop: Workshop, ann: Membership
) -> None:
    workshop.cancel(by=facilitator, at=FIVE_MINUTES_IN)
    for answer in (
        send(facilitator_client, workshop, tap(ann, "present")),
        get_state(facilitator_client, workshop),
    ):
        assert (answer.status_code, answer.json()) == (409, {"closed": True})
    assert Attendance.objects.count() == 0


def test_tap_after_session_expiry_redirects_to_sign_in(workshop: Workshop, ann: Membership) -> None:
    answer = send(Client(), workshop, tap(ann, "present"))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/")


def test_state_contains_no_participant_names(
    facilitator_client: Client, workshop: Workshop, ann: Membership
) -> None:
    answer = get_state(facilitator_client, workshop)
    assert "Able" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_csrf_token_from_state_is_accepted(
    facilitator: User, workshop: Workshop, ann: Membership
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(facilitator)
    assert send(client, workshop, tap(ann, "present")).status_code == 403
    token = get_state(client, workshop).json()["token"]
    assert send(client, workshop, tap(ann, "present"), **{"X-CSRFToken": token}).status_code == 200
    assert settings.CSRF_COOKIE_NAME in client.cookies


def test_taps_and_state_require_convener(
    participant: User,
    outsider: User,
    other_facilitator: User,
    administrator: User,
    workshop: Workshop,
    ann: Membership,
) -> None:
    for user, status in ((participant, 403), (outsider, 404), (other_facilitator, 404)):
        assert send(signed_in(user), workshop, tap(ann, "present")).status_code == status
        assert get_state(signed_in(user), workshop).status_code == status
    assert Attendance.objects.count() == 0
    assert send(signed_in(administrator), workshop, tap(ann, "present")).status_code == 200


def test_taps_refuse_get_and_state_refuses_post(
    facilitator_client: Client, workshop: Workshop
) -> None:
    at = f"/workshops/{workshop.public_id}/register/"
    assert facilitator_client.get(f"{at}marks/").status_code == 405
    assert facilitator_client.post(f"{at}state/").status_code == 405


@pytest.mark.parametrize("act", ["tap", "ask"])
def test_taps_query_count_is_constant(
    facilitator_client: Client, workshop: Workshop, join: Join, act: str
) -> None:
    counts = []
    for people in (1, 30):
        taps = [tap(join(f"Person {people} {number}"), "present") for number in range(people)]
        with CapturedQueries() as queries:
            answer: HttpResponse = (
                send(facilitator_client, workshop, *taps)
                if act == "tap"
                else get_state(facilitator_client, workshop)
            )
        assert answer.status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
