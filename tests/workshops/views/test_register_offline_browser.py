"""Browser tests of the register on phones that go offline: no mark is lost or saved twice."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext, Page, Route, expect

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.browser import NARROW, watched
from workshops.models import Attendance, Workshop

SignIn = Callable[[Page, User], None]
# How much a phone's corrected clock may differ from the server's, in milliseconds. The phone can't
# know how long the server's reply took to arrive.
CLOCK_TOLERANCE = 1_000
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def started_workshop(
    workshops: list[Workshop], schedule: Callable[..., Workshop], join: Callable[..., Membership]
) -> Workshop:
    """A workshop that began five minutes ago.

    The date is in real time, because the clock of a browser can't be changed by the test.
    """
    for name in ("Ann Able", "Ben Best", "Cid Cole"):
        join(name)
    return schedule(workshops[3], datetime.now(UTC) - timedelta(minutes=5))


@pytest.fixture
def tom(cohort: Cohort) -> User:
    """The cohort's other facilitator."""
    user = User.objects.create_user("tom.hughes@example.org", "Tom Hughes")
    Membership.objects.create(cohort=cohort, user=user, role=Membership.Role.FACILITATOR)
    return user


@pytest.fixture
def other_page(new_context: Callable[..., BrowserContext], live_site: str) -> Iterator[Page]:
    """A page in another browser context: another facilitator's phone."""
    yield from watched(new_context(base_url=live_site, viewport=NARROW, has_touch=True))


def marks(workshop: Workshop) -> dict[str, str]:
    return dict(workshop.attendances.marked().values_list("membership__user__name", "mark"))


def open_register(page: Page, workshop: Workshop) -> None:
    page.goto(f"/workshops/{workshop.public_id}/register/")


def tap(page: Page, name: str, mark: str) -> None:
    page.get_by_role("group", name=name).get_by_role("radio", name=mark).check()


def expect_status(page: Page, words: str) -> None:
    expect(page.locator("[data-standing]")).to_contain_text(words, timeout=15_000)


def expect_mark(page: Page, name: str, mark: str) -> None:
    expect(page.get_by_role("group", name=name).get_by_role("radio", name=mark)).to_be_checked()


def local_storage_of(page: Page) -> list[str]:
    found: list[str] = page.evaluate("Object.entries(localStorage).map((pair) => pair.join(' '))")
    return found


def test_marks_are_sent_when_signal_returns(
    narrow_page: Page,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    facilitator: User,
    started_workshop: Workshop,
) -> None:
    sign_in(narrow_page, facilitator)
    open_register(narrow_page, started_workshop)
    expect_status(narrow_page, "All saved.")
    narrow_page.context.set_offline(True)
    tap(narrow_page, "Ann Able", "Absent")
    narrow_page.get_by_role("button", name="Everyone else present").click()
    expect_status(narrow_page, "No signal. Marks waiting on this phone: 3.")
    expect(narrow_page.locator("#tally")).to_contain_text("3 of 3 marked")
    expect(narrow_page.get_by_text("waiting to be sent").filter(visible=True)).to_have_count(3)
    expect(
        narrow_page.get_by_role("button", name="Save the register")
    ).to_be_hidden()  # every tap is saved
    narrow_page.get_by_role("button", name="Clear the mark of Cid Cole").click()
    expect(narrow_page.locator("#tally")).to_contain_text("2 of 3 marked")
    expect(narrow_page.get_by_role("button", name="Clear the mark of Cid Cole")).to_be_hidden()
    narrow_page.get_by_role("link", name="Somebody who isn’t listed").click()
    expect_status(
        narrow_page, "You need a signal to add somebody. No signal. Marks waiting on this phone: 3."
    )
    axe(narrow_page)
    assert marks(started_workshop) == {}
    assert not any("Able" in entry for entry in local_storage_of(narrow_page))
    narrow_page.context.set_offline(False)
    expect_status(narrow_page, "All saved.")
    assert marks(started_workshop) == {"Ann Able": "absent", "Ben Best": "present"}
    assert local_storage_of(narrow_page) == []


