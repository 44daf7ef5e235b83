"""Convenor's main job in one test: a cohort from the import of its people to its report.

The pages are opened in a browser, and the e-mails are sent over SMTP.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from playwright.sync_api import BrowserContext, Page, expect

from accounts.after_response import wait_for_work
from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.default_programme import get_or_create_default
from programmes.feedback import default_questions
from tests.browser import NARROW, WIDE, step
from tests.factories import STARTS
from tests.services import Letterbox
from workshops.models import Workshop

DATA = Path(__file__).parent.parent / "data"
MADE = datetime(2027, 2, 22, 10, 0, tzinfo=UTC)
FIRST_DAY = "2027-03-18"
ENDS = datetime(2027, 3, 18, 13, 0, tzinfo=UTC)
ENOUGH = 6
WORDS = "I said “that’s not our budget” and heard myself."

Clock = time_machine.Traveller
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock() -> Iterator[Clock]:
    with time_machine.travel(MADE, tick=True) as traveller:
        yield traveller


@pytest.fixture
def ruth(transactional_db: None, clock: Clock) -> User:
    """A user who may create cohorts, because she facilitates another cohort."""
    programme = get_or_create_default()
    user = User.objects.create_user("ruth.adeyemi@example.org", "Ruth Adeyemi")
    elsewhere = Cohort.objects.create(programme=programme, name="Essex, autumn 2026", place="Essex")
    Membership.objects.create(cohort=elsewhere, user=user, role=Membership.Role.FACILITATOR)
    return user


def link_in(letterbox: Letterbox, address: str, subject: str) -> str:
    """Return the link in the only e-mail to this address with this subject."""
    [mail] = [mail for mail in letterbox.to(address) if mail["Subject"].startswith(subject)]
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"http\S+", body.get_content())
    assert found is not None
    return found[0]


def sign_in_by_code(page: Page, user: User, letterbox: Letterbox) -> None:
    page.goto("/")
    page.get_by_label("Your work e-mail").fill(user.email)
    page.get_by_role("button", name="Send me a code").click()
    # The code is sent after the response.
    expect(page.get_by_label("Code from the e-mail")).to_be_visible()
    wait_for_work()
    body = letterbox.to(user.email)[-1].get_body(("plain",))
    assert body is not None
    code = re.search(r"^ +(\S+)\s*$", body.get_content(), re.MULTILINE)
    assert code is not None
    page.get_by_label("Code from the e-mail").fill(code[1])
    page.get_by_role("button", name="Sign in").click()


def make_cohort(page: Page) -> Cohort:
    page.get_by_role("link", name="Create a cohort").click()
    page.get_by_label("Name", exact=True).fill("North East, spring 2027")
    page.get_by_label("Place", exact=True).fill("North East")
    page.get_by_role("button", name="Create and plan the dates").click()
    page.wait_for_url("**/plan/")
    return Cohort.objects.get(name="North East, spring 2027")


def import_people(page: Page, cohort: Cohort, file: str, coming: int) -> None:
    page.goto(f"/cohorts/{cohort.public_id}/people/import/")
    page.get_by_label("List of people").set_input_files(DATA / file)
    page.get_by_role("button", name="Check the rows").click()
    assert cohort.memberships.participating().count() == 0
    page.get_by_role("button", name=f"Add {coming} people").click()
    assert cohort.memberships.participating().count() == coming


def plan_the_dates(page: Page, cohort: Cohort) -> None:
    page.goto(f"/cohorts/{cohort.public_id}/plan/")
    page.get_by_label("First workshop").fill(FIRST_DAY)
    page.get_by_label("Usual venue").fill("The Old Fire Station, Sunderland")
    page.get_by_role("button", name="Suggest dates again").click()
    expect(page.get_by_text("Thursday 18 March 2027, 9:30am to 1pm")).to_be_visible()
    assert not cohort.workshops.on().exists()
    page.get_by_role("button", name="Confirm…").click()
    expect(page.get_by_role("heading", name="Confirm the dates")).to_be_visible()
    assert not cohort.workshops.on().exists()
    page.get_by_role("button", name="Confirm and send").click()
    page.wait_for_url("**/cohorts/*/")
    assert cohort.workshops.on().count() == 6


def send_due(clock: Clock, moment: datetime) -> None:
    clock.move_to(moment)
    call_command("send_due", at=moment.isoformat())


def take_the_register(page: Page, workshop: Workshop, absent: Membership) -> None:
    page.goto(f"/workshops/{workshop.public_id}/register/")
    page.get_by_role("group", name=absent.user.name).get_by_role("radio", name="Absent").check()
    page.get_by_role("button", name="Everyone else present").click()
    expect(page.get_by_text("All saved.")).to_be_visible()
    assert (
        workshop.attendances.attended().count()
        == workshop.cohort.memberships.participating().count() - 1
    )


def reflect(page: Page) -> None:
    page.goto("/")
    page.get_by_text("Or begin with a question from workshop 1").click()
    page.get_by_role("link", name="Whose leadership did you overlook until today?").click()
    expect(page.get_by_label("Only me")).to_be_checked()
    page.get_by_role("textbox").first.fill(WORDS)
    page.get_by_label("My facilitators").check()
    page.get_by_role("button", name="Save reflection").click()
    expect(page.get_by_text(WORDS)).to_be_visible()


def read_and_reply(page: Page, cohort: Cohort) -> None:
    page.goto(f"/cohorts/{cohort.public_id}/")
    expect(page.get_by_text(WORDS)).to_be_visible()
    page.get_by_role("link", name="Read and reply").click()
    page.get_by_role("textbox").fill("What did you hear?")
    page.get_by_role("button", name="Reply").click()
    expect(page.get_by_text("What did you hear?", exact=True)).to_be_visible()


def answer_the_survey(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Start").click()
    for question in (one for one in default_questions() if one.is_scale):
        page.get_by_role("group", name=str(question.text)).get_by_role("radio").nth(3).check()
    page.get_by_label("What should we change for next time?").fill("A warmer room.")
    page.get_by_role("button", name="Send without my name").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")


def close_the_survey(page: Page, workshop: Workshop) -> None:
    page.goto(f"/workshops/{workshop.public_id}/feedback/")
    page.get_by_role("link", name="Close it now").click()
    page.get_by_role("button", name=re.compile("Close")).click()
    expect(page.get_by_text("These comments are being read first")).to_be_visible()
    expect(page.get_by_text("A warmer room.")).to_have_count(0)


def read_the_comments(page: Page, workshop: Workshop) -> None:
    page.goto("/comments/")
    page.get_by_role("link", name=workshop.title).click()
    for radio in page.get_by_role("radio", name="Show it as it is").all():
        radio.check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. All comments are read").first).to_be_visible()


def export(page: Page, cohort: Cohort) -> list[list[str]]:
    page.goto(f"/cohorts/{cohort.public_id}/report/")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    return list(
        csv.reader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines())
    )


@pytest.mark.parametrize(
    ("size", "file", "coming"),
    [("narrow", "north-east-attendees.csv", 23), ("wide", "essex-form-answers.xlsx", 20)],
)
def test_facilitator_runs_a_cohort_from_spreadsheet_to_report(
    size: str,
    file: str,
    coming: int,
    request: pytest.FixtureRequest,
    clock: Clock,
    ruth: User,
    administrator: User,
    smtp_server: Letterbox,
    axe: Callable[[Page], None],
    new_context: Callable[..., BrowserContext],
    live_site: str,
) -> None:
    facilitator: Page = request.getfixturevalue(f"{size}_page")
    participant = new_context(base_url=live_site, viewport=NARROW).new_page()

    with step("the facilitator makes a cohort and plans its dates"):
        sign_in_by_code(facilitator, ruth, smtp_server)
        cohort = make_cohort(facilitator)
        import_people(facilitator, cohort, file, coming)
        send_due(clock, MADE + timedelta(minutes=2))
        assert len(smtp_server.messages) == 1, "only the code: without dates nobody is invited"
        plan_the_dates(facilitator, cohort)

    members = list(cohort.memberships.participating().by_name())
    amina, absent = members[0], members[1]
    with step("everybody is invited"):
        send_due(clock, MADE + timedelta(minutes=10))
        [invitation, *entries] = sorted(
            smtp_server.to(amina.user.email),
            key=lambda mail: not mail["Subject"].startswith("Your place in"),
        )
        assert len(entries) == 1, "and one e-mail with the calendar entries of all workshops"
        for part in ("plain", "html"):
            body = invitation.get_body((part,))
            assert body is not None
            assert "Facilitated by Ruth Adeyemi." in " ".join(body.get_content().split())

    with step("a participant signs in by the e-mail and says that she is coming"):
        participant.goto(link_in(smtp_server, amina.user.email, "Your place in"))
        participant.get_by_role("button", name=f"Sign in as {amina.user.name}").click()
        participant.get_by_role("button", name="I’m coming").click()
        expect(participant.get_by_role("button", name="You’re coming")).to_be_visible()
        axe(participant)

    with step("everybody is reminded"):
        send_due(clock, STARTS - timedelta(days=7, minutes=30))
        reminded = [
            mail for mail in smtp_server.messages if mail["Subject"].startswith("Reminder: ")
        ]
        assert len(reminded) == coming

    with step("the facilitator takes the register"):
        clock.move_to(STARTS + timedelta(minutes=5))
        workshop = cohort.workshops.get(position=1)
        take_the_register(facilitator, workshop, absent)
        axe(facilitator)

    with step("the participant reflects and the facilitator replies"):
        send_due(clock, ENDS + timedelta(minutes=31))
        reflect(participant)
        read_and_reply(facilitator, cohort)

    with step("six people answer the survey"):
        present = [member for member in members if member != absent]
        assert not [
            mail
            for mail in smtp_server.to(absent.user.email)
            if mail["Subject"].startswith("How was")
        ]
        for member in present[:ENOUGH]:
            answer_the_survey(participant, link_in(smtp_server, member.user.email, "How was"))
        close_the_survey(facilitator, workshop)

    with step("an administrator reads the comments, and then the cohort does"):
        reader = new_context(base_url=live_site, viewport=WIDE).new_page()
        sign_in_by_code(reader, administrator, smtp_server)
        read_the_comments(reader, workshop)
        facilitator.reload()
        expect(facilitator.get_by_text("A warmer room.").first).to_be_visible()

    with step("the facilitator exports the report"):
        rows = export(facilitator, cohort)
        attendance = next(row for row in rows if "Attendance" in row)
        assert (
            f"{(coming - 1) / coming:.2f}" in " ".join(attendance) or str(coming - 1) in attendance
        )
        assert WORDS not in str(rows)
