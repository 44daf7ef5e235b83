"""Tests that every URL responds to every role as the access table says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts.models import SignInLink, User
from cohorts.models import Cohort, Membership, Organisation
from outbox.models import Message
from outbox.preferences.links import OPT_OUT_LINK, PREFERENCES_LINK
from partnerships.links import PARTY_LINK
from programmes.models import Programme, WorkshopPlan
from reflections.models import Audience, Reflection, Reply
from relationships.links import ROUND_LINK
from surveys.before_after.links import COLLEAGUE_LINK, WAVE_LINK
from surveys.before_after.switching import follow_features
from surveys.links import ROOM_LINK, SURVEY_LINK
from surveys.models import Colleague, Wave
from tests.architecture.access_table import ACCESS, ROLES, Route, url_name
from tests.architecture.addresses import address, patterns
from tests.architecture.introductions import introduction_arguments
from tests.architecture.sample_objects import (
    make_closed_days,
    make_draft,
    make_experiment,
    make_material,
    make_merged,
    make_partnership,
    make_people_file,
    make_poll,
    make_quote,
    make_ripple,
    make_round,
    make_sets,
    make_unfinished,
    merge_arguments,
    question_arguments,
    set_arguments,
)
from tests.browser import step
from workshops.availability import polls
from workshops.models import CalendarFeed, Workshop
from workshops.register.rsvp import RSVP_LINK

PARTS = 3  # of the access table, for one process each; each part creates the objects once


def test_every_url_is_in_the_access_table() -> None:
    """The URLs of Django's admin site are not in the table; tests below open it."""
    names = {name for name, _ in patterns(get_resolver())}
    assert {name for name in names if not name.startswith("admin:")} == set(map(url_name, ACCESS))