def test_marks_survive_closed_page(
    narrow_page: Page, sign_in: SignIn, facilitator: User, started_workshop: Workshop
) -> None:
    sign_in(narrow_page, facilitator)
    context = narrow_page.context
    with closing(context.new_page()) as closed_page:
        open_register(closed_page, started_workshop)
        expect_status(closed_page, "All saved.")
        context.set_offline(True)
        tap(closed_page, "Ann Able", "Present")
        tap(closed_page, "Ben Best", "Absent")
        expect_status(closed_page, "No signal. Marks waiting on this phone: 2.")
    assert marks(started_workshop) == {}
    context.set_offline(False)
    # The phone is online again, but requests with marks fail, so the new page shows the marks as
    # waiting.
    context.route("**/register/marks/", lambda route: route.abort())
    open_register(narrow_page, started_workshop)
    expect_status(narrow_page, "No signal. Marks waiting on this phone: 2.")
    expect_mark(narrow_page, "Ann Able", "Present")
    expect_mark(narrow_page, "Ben Best", "Absent")
    expect(narrow_page.locator("#tally")).to_contain_text("2 of 3 marked")
    context.unroute("**/register/marks/")
    expect_status(narrow_page, "All saved.")
    assert marks(started_workshop) == {"Ann Able": "present", "Ben Best": "absent"}


def test_mark_is_resent_unchanged_after_lost_response(
    narrow_page: Page, sign_in: SignIn, facilitator: User, started_workshop: Workshop
) -> None:
    sent = []

    def lose_the_answer(route: Route) -> None:
        sent.append(route.request.post_data)
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    sign_in(narrow_page, facilitator)
    open_register(narrow_page, started_workshop)
    expect_status(narrow_page, "All saved.")
    narrow_page.route("**/register/marks/", lose_the_answer)
    tap(narrow_page, "Ann Able", "Present")
    expect_status(narrow_page, "No signal. Marks waiting on this phone: 1.")
    marked_at = Attendance.objects.get().marked_at
    expect_status(narrow_page, "All saved.")
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert Attendance.objects.get().marked_at == marked_at


def test_later_tap_wins_in_any_arrival_order(
    narrow_page: Page,
    other_page: Page,
    sign_in: SignIn,
    facilitator: User,
    tom: User,
    started_workshop: Workshop,
) -> None:
    for page, user in ((narrow_page, facilitator), (other_page, tom)):
        sign_in(page, user)
        open_register(page, started_workshop)
        expect_status(page, "All saved.")
    narrow_page.context.set_offline(True)
    tap(narrow_page, "Ann Able", "Absent")
    narrow_page.wait_for_timeout(CLOCK_TOLERANCE)
    tap(other_page, "Ann Able", "Present")  # the later one, which arrives first
    expect_status(other_page, "All saved.")
    tap(other_page, "Ben Best", "Present")
    expect_status(other_page, "All saved.")
    narrow_page.wait_for_timeout(CLOCK_TOLERANCE)
    tap(narrow_page, "Ben Best", "Apologies")  # the later one, which arrives last
    narrow_page.context.set_offline(False)
    expect_status(narrow_page, "All saved. Also marking: Tom Hughes.")
    for page in (narrow_page, other_page):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # polls immediately
        expect_mark(page, "Ann Able", "Present")
        expect_mark(page, "Ben Best", "Apologies")
    assert marks(started_workshop) == {"Ann Able": "present", "Ben Best": "apologies"}


