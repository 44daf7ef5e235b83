"""RSVPs: by the private link in an e-mail, and signed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.signing import Signer
from django.test import Client

from accounts.models import SIGNED_LINK, User
from cohorts.models import Cohort, Membership
from tests.factories import SIX_DAYS_BEFORE, STARTS
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.models import Attendance, Workshop
from workshops.register import rsvp
from workshops.register.rsvp import RSVP_LINK, Invitee, Refusal, invitee_of, rsvp_url
from workshops.times import Arrangement, Slot

DAY = timedelta(days=1)
Schedule = Callable[..., Workshop]
Join = Callable[..., Membership]

NOTE = "My daughter’s school has its concert."
SAID_YES, SAID_NO = "You said you’re coming", "You said you can’t make it"


@pytest.fixture(autouse=True)
def now(db: None) -> object:
    with time_machine.travel(SIX_DAYS_BEFORE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    workshop = schedule(workshops[3], STARTS)
    workshop.venue, workshop.joining_link = "The Old Fire Station", "https://meet.example.org/4"
    workshop.save()
    return workshop


@pytest.fixture
def member(participant: User, cohort: Cohort) -> Membership:
    Membership.objects.filter(user=participant).update(joined_at=SIX_DAYS_BEFORE - 60 * DAY)
    return Membership.objects.get(user=participant)


@pytest.fixture
def private_link(workshop: Workshop, member: Membership) -> str:
    return RSVP_LINK.path(workshop.public_id, member.public_id)


@pytest.fixture
def form_path(workshop: Workshop) -> str:
    """Return the URL to which signed-in members send their RSVP."""
    return f"/workshops/{workshop.public_id}/answer/"


def text(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def saved_answers() -> list[tuple[str, str]]:
    return list(Attendance.objects.values_list("answer", "note"))


# The private link by which a member sends an RSVP


def test_link_resolves_to_its_invitee(workshop: Workshop, join: Join) -> None:
    one, other = join("Ann"), join("Ben")
    for member in (one, other):
        assert invitee_of(RSVP_LINK.token(workshop.public_id, member.public_id)) == Invitee(
            workshop, member
        )


def test_link_is_deterministic_and_safe_in_email(workshop: Workshop, member: Membership) -> None:
    url = rsvp_url(workshop, member)
    assert url == rsvp_url(workshop, member)
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/coming/[A-Za-z0-9_~-]+/", url)


@pytest.mark.parametrize("token", ["x", "~", "a-b~c", "%00", "é", "-~", "a" * 3000])
def test_damaged_link_returns_404(client: Client, token: str) -> None:
    response = client.get(f"/coming/{token}/")
    assert response.status_code == 404
    assert "This link doesn’t work" in response.content.decode()
    assert client.post(f"/coming/{token}/", {"answer": "coming"}).status_code == 404


def test_forged_link_resolves_to_none(
    workshop: Workshop, join: Join, other_facilitator: User
) -> None:
    """The tokens have another signature, kind of link or salt, or a member of another cohort."""
    member, other = join("Ann"), join("Ben")
    ids = f"{workshop.public_id}-{member.public_id}"
    signature = RSVP_LINK.token(workshop.public_id, other.public_id).split("~")[1]
    assert invitee_of(f"{ids}~{signature}") is None
    assert invitee_of(SIGNED_LINK.signer.sign(ids)) is None
    assert invitee_of(Signer(salt="surveys", sep="~").sign(ids)) is None
    elsewhere = other_facilitator.memberships.get()
    assert invitee_of(RSVP_LINK.token(workshop.public_id, elsewhere.public_id)) is None


# Sending an RSVP by private link


def test_page_shows_only_title_time_and_place(
    client: Client, private_link: str, workshop: Workshop, participant: User
) -> None:
    page = text(client, private_link)
    for words in (
        "Power and prejudice",
        "Thursday 18 March 2027, 9:30am to 1pm",
        "The Old Fire Station",
    ):
        assert words in page
    for words in (
        participant.name,
        participant.email,
        workshop.cohort.name,
        "https://meet.example.org/4",
        "/sign-out/",
        SAID_YES,
        SAID_NO,
    ):
        assert words not in page


def test_get_by_link_saves_nothing(client: Client, private_link: str) -> None:
    client.get(private_link, {"answer": "coming"})
    client.head(private_link)
    assert Attendance.objects.count() == 0
    assert client.put(private_link).status_code == 405


def test_rsvp_by_link_is_saved_and_can_be_changed(client: Client, private_link: str) -> None:
    for answer, words in (("coming", SAID_YES), ("apologies", SAID_NO), ("coming", SAID_YES)):
        response = client.post(private_link, {"answer": answer}, follow=True)
        assert response.redirect_chain == [(private_link, 302)]
        assert words in response.content.decode()
        assert saved_answers() == [(answer, "")]
    assert "sessionid" not in client.cookies


def test_note_is_saved_with_apologies_and_cleared_when_coming(
    client: Client, private_link: str
) -> None:
    client.post(private_link, {"answer": "apologies"})
    client.post(private_link, {"answer": "apologies", "note": f"  {NOTE}\r\nSorry. "})
    assert saved_answers() == [("apologies", f"{NOTE}\nSorry.")]
    client.post(private_link, {"answer": "apologies"})
    assert saved_answers() == [("apologies", f"{NOTE}\nSorry.")]
    client.post(private_link, {"answer": "coming", "note": NOTE})
    assert saved_answers() == [("coming", "")]


def test_saved_note_is_not_shown_by_link(client: Client, private_link: str) -> None:
    client.post(private_link, {"answer": "apologies", "note": NOTE})
    page = text(client, private_link)
    assert NOTE not in page
    assert "Your facilitators have a note from you" in page
    client.post(private_link, {"answer": "apologies", "note": ""})
    assert saved_answers() == [("apologies", NOTE)]


def test_note_too_long_shows_error_and_redisplays_input(client: Client, private_link: str) -> None:
    page = client.post(private_link, {"answer": "apologies", "note": "ab " * 400}).content.decode()
    assert "Shorten this to 1000 characters; it has 1199." in page
    assert "ab " * 399 in page
    assert saved_answers() == []


def test_rsvp_from_page_before_move_is_refused(
    client: Client, private_link: str, workshop: Workshop, facilitator: User
) -> None:
    version = str(workshop.version)
    moved = Slot(STARTS + 7 * DAY, STARTS + 7 * DAY + timedelta(hours=3))
    workshop.arrange(Arrangement(moved, "", ""), at=SIX_DAYS_BEFORE, by=facilitator)
    page = client.post(
        private_link, {"answer": "apologies", "note": NOTE, "version": version}
    ).content.decode()
    assert "The date has changed since you opened this page" in page
    assert "Thursday 25 March 2027" in page
    assert NOTE in page
    assert saved_answers() == []


def test_link_does_not_sign_in(client: Client, private_link: str) -> None:
    client.post(private_link, {"answer": "coming"})
    assert client.get("/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_link_answers_for_its_member_regardless_of_session(
    facilitator: User, private_link: str, member: Membership
) -> None:
    client = signed_in(facilitator)
    client.post(private_link, {"answer": "coming"})
    assert Attendance.objects.get().membership == member
    assert facilitator.name not in text(client, private_link)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("left", "You are no longer in this cohort"),
        ("closed", "You are no longer in this cohort"),
        ("facilitates", "You facilitate this cohort"),
        ("cancelled", "This workshop is cancelled"),
        ("unplanned", "This workshop is getting another date"),
        ("begun", "The workshop has begun"),
    ],
)
def test_page_explains_why_rsvp_is_closed(
    client: Client,
    private_link: str,
    workshop: Workshop,
    member: Membership,
    facilitator: User,
    now: time_machine.Traveller,
    what: str,
    words: str,
) -> None:
    match what:
        case "left":
            member.leave(by=facilitator, at=SIX_DAYS_BEFORE)
        case "closed":
            User.objects.filter(pk=member.user_id).update(is_active=False)
        case "facilitates":
            private_link = RSVP_LINK.path(
                workshop.public_id, facilitator.memberships.get().public_id
            )
        case "cancelled":
            workshop.cancel(by=facilitator, at=SIX_DAYS_BEFORE)
        case "unplanned":
            workshop.arrange(Arrangement(None, "", ""), at=SIX_DAYS_BEFORE, by=facilitator)
        case "begun":
            now.move_to(STARTS)
    page = text(client, private_link)
    assert (words in page, "Go to Today" in page) == (True, True)
    assert "The Old Fire Station" not in page
    late = client.post(private_link, {"answer": "apologies", "note": NOTE}).content.decode()
    assert (words in late, "Your note was not saved" in late, NOTE in late) == (
        True,
        True,
        True,
    )
    assert saved_answers() == []


def test_rsvp_is_refused_when_cancelled_before_lock(
    workshop: Workshop, member: Membership, facilitator: User
) -> None:
    stale = Invitee(Workshop.objects.get(pk=workshop.pk), member)
    workshop.cancel(by=facilitator, at=SIX_DAYS_BEFORE)
    with pytest.raises(rsvp.AnswerRefusedError) as refusal:
        rsvp.submit(stale, answer="coming", note=None, seen_version="", at=SIX_DAYS_BEFORE)
    assert refusal.value.why == Refusal.CANCELLED


# Sending an RSVP when signed in


def test_signed_in_rsvp_is_saved_and_redirects_back(
    participant_client: Client, member: Membership, workshop: Workshop, form_path: str
) -> None:
    response = participant_client.post(
        form_path, {"answer": "coming", "next": workshop.get_absolute_url()}
    )
    assert response.headers["Location"] == workshop.get_absolute_url()
    saved = Attendance.objects.get()
    assert (saved.membership, saved.answer) == (member, "coming")
    assert saved.answered_at == SIX_DAYS_BEFORE


def test_apologies_are_saved_before_note_is_requested(
    participant_client: Client, member: Membership, workshop: Workshop, form_path: str
) -> None:
    back = workshop.get_absolute_url()
    first_response = participant_client.post(
        form_path, {"answer": "apologies", "next": back}, follow=True
    )
    assert saved_answers() == [("apologies", "")]
    page = first_response.content.decode()
    for words in (
        SAID_NO,
        "A note for your facilitators",
        "Only your facilitators can read this.",
    ):
        assert words in page
    assert first_response.context["back"] == back
    response = participant_client.post(
        form_path, {"answer": "apologies", "note": NOTE, "next": back}, follow=True
    )
    assert response.redirect_chain == [(back, 302)]
    assert "Your facilitators can read your note." in response.content.decode()
    assert "✓ You can’t make it" in response.content.decode()
    assert saved_answers() == [("apologies", NOTE)]


def test_own_note_is_shown_and_can_be_deleted(
    participant_client: Client, member: Membership, form_path: str
) -> None:
    participant_client.post(form_path, {"answer": "apologies", "note": NOTE})
    assert NOTE in text(participant_client, form_path)
    participant_client.post(form_path, {"answer": "apologies", "note": ""})
    assert saved_answers() == [("apologies", "")]


@pytest.mark.parametrize(
    "next_url", ["", "https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_rsvp_does_not_redirect_to_other_sites(
    participant_client: Client, member: Membership, form_path: str, next_url: str
) -> None:
    response = participant_client.post(form_path, {"answer": "coming", "next": next_url})
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("answer", ["", "maybe", "\0", "present"])
def test_rsvp_refuses_unknown_value(
    participant_client: Client,
    client: Client,
    member: Membership,
    form_path: str,
    private_link: str,
    answer: str,
) -> None:
    for each_client, path in ((participant_client, form_path), (client, private_link)):
        page = each_client.post(path, {"answer": answer}).content.decode()
        assert "Choose whether you’re coming" in page
    assert saved_answers() == []


def test_rsvp_is_refused_once_workshop_has_begun(
    participant_client: Client, member: Membership, form_path: str, now: time_machine.Traveller
) -> None:
    now.move_to(STARTS)
    page = participant_client.post(
        form_path, {"answer": "apologies", "note": NOTE}
    ).content.decode()
    assert ("The workshop has begun" in page, NOTE in page) == (True, True)
    assert saved_answers() == []


def test_rsvp_requires_active_participant(
    participant_client: Client,
    facilitator_client: Client,
    administrator_client: Client,
    member: Membership,
    form_path: str,
) -> None:
    member.leave(by=None, at=SIX_DAYS_BEFORE)
    for client in (participant_client, facilitator_client, administrator_client):
        assert client.get(form_path).status_code == 403
        assert client.post(form_path, {"answer": "coming"}).status_code == 403
    assert saved_answers() == []


def test_signed_in_get_saves_nothing(
    participant_client: Client, member: Membership, form_path: str
) -> None:
    assert participant_client.get(form_path, {"answer": "coming"}).status_code == 200
    assert saved_answers() == []


def test_repeated_posts_leave_one_row(
    client: Client,
    participant_client: Client,
    member: Membership,
    form_path: str,
    private_link: str,
) -> None:
    for _ in range(2):
        client.post(private_link, {"answer": "apologies"})
        participant_client.post(form_path, {"answer": "apologies", "note": NOTE})
    assert saved_answers() == [("apologies", NOTE)]


def test_apologies_count_as_excused_only_before_start(
    workshop: Workshop, member: Membership
) -> None:
    rsvp.save_answer(workshop=workshop, membership=member, answer="apologies", note=NOTE, at=STARTS)
    assert Attendance.objects.excused().count() == 0
    rsvp.save_answer(
        workshop=workshop, membership=member, answer="apologies", at=STARTS - timedelta(seconds=1)
    )
    assert Attendance.objects.excused().count() == 1


def test_private_page_takes_four_queries(client: Client, private_link: str) -> None:
    with CapturedQueries() as queries:
        client.get(private_link)
    assert len(queries) <= 4