@pytest.fixture
def world(
    cohort: Cohort,
    programme: Programme,
    council: Organisation,
    facilitator: User,
    participant: User,
    other_facilitator: User,
) -> dict[str, dict[str, Any]]:
    """Create one object of each kind in the cohort; return the URL arguments of each route."""
    now = timezone.now()
    membership = Membership.objects.get(user=participant)
    Membership.objects.update(joined_at=now - timedelta(days=30))
    facts = {"purpose": "To meet.", "length_minutes": 210}
    plan = WorkshopPlan.objects.create(
        programme=programme, position=1, title="Who leads here?", **facts
    )
    retired = Programme.objects.create(name="An old one", retired_at=now, retired_by=facilitator)
    coming, held = (
        Workshop.objects.create(
            cohort=cohort,
            position=position,
            title=f"Workshop {position}",
            starts_at=starts,
            ends_at=starts + timedelta(hours=3),
            scheduled_at=now - timedelta(days=20),
            **facts,
        )
        for position, starts in ((2, now + timedelta(days=3)), (1, now - timedelta(days=2)))
    )
    message = Message.objects.create(
        kind="day-before",
        key="day-before:1",
        recipient=participant,
        group_id=cohort.pk,
        subject_id=held.pk,
        made_at=now,
        due_at=now,
        expires_at=now,
        try_at=now,
        text="Tomorrow.",
        subject="Tomorrow",
        outcome="sent",
        sent_at=now,
    )
    reflection = Reflection.objects.create(
        author=participant,
        cohort=cohort,
        body="A thing.",
        audience=Audience.COHORT,
        written_at=now,
        changed_at=now,
        shared_at=now,
    )
    reply = Reply.objects.create(
        reflection=reflection, author=facilitator, body="Thank you.", written_at=now
    )
    link = SignInLink.objects.for_key("invitation:1", participant)
    people_file = make_people_file(cohort, facilitator)
    poll = make_poll(cohort)
    feed = CalendarFeed.open_for(participant, CalendarFeed.Kind.TAKING_PART, at=now)
    closed = make_closed_days(cohort)
    line = {"public_id": cohort.public_id, "kind": "day-before", "subject_id": coming.pk}
    follow_features(cohort, at=now)
    wave = Wave.objects.get(cohort=cohort, occasion="start")
    colleague = Colleague.objects.create(
        membership=membership, name="Chris", email="chris@example.org"
    )
    asked = make_round(membership)
    work = make_partnership(membership)
    party, ripple = work.parties.get(), make_ripple(cohort, participant)
    return {
        "accounts:": {"token": link.token},
        "outbox:choices_by_link": {"token": PREFERENCES_LINK.token(participant.public_id)},
        "outbox:refuse_by_link": {"token": OPT_OUT_LINK.token(participant.public_id, "day-before")},
        "home:message_detail": {"public_id": message.public_id},
        "home:message_line": line,
        "home:message_note": line,
        "home:message_skip": line,
        "home:message_send_": line,
        "home:message_preview": {**line, "member_id": membership.public_id},
        "programmes:programme_bring_back": {"public_id": retired.public_id},
        "programmes:plan_create": {"public_id": programme.public_id},
        "programmes:plan_": {"public_id": plan.public_id},
        "programmes:": {"public_id": programme.public_id},
        "programmes:email_list": {"public_id": programme.public_id},
        "programmes:email_": {"public_id": programme.public_id, "kind": "week-before"},
        "cohorts:email_list": {"public_id": cohort.public_id},
        "cohorts:email_": {"public_id": cohort.public_id, "kind": "week-before"},
        "cohorts:member_list": {"public_id": cohort.public_id},
        "cohorts:member_export": {"public_id": cohort.public_id},
        "cohorts:member_add": {"public_id": cohort.public_id},
        "cohorts:member_remove": {"public_id": cohort.public_id},
        "cohorts:member_remove_": {"public_id": cohort.public_id},
        "cohorts:member_address": {"public_id": membership.public_id},
        "cohorts:member_": {"public_id": membership.public_id},
        "cohorts:people_file_upload": {"public_id": cohort.public_id},
        "cohorts:people_file_row": {"public_id": people_file, "number": 3},
        "cohorts:people_file_": {"public_id": people_file},
        "cohorts:organisation_": {"public_id": council.public_id},
        "cohorts:organisation_merge": merge_arguments(council),
        "cohorts:organisation_merge_undo": {"public_id": make_merged(council).public_id},
        "privacy:person_": {"public_id": participant.public_id},
        "workshops:series_": {"public_id": cohort.public_id},
        "workshops:announcement_create": {"public_id": cohort.public_id},
        "workshops:announcement_preview": {
            "public_id": make_draft(cohort, facilitator).public_id,
            "member_id": membership.public_id,
        },
        "workshops:announcement_": {"public_id": make_draft(cohort, facilitator).public_id},
        "workshops:availability_by_link": {
            "token": polls.ANSWER_LINK.token(poll.public_id, membership.public_id)
        },
        "workshops:availability_": {"public_id": cohort.public_id},
        "workshops:material_add": {"public_id": coming.public_id},
        "workshops:material_": {"public_id": make_material(coming).public_id},
        "workshops:closed_days_edit": {
            "public_id": cohort.public_id,
            "closed_id": closed.public_id,
        },
        "workshops:closed_days_delete": {
            "public_id": cohort.public_id,
            "closed_id": closed.public_id,
        },
        "workshops:closed_days_": {"public_id": cohort.public_id},
        "workshops:register": {"public_id": held.public_id},
        "workshops:answer_note": {"public_id": coming.public_id, "member_id": membership.public_id},
        "workshops:answer": {"token": RSVP_LINK.token(coming.public_id, membership.public_id)},
        "workshops:calendar_feed": {"token": feed.token},
        "workshops:calendar_": {"kind": feed.kind},
        "workshops:": {"public_id": coming.public_id},
        "reflections:reply_delete": {"public_id": reply.public_id},
        "reflections:experiment_": {"public_id": make_experiment(reflection).public_id},
        "reflections:keepsake_": {"public_id": cohort.public_id},
        "reflections:cohort_experiments": {"public_id": cohort.public_id},
        "reflections:draft_": {"entry": make_unfinished(cohort, participant)},
        "reflections:": {"public_id": reflection.public_id},
        "partnerships:check_": {},
        "partnerships:party_agree": {},
        "partnerships:party_decline": {},
        "partnerships:party_stop_asking": {},
        "partnerships:party_start": {"token": PARTY_LINK.token(party.public_id)},
        "partnerships:party_remove": {"public_id": party.public_id},
        "partnerships:partnership_list": {"public_id": cohort.public_id},
        "partnerships:partnership_create": {"public_id": cohort.public_id},
        "partnerships:ripple_delete": {"public_id": ripple.public_id},
        "partnerships:ripple_": {"public_id": cohort.public_id},
        "partnerships:": {"public_id": work.public_id},
        "reports:quote_offer": {"public_id": reflection.public_id},
        "reports:work_quote_offer": {"public_id": work.public_id},
        "reports:quote_ask": {"public_id": reflection.public_id},
        "reports:quote_list": {"public_id": cohort.public_id},
        "reports:quote_": {"public_id": make_quote(reflection).public_id},
        "surveys:survey_answer": {},
        "surveys:survey_room": {"token": ROOM_LINK.token(held.public_id)},
        "surveys:survey_start": {"token": SURVEY_LINK.token(held.public_id, membership.public_id)},
        "surveys:cohort_feedback": {"public_id": cohort.public_id},
        "surveys:surveys_every_set": {"public_id": cohort.public_id},
        "surveys:wave_answer": {},
        "surveys:wave_start": {"token": WAVE_LINK.token(wave.public_id, membership.public_id)},
        "surveys:colleague_answer": {},
        "surveys:colleague_start": {"token": COLLEAGUE_LINK.token(colleague.public_id)},
        "surveys:before_after": {"public_id": cohort.public_id},
        "surveys:colleague_": {"public_id": cohort.public_id},
        "surveys:": {"public_id": held.public_id},
        "relationships:round_start": {
            "token": ROUND_LINK.token(asked.public_id, membership.public_id)
        },
        "relationships:round_open": {"public_id": cohort.public_id, "occasion": "start"},
        **question_arguments(programme=programme, plan=plan, cohort=cohort, workshop=coming),
        **set_arguments(make_sets(cohort, membership, coming), member=membership, workshop=coming),
        **introduction_arguments(cohort, membership),
        "outbox:delivery_events": {"service": "mailgun"},
        "demo:enter": {"role": "facilitator"},
        "demo:mail_attachment": {"key": "0" * 16, "number": 1},
        "demo:mail_": {"key": "0" * 16},
        "": {"public_id": cohort.public_id},
    }


