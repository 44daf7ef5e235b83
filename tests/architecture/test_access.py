"""The access table: every URL opened by every role. A URL without a line fails.

The columns are a visitor, an outsider (signed in, in no cohort), a participant, a facilitator of
another cohort, the cohort's facilitator, and an administrator. `in` means a redirect to the sign-in
page; a number is the status of the response.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from programmes.models import Programme, WorkshopPlan
from reflections.models import Audience, Reflection, Reply
from surveys.links import SURVEY_LINK
from tests.architecture.addresses import address, patterns
from tests.architecture.sample_objects import (
    make_closed_days,
    make_draft,
    make_experiment,
    make_extract,
    make_material,
    make_people_file,
    make_poll,
    make_unfinished,
)
from workshops.availability import polls
from workshops.models import CalendarFeed, Workshop
from workshops.register.rsvp import RSVP_LINK

ROLES = ("visitor", "outsider", "participant", "other facilitator", "facilitator", "administrator")

TABLE = """
GET  account_login                       200 302 302 302 302 302
GET  account_request_login_code          200 302 302 302 302 302
GET  account_confirm_login_code          302 302 302 302 302 302
GET  account_logout                      in  200 200 200 200 200
GET  accounts:sign_in_link               200 200 302 200 200 200
POST accounts:sign_in_link_use           302 302 302 302 302 302
POST accounts:sign_in_link_code          302 302 302 302 302 302
GET  accounts:sign_in_again              in  200 200 200 200 200
GET  outbox:choices                      in  200 200 200 200 200
GET  outbox:choices_by_link              200 200 200 200 200 200
GET  outbox:refuse_by_link               200 200 200 200 200 200
POST outbox:delivery_events              404 404 404 404 404 404
GET  home:today                          in  200 200 200 200 302
GET  home:cohort_list                    in  200 200 200 200 200
GET  home:cohort_detail                  in  404 200 404 200 200
GET  home:cohort_reflections             in  404 200 404 200 404
GET  home:message_list                   in  404 403 404 200 200
GET  home:message_line                   in  404 403 404 200 200
GET  home:message_preview                in  404 403 404 200 200
POST home:message_note                   in  404 403 404 302 302
GET  home:message_skip                   in  404 403 404 200 200
POST home:message_send_after_all         in  404 403 404 302 302
GET  home:message_send_now               in  404 403 404 200 200
GET  home:message_detail                 in  404 200 404 200 200
GET  home:sending                        in  403 403 403 403 200
GET  home:health_live                    200 200 200 200 200 200
GET  home:health_ready                   503 503 503 503 503 503
GET  programmes:programme_list           in  200 200 200 200 200
GET  programmes:programme_create         in  403 403 403 403 200
POST programmes:programme_start          in  403 403 403 403 302
GET  programmes:programme_detail         in  200 200 200 200 200
GET  programmes:programme_edit           in  403 403 403 403 200
GET  programmes:email_list               in  403 403 403 403 200
GET  programmes:email_edit               in  403 403 403 403 200
POST programmes:email_preview            in  403 403 403 403 200
POST programmes:email_default            in  403 403 403 403 302
POST programmes:programme_duplicate      in  403 403 403 403 302
GET  programmes:programme_retire         in  403 403 403 403 200
POST programmes:programme_bring_back     in  403 403 403 403 302
GET  programmes:plan_create              in  403 403 403 403 200
GET  programmes:plan_edit                in  403 403 403 403 200
POST programmes:plan_move                in  403 403 403 403 302
GET  programmes:plan_delete              in  403 403 403 403 200
GET  cohorts:cohort_edit                 in  404 403 404 200 200
GET  cohorts:email_list                  in  404 403 404 200 200
GET  cohorts:email_edit                  in  404 403 404 200 200
POST cohorts:email_preview               in  404 403 404 200 200
POST cohorts:email_default               in  404 403 404 302 302
GET  cohorts:member_list                 in  404 200 404 200 200
GET  cohorts:member_add                  in  404 403 404 200 200
GET  cohorts:member_edit                 in  404 403 404 200 200
GET  cohorts:member_address              in  404 403 404 200 200
POST cohorts:member_address_right        in  404 403 404 302 302
GET  cohorts:member_move                 in  404 403 404 200 200
GET  cohorts:member_leave                in  404 403 404 200 200
GET  cohorts:needs_edit                  in  404 200 404 200 403
GET  cohorts:venue_needs                 in  404 403 404 200 200
GET  cohorts:people_file_upload          in  404 403 404 200 200
GET  cohorts:people_file_detail          in  404 403 404 200 200
POST cohorts:people_file_confirm         in  404 403 404 302 302
POST cohorts:people_file_discard         in  404 403 404 302 302
GET  cohorts:people_file_wrong           in  404 403 404 200 200
GET  cohorts:person_list                 in  403 403 200 200 200
GET  cohorts:organisation_list           in  403 403 200 200 200
GET  cohorts:organisation_edit           in  403 403 404 200 200
GET  workshops:cohort_create             in  403 403 200 200 200
GET  workshops:series_plan               in  404 403 404 200 200
POST workshops:series_confirm            in  404 403 404 200 200
GET  workshops:availability_answer       in  404 200 404 200 403
GET  workshops:availability_poll         in  404 403 404 200 200
GET  workshops:availability_close        in  404 403 404 200 200
GET  workshops:availability_by_link      200 200 200 200 200 200
GET  workshops:closed_days_list          in  404 403 404 200 200
GET  workshops:closed_days_add           in  404 403 404 200 200
GET  workshops:closed_days_import        in  404 403 404 200 200
GET  workshops:closed_days_edit          in  404 403 404 200 200
GET  workshops:closed_days_delete        in  404 403 404 200 200
GET  workshops:announcement_create       in  404 403 404 200 200
GET  workshops:announcement_detail       in  404 403 404 200 200
GET  workshops:announcement_preview      in  404 403 404 200 200
GET  workshops:announcement_edit         in  404 403 404 200 200
POST workshops:announcement_send         in  404 403 404 302 302
GET  workshops:announcement_delete       in  404 403 404 200 200
GET  workshops:workshop_detail           in  404 200 404 200 200
GET  workshops:workshop_edit             in  404 403 404 200 200
GET  workshops:workshop_move             in  404 403 404 200 200
GET  workshops:workshop_cancel           in  404 403 404 200 200
POST workshops:workshop_reinstate        in  404 403 404 302 302
GET  workshops:workshop_answer           in  404 200 404 403 403
POST workshops:answer_note               in  404 403 404 302 302
GET  workshops:answer                    200 200 200 200 200 200
GET  workshops:material_add              in  404 403 404 200 200
GET  workshops:material_download         in  404 200 404 200 200
GET  workshops:material_delete           in  404 403 404 200 200
GET  workshops:calendar_settings         in  200 200 200 200 200
GET  workshops:calendar_feed             200 200 200 200 200 200
POST workshops:calendar_make             in  302 302 302 302 302
POST workshops:calendar_replace          in  302 302 302 302 302
POST workshops:calendar_stop             in  302 302 302 302 302
GET  workshops:register                  in  404 403 404 200 200
POST workshops:register_rest             in  404 403 404 302 302
POST workshops:register_marks            in  404 403 404 400 400
GET  workshops:register_state            in  404 403 404 200 200
GET  workshops:register_walk_in          in  404 403 404 200 200
POST workshops:register_walk_in_known    in  404 403 404 404 404
GET  workshops:sign_in_sheet             in  404 403 404 200 200
GET  reflections:reflection_list         in  200 200 200 200 200
GET  reflections:reflection_search       in  200 200 200 200 200
GET  reflections:keepsake_detail         in  404 200 404 200 404
GET  reflections:keepsake_pdf            in  404 200 404 200 404
GET  reflections:keepsake_text           in  404 200 404 200 404
GET  reflections:reflection_create       in  403 200 200 200 403
GET  reflections:reflection_detail       in  404 200 404 200 404
GET  reflections:reflection_edit         in  404 200 404 403 404
GET  reflections:reflection_share        in  404 200 404 403 404
GET  reflections:reflection_history      in  404 200 404 403 404
GET  reflections:reflection_delete       in  404 200 404 403 404
GET  reflections:draft_device            401 200 200 200 200 200
POST reflections:draft_save              401 404 200 404 404 404
POST reflections:draft_leave             in  404 302 404 404 404
GET  reflections:draft_compare           in  404 302 404 404 404
GET  reflections:draft_discard           in  404 200 404 404 404
POST reflections:reply_create            in  404 200 404 200 404
POST reflections:reply_delete            in  404 403 404 302 404
GET  reflections:experiment_create       in  403 200 200 200 403
GET  reflections:experiment_detail       in  404 200 404 200 404
GET  reflections:experiment_edit         in  404 200 404 403 404
GET  reflections:experiment_answer       in  404 200 404 403 404
GET  reflections:experiment_share        in  404 200 404 403 404
GET  reflections:experiment_delete       in  404 200 404 403 404
GET  reflections:cohort_experiments      in  404 200 404 200 404
GET  surveys:survey_answer               200 200 200 200 200 200
GET  surveys:survey_thanks               200 200 200 200 200 200
GET  surveys:survey_results              in  404 200 404 200 200
GET  surveys:survey_close                in  404 403 404 200 200
GET  reports:report_list                 in  403 403 200 200 200
GET  reports:report_detail               in  404 403 404 200 200
GET  reports:report_csv                  in  404 403 404 200 200
GET  reports:report_xlsx                 in  404 403 404 200 200
GET  reports:report_pdf                  in  404 403 404 200 200
GET  reports:report_freeze               in  404 403 404 200 200
GET  reports:extract_offer               in  404 302 404 403 404
GET  reports:extract_ask                 in  404 403 404 200 404
GET  reports:extract_list                in  404 403 404 200 403
POST reports:extract_choose              in  404 403 404 302 404
POST reports:extract_leave_out           in  404 403 404 302 404
GET  reports:extract_withdraw            in  404 200 404 404 404
GET  privacy:who_sees_what               200 200 200 200 200 200
GET  privacy:my_data                     in  200 200 200 200 200
POST privacy:my_data_download            in  302 302 302 302 302
GET  privacy:my_words_delete             in  302 302 302 302 302
GET  privacy:my_data_delete              in  302 302 302 302 302
GET  privacy:person_data                 in  403 403 403 403 200
POST privacy:person_data_send            in  403 403 403 403 302
GET  privacy:person_erase                in  403 403 403 403 302
GET  privacy:erasure_list                in  403 403 403 403 200
GET  privacy:retention_edit              in  404 403 404 200 200
POST demo:enter                          404 404 404 404 404 404
GET  demo:mail_list                      200 200 200 200 200 200
GET  demo:mail_detail                    404 404 404 404 404 404
"""
# The bounce webhook has a URL only if it is configured: tests/outbox/bounces/test_webhooks.py.
# Here the demo has no people and no mail; tests/home/demo opens these pages with both.


@dataclass(frozen=True)
class Route:
    """A line of the table."""

    method: str
    name: str
    answers: tuple[str, ...]


def read_table() -> dict[str, Route]:
    routes = (line.split() for line in TABLE.strip().splitlines())
    return {name: Route(method, name, tuple(answers)) for method, name, *answers in routes}


ACCESS = read_table()


def test_every_address_has_its_line() -> None:
    """The admin's URLs are Django's own and are tested below."""
    names = {name for name, _ in patterns(get_resolver())}
    assert {name for name in names if not name.startswith("admin:")} == set(ACCESS)


@pytest.fixture
def world(
    cohort: Cohort,
    programme: Programme,
    council: Organisation,
    facilitator: User,
    participant: User,
    other_facilitator: User,
) -> dict[str, dict[str, Any]]:
    """Return the arguments of each route: one of each object in the cohort of the fixtures."""
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
        "cohorts:member_add": {"public_id": cohort.public_id},
        "cohorts:member_address": {"public_id": membership.public_id},
        "cohorts:member_": {"public_id": membership.public_id},
        "cohorts:people_file_upload": {"public_id": cohort.public_id},
        "cohorts:people_file_": {"public_id": people_file},
        "cohorts:organisation_edit": {"public_id": council.public_id},
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
        "reports:extract_offer": {"public_id": reflection.public_id},
        "reports:extract_ask": {"public_id": reflection.public_id},
        "reports:extract_list": {"public_id": cohort.public_id},
        "reports:extract_": {"public_id": make_extract(reflection).public_id},
        "surveys:survey_answer": {"token": SURVEY_LINK.token(held.public_id, membership.public_id)},
        "surveys:": {"public_id": held.public_id},
        "outbox:delivery_events": {"service": "mailgun"},
        "demo:enter": {"role": "facilitator"},
        "demo:mail_detail": {"key": "0" * 16},
        "": {"public_id": cohort.public_id},
    }


@pytest.fixture
def clients(request: pytest.FixtureRequest) -> dict[str, Client]:
    """Return a signed-in client for each role."""
    clients = {role: Client() for role in ROLES}
    for role in ROLES[1:]:
        clients[role].force_login(request.getfixturevalue(role.replace(" ", "_")))
    return clients


@contextmanager
def undone() -> Iterator[None]:
    """Roll back what each request did, in the database and in the cache."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    cache.clear()


@pytest.mark.either
@pytest.mark.parametrize("name", ACCESS)
def test_address_answers_each_as_the_table_says(
    name: str, world: dict[str, dict[str, Any]], clients: dict[str, Client]
) -> None:
    """Compare the whole line, so that a failure shows the actual one beside the expected one."""
    route, there, answers = ACCESS[name], address(name, world), list[str]()
    for client, expected in zip(clients.values(), route.answers, strict=True):
        with undone():
            response = client.generic(route.method, there)
        sent_in = response.status_code == 302 and response["Location"].startswith(
            reverse("account_login")
        )
        answers.append("in" if sent_in and expected == "in" else str(response.status_code))
    assert tuple(answers) == route.answers


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["outsider", "participant", "facilitator"])
def test_back_office_is_for_administrators(role: str, request: pytest.FixtureRequest) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(role))
    assert client.get(reverse("admin:index")).status_code == 302


def test_back_office_opens_for_an_administrator(administrator_client: Client) -> None:
    assert administrator_client.get(reverse("admin:index")).status_code == 200
