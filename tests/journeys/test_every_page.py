"""Tests that every page is accessible and fits the screen, for every role that may open it.

The pages come from the URL configuration and the roles from the access table, so a new page is
tested automatically. If its URL takes an argument, add a line to ABOUT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Exists, OuterRef
from django.urls import get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page
from pytest_django.fixtures import Settings

from accounts.models import SignInLink, User
from cohorts.models import Membership, Organisation
from home.demo.building import Demo
from home.demo.mailbox import keys_latest_first
from outbox.models import Message, SuppressedAddress
from outbox.preferences.links import OPT_OUT_LINK, PREFERENCES_LINK
from programmes.models import Programme, WorkshopPlan
from reflections.entries import write
from reflections.models import Audience, Reflection, Reply
from surveys.links import ROOM_LINK
from surveys.models import Survey
from tests.architecture.access_table import ACCESS, ROLES, url_name
from tests.architecture.addresses import patterns
from tests.architecture.sample_objects import (
    make_archived_cohort,
    make_closed_days,
    make_draft,
    make_experiment,
    make_material,
    make_merged,
    make_quote,
    make_second_draft,
    make_unfinished,
    merge_arguments,
    question_pages,
)
from tests.browser import WIDE
from tests.home.lines import lines_of
from tests.journeys.introduction_links import introduction_tokens
from tests.journeys.looking import Walk
from tests.journeys.party_links import party_tokens, things_started
from tests.journeys.round_links import round_tokens
from tests.journeys.set_pages import set_things
from tests.journeys.uploads import imported_list, people_file
from tests.journeys.walked_pages import ABOUT, ALSO_OPENED
from tests.journeys.wave_links import colleague_tokens, wave_tokens
from tests.surveys.pages import survey_tokens
from tests.workshops.polls import availability_tokens
from workshops.models import Workshop
from workshops.register import rsvp
from workshops.register.rsvp import RSVP_LINK

WALKERS = ("visitor", "participant", "facilitator", "administrator")
# URLs that are not pages: files, responses for programs, and e-mails shown in a frame. The last is
# a second URL of the sign-in page.
NO_PAGES = {
    "home:health_live",
    "home:health_ready",
    "home:message_preview",
    "demo:mail_html",
    "demo:mail_attachment",
    "workshops:announcement_preview",
    "cohorts:people_file_wrong",
    "cohorts:person_export",
    "cohorts:member_export",
    "workshops:material_download",
    "workshops:register_state",
    "partnerships:ripple_lines",
    "reflections:draft_device",
    "workshops:calendar_feed",
    "reflections:keepsake_pdf",
    "reflections:keepsake_text",
    "reports:report_csv",
    "reports:report_xlsx",
    "reports:report_pdf",
    "account_request_login_code",
}

pytestmark = pytest.mark.django_db(transaction=True)


def pages() -> dict[str, bool]:
    """Return the name of every page in the access table, and whether its URL takes an argument."""
    return {
        line: takes_argument
        for name, takes_argument in patterns(get_resolver())
        if not name.startswith("admin:") and name not in NO_PAGES
        for line in [one for one in ACCESS if url_name(one) == name] or [name]
        if line not in ACCESS or ACCESS[line].method == "GET"
    }


def may_open(name: str, role: str) -> bool:
    route = ACCESS.get(name)
    return role in ALSO_OPENED.get(name, ()) or (
        route is not None and route.answers[ROLES.index(role)] == "200"
    )


def test_every_page_can_be_opened_by_some_role() -> None:
    assert {name for name, takes_argument in pages().items() if takes_argument} == set(ABOUT)
    assert [name for name in pages() if not any(may_open(name, role) for role in WALKERS)] == []


# The objects whose pages are opened


@dataclass
class World:
    """The demo's users, and the objects of each kind as URL arguments (`things`)."""

    reflection: Reflection
    things: dict[str, list[dict[str, str]]]

    @property
    def people(self) -> dict[str, User | None]:
        return {
            "visitor": None,
            "participant": self.reflection.author,
            "facilitator": User.objects.get(email="ruth.adeyemi@example.org"),
            "administrator": User.objects.get(is_administrator=True),
        }

    def addresses(self, name: str, role: str) -> Iterator[str]:
        """Yield the URLs at which this role opens a page.

        Visitors and facilitators open the page of each object of its kind, because the page depends
        on the object's state. Other roles open only that of the first object.
        """
        if name not in ABOUT:
            yield reverse(name)
            return
        things = self.things[ABOUT[name]]
        for thing in things if role in ("visitor", "facilitator") else things[:1]:
            yield reverse(url_name(name), kwargs=thing)