@pytest.fixture
def clients(request: pytest.FixtureRequest) -> dict[str, Client]:
    """Return a client for each role, signed in except for the visitor's."""
    clients = {role: Client() for role in ROLES}
    for role in ROLES[1:]:
        clients[role].force_login(request.getfixturevalue(role.replace(" ", "_")))
    return clients


@contextmanager
def undone(*clients: Client) -> Iterator[None]:
    """Context manager: undo what requests change in the database, cache and clients' cookies."""
    cookies = [deepcopy(client.cookies) for client in clients]
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    cache.clear()
    for client, before in zip(clients, cookies, strict=True):
        client.cookies = before


@pytest.mark.either
@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_urls_respond_to_each_role_as_in_the_access_table(
    part: int, world: dict[str, dict[str, Any]], clients: dict[str, Client]
) -> None:
    """Whole lines are compared, so that a failure shows the responses to all roles."""
    routes = list(ACCESS.values())[part::PARTS]
    found = {route.name: answers(route, world, clients) for route in routes}
    assert found == {route.name: route.answers for route in routes}


def answers(
    route: Route, world: dict[str, dict[str, Any]], clients: dict[str, Client]
) -> tuple[str, ...]:
    """Request a route as each role; return each status, or "in" if expected to sign in."""
    there, found = address(route.name, world), list[str]()
    for client, expected in zip(clients.values(), route.answers, strict=True):
        with undone(client), step(route.name):
            response = client.generic(route.method, there)
        sent_in = response.status_code == 302 and response["Location"].startswith(
            reverse("account_login")
        )
        found.append("in" if sent_in and expected == "in" else str(response.status_code))
    return tuple(found)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["outsider", "participant", "facilitator"])
def test_admin_site_redirects_users_who_are_not_administrators(
    role: str, request: pytest.FixtureRequest
) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(role))
    assert client.get(reverse("admin:index")).status_code == 302


def test_admin_site_opens_for_administrators(administrator_client: Client) -> None:
    assert administrator_client.get(reverse("admin:index")).status_code == 200