def test_marks_of_others_appear_except_in_focused_row(
    narrow_page: Page, sign_in: SignIn, facilitator: User, tom: User, started_workshop: Workshop
) -> None:
    sign_in(narrow_page, facilitator)
    open_register(narrow_page, started_workshop)
    tap(narrow_page, "Ann Able", "Partly")
    expect_status(narrow_page, "All saved.")
    narrow_page.get_by_label("when Ann Able came").focus()
    moment = datetime.now(UTC)
    for attendance in Attendance.objects.all():
        attendance.mark, attendance.marked_at, attendance.marked_by = "absent", moment, tom
        attendance.save()
    ben = Membership.objects.get(user__name="Ben Best")
    Attendance.objects.create(
        workshop=started_workshop, membership=ben, mark="present", marked_at=moment, marked_by=tom
    )
    narrow_page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect_mark(narrow_page, "Ben Best", "Present")
    expect_mark(narrow_page, "Ann Able", "Partly")
    narrow_page.get_by_label("when Ann Able came").blur()
    narrow_page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect_mark(narrow_page, "Ann Able", "Absent")


def test_marks_survive_expired_session(
    narrow_page: Page, sign_in: SignIn, facilitator: User, started_workshop: Workshop
) -> None:
    sign_in(narrow_page, facilitator)
    open_register(narrow_page, started_workshop)
    expect_status(narrow_page, "All saved.")
    Session.objects.all().delete()
    tap(narrow_page, "Ann Able", "Present")
    expect_status(
        narrow_page,
        "You’ve been signed out. Marks waiting on this phone: 1. Sign in again to save your marks",
    )
    assert marks(started_workshop) == {}
    # The user signs in again in another window, which changes the CSRF token.
    sign_in(narrow_page, facilitator)
    narrow_page.context.add_cookies(
        [{"name": settings.CSRF_COOKIE_NAME, "value": "x" * 32, "url": narrow_page.url}]
    )
    expect_status(narrow_page, "All saved.")
    assert marks(started_workshop) == {"Ann Able": "present"}


def test_unsent_marks_of_previous_user_are_deleted(
    narrow_page: Page, sign_in: SignIn, facilitator: User, tom: User, started_workshop: Workshop
) -> None:
    sign_in(narrow_page, facilitator)
    open_register(narrow_page, started_workshop)
    expect_status(narrow_page, "All saved.")
    narrow_page.context.route("**/register/marks/", lambda route: route.abort())
    tap(narrow_page, "Ann Able", "Present")
    expect_status(narrow_page, "No signal. Marks waiting on this phone: 1.")
    narrow_page.context.unroute("**/register/marks/")
    sign_in(narrow_page, tom)
    expect_status(narrow_page, "Someone else has signed in on this browser.")
    assert len(local_storage_of(narrow_page)) == 1
    open_register(narrow_page, started_workshop)
    expect_status(narrow_page, "All saved.")
    assert local_storage_of(narrow_page) == []
    assert marks(started_workshop) == {}


def test_wrong_phone_clock_is_corrected(
    narrow_page: Page, sign_in: SignIn, facilitator: User, tom: User, started_workshop: Workshop
) -> None:
    narrow_page.add_init_script(
        "const real = Date.now; Date.now = () => real() - 5 * 3600_000;"
        "Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin - 5 * "
        "3600_000 });"
    )
    sign_in(narrow_page, facilitator)
    open_register(narrow_page, started_workshop)
    expect_status(narrow_page, "All saved.")
    tap(narrow_page, "Ann Able", "Present")
    expect_status(narrow_page, "All saved.")
    marked_at = Attendance.objects.get().marked_at
    assert marked_at is not None
    assert abs(datetime.now(UTC) - marked_at) < timedelta(seconds=20)


def test_signing_out_deletes_unsent_marks(
    narrow_page: Page, sign_in: SignIn, facilitator: User, started_workshop: Workshop
) -> None:
    sign_in(narrow_page, facilitator)
    open_register(narrow_page, started_workshop)
    narrow_page.context.route("**/register/marks/", lambda route: route.abort())
    tap(narrow_page, "Ann Able", "Present")
    expect_status(narrow_page, "No signal. Marks waiting on this phone: 1.")
    assert len(local_storage_of(narrow_page)) == 1
    narrow_page.get_by_role("button", name="Sign out").click()
    narrow_page.wait_for_url("**/sign-in/**")
    assert local_storage_of(narrow_page) == []