@pytest.fixture
def world(transactional_db: None, settings: Settings, tmp_path: Path) -> World:
    settings.MAIL_FOLDER = tmp_path / "mail"
    now = timezone.now()
    finished, running, planned = Demo(now).build()
    shared = Reflection.objects.filter(cohort=running, audience=Audience.COHORT)
    reflection = (
        shared.filter(Exists(Reply.objects.filter(reflection=OuterRef("pk")))).first() or shared[0]
    )
    held = list(running.workshops.took_place(now).order_by("-position"))
    coming = running.workshops.to_come(now)[0]
    member = running.memberships.participating().exclude(user=reflection.author)[0]
    messages = Message.objects.in_group(running.pk).filter(recipient=reflection.author)
    draft = make_draft(running, running.memberships.facilitating()[0].user)
    reflection.quotes.all().delete()
    # This survey must be open. In the demo it may have closed, depending on the day of the week.
    Survey.objects.filter(workshop=held[0]).update(closing_at=now + timedelta(days=1))
    things: dict[str, list[Any]] = {
        "announcement": [draft, running.announcements.exclude(confirmed_at=None)[0]],
        "draft": [draft],
        "any cohort": [running, finished, planned],
        "cohort": [running],
        "archived cohort": [make_archived_cohort(running)],
        "message": [messages.filter(kind=kind)[0] for kind in ("day-before", "invitation")],
        "programme": [Programme.objects.all()[0]],
        "plan": [WorkshopPlan.objects.all()[0]],
        "member": [member],
        "unreached member": [
            Membership.objects.get(user__email=SuppressedAddress.objects.get().address),
            member,
        ],
        "organisation": [Organisation.objects.all()[0]],
        "merged organisation": [make_merged(Organisation.objects.all()[0])],
        "person": [member.user],
        "any workshop": [held[0], coming, planned.workshops.all()[0]],
        "workshop": [coming],
        "material": [make_material(coming)],
        "reflection": [reflection],
        "experiment": [make_experiment(reflection)],
        "quote": [
            make_quote(write(author=reflection.author, cohort=running, body="A thing.", at=now))
        ],
        "survey": [held[-1], held[0], coming],
        "open survey": [held[0]],
        "closed survey": [held[-1]],
        **things_started(finished, running, reflection.author),
    }
    arguments = {
        name: [{"public_id": one.public_id} for one in found] for name, found in things.items()
    }
    programme, kinds = things["programme"][0], ("week-before", "calendar", "survey")
    arguments |= {
        "programme’s e-mail": [{"public_id": programme.public_id, "kind": kind} for kind in kinds],
        "cohort’s e-mail": [{"public_id": running.public_id, "kind": kind} for kind in kinds],
        "organisation and duplicate": [merge_arguments(Organisation.objects.all()[0])],
        "unfinished": [{"entry": make_unfinished(running, reflection.author)}],
        "second draft": [{"entry": make_second_draft(running, reflection.author)}],
        "introduction link": [{"token": token} for token in introduction_tokens(running)],
        "link": [{"token": SignInLink.objects.for_key("invitation:0", member.user).token}],
        "room link": [{"token": ROOM_LINK.token(held[0].public_id)}],
        "survey link": [{"token": token} for token in survey_tokens(held[0], coming)],
        "wave link": [{"token": token} for token in wave_tokens(finished, running, now)],
        "round link": [{"token": token} for token in round_tokens(finished, running)],
        "party’s link": [{"token": token} for token in party_tokens(finished, running)],
        "colleague’s link": [{"token": token} for token in colleague_tokens(running)],
        "answer link": [{"token": token} for token in answer_tokens(held[0], coming, now)],
        "people file": [{"public_id": people_file(running)}],
        "row of a list": [{"public_id": people_file(running), "number": 26}],
        "imported list": [{"public_id": imported_list(planned)}],
        "availability link": [
            {"token": token} for token in availability_tokens(running, planned, now)
        ],
        "closed days": [
            {"public_id": running.public_id, "closed_id": make_closed_days(running).public_id}
        ],
        "mail": [{"key": keys_latest_first()[0]}],
        "choices link": [{"token": PREFERENCES_LINK.token(member.user.public_id)}],
        "refusal link": [{"token": OPT_OUT_LINK.token(member.user.public_id, "survey")}],
        "line": lines_of(running, coming, held[0]),
        "line to change": lines_of(running, coming, held[0])[:1],
    }
    arguments |= set_things(running, reflection.author, coming, now)
    arguments |= question_pages(
        programme=programme, plan=things["plan"][0], cohort=running, workshop=coming
    )
    return World(reflection, arguments)


def answer_tokens(held: Workshop, coming: Workshop, now: datetime) -> Iterator[str]:
    """Yield the tokens of three RSVP links.

    One is for a past workshop. The others are for a future one, of a member who is coming and of
    one who sent apologies.
    """
    early, late = Membership.objects.active().participating().filter(cohort=coming.cohort)[:2]
    yield RSVP_LINK.token(held.public_id, early.public_id)
    for member, answer in ((early, "coming"), (late, "apologies")):
        rsvp.save_answer(workshop=coming, membership=member, answer=answer, at=now)
        yield RSVP_LINK.token(coming.public_id, member.public_id)


def walk(page: Page, role: str, world: World, checked: set[str], names: list[str]) -> list[str]:
    way = Walk(page, role, checked)
    for name in names:
        if not may_open(name, role):
            continue
        if name == "account_confirm_login_code":
            way.ask_for_code()
            continue
        for address in world.addresses(name, role):
            way.open(name, address)
    return way.found


@pytest.mark.long
@pytest.mark.parametrize("half", [0, 1])  # for one process each
def test_every_page_is_accessible_and_fits_every_width(
    half: int,
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: Callable[[Page, User], None],
    world: World,
) -> None:
    found: list[str] = []
    checked: set[str] = set()
    names = list(pages())[half::2]
    for role, user in world.people.items():
        context = new_context(base_url=live_site, viewport=WIDE)
        page = context.new_page()
        if user:
            sign_in(page, user)
        found += walk(page, role, world, checked, names)
        context.close()
    assert found == [], "\n".join(found)
