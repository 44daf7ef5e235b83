"""E-mail preferences: the page when signed in, the link in e-mails, one-click unsubscribe."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from config.log_scrubbing import scrub
from outbox.delivery.claims import claim
from outbox.delivery.outcomes import Outcomes
from outbox.delivery.outgoing import render
from outbox.delivery.precheck import claim_for_sending
from outbox.models import Message, OptOut
from outbox.preferences.links import OPT_OUT_LINK, PREFERENCES_LINK
from outbox.preferences.preferences import opt_out, save_preferences, wanted_kinds
from outbox.queueing import generate
from outbox.rules import all_rules
from tests.factories import STARTS
from workshops.models import Workshop

pytestmark = pytest.mark.django_db

OPTIONAL = [
    "availability-nudge",
    "calendar-entries",
    "week-before",
    "day-before",
    "survey",
    "survey-nudge",
    "survey-nudge-2",
    "wave",
    "wave-nudge",
    "wave-nudge-2",
    "round",
    "round-nudge",
    "round-nudge-2",
    "introduction",
    "look-back",
    "reply-digest",
]
ENDS = STARTS + timedelta(hours=3, minutes=30)
DAY_BEFORE = datetime(2027, 3, 17, 9, tzinfo=UTC)
LONG_AGO = datetime(2027, 1, 4, 10, tzinfo=UTC)
NUDGED = datetime(2027, 3, 21, 9, tzinfo=UTC)


def path_of(url: str) -> str:
    return url.removeprefix("http://127.0.0.1:8000")


@pytest.fixture
def workshop(cohort: Cohort, participant: User) -> Workshop:
    Membership.objects.update(joined_at=LONG_AGO)
    facts = {"cohort": cohort, "position": 1, "title": "Who leads here?", "purpose": "To meet."}
    return Workshop.objects.create(starts_at=STARTS, ends_at=ENDS, scheduled_at=LONG_AGO, **facts)


def test_choices_are_saved(participant_client: Client, participant: User) -> None:
    page = participant_client.get(reverse("outbox:choices")).content.decode()
    assert page.count(" checked") == len(OPTIONAL)
    assert (
        "The invitation to a cohort. You can’t turn it off, because you need it to get in." in page
    )

    answer = participant_client.post(
        reverse("outbox:choices"), {"wanted": ["day-before", "survey"], "text_only": "on"}
    )

    assert answer["Location"] == reverse("outbox:choices")
    participant.refresh_from_db()
    assert (wanted_kinds(participant), participant.text_only) == (["day-before", "survey"], True)
    again = participant_client.get(reverse("outbox:choices")).content.decode()
    assert again.count(" checked") == 3
    assert "Saved. This applies from the next e-mail." in again


@pytest.mark.parametrize(
    "wanted", [["day-before"], ["week-before"], ["week-before", "day-before"], []]
)
def test_only_wanted_reminders_are_generated(
    participant: User, workshop: Workshop, wanted: list[str]
) -> None:
    save_preferences(person=participant, wanted=wanted, text_only=False, at=LONG_AGO)
    for moment in (DAY_BEFORE - timedelta(days=6), DAY_BEFORE):
        generate(moment)
    reminders = Message.objects.filter(kind__in=["week-before", "day-before"])
    assert list(reminders.order_by("due_at").values_list("kind", flat=True)) == wanted


def test_preferences_link_needs_no_sign_in_and_saves_only_on_post(
    client: Client, participant: User
) -> None:
    opt_out(person=participant, kind="survey", at=LONG_AGO)
    address = path_of(PREFERENCES_LINK.url(participant.public_id))
    assert "E-mails to Amina" in client.get(address).content.decode()
    assert wanted_kinds(participant) == [kind for kind in OPTIONAL if kind != "survey"]

    assert client.post(address, {"wanted": ["survey"]})["Location"] == f"{address}?saved"

    confirmation = "Saved. This applies from the next e-mail."
    assert confirmation in client.get(f"{address}?saved").content.decode()
    assert confirmation not in client.get(address).content.decode()
    assert wanted_kinds(participant) == ["survey"]


def test_unknown_kind_shows_an_error_with_the_input(
    participant_client: Client, participant: User
) -> None:
    page = participant_client.post(
        reverse("outbox:choices"), {"wanted": ["day-before", "invitation"]}
    )
    assert "Choose e-mails from the list." in page.content.decode()
    assert page.content.decode().count(" checked") == 1
    assert not OptOut.objects.exists()


def test_invalid_links_and_links_of_inactive_users_are_not_found(
    client: Client, participant: User
) -> None:
    forged = path_of(PREFERENCES_LINK.url(participant.public_id)).replace("~", "~x")
    needed = path_of(OPT_OUT_LINK.url(participant.public_id, "invitation"))
    mixed = reverse("outbox:choices_by_link", args=[OPT_OUT_LINK.token(participant.public_id)])
    for address in (forged, needed, mixed):
        for answer in (client.get(address), client.post(address)):
            assert (answer.status_code, "This link doesn’t work" in answer.content.decode()) == (
                404,
                True,
            ), address
    User.objects.update(is_active=False)
    assert client.get(path_of(PREFERENCES_LINK.url(participant.public_id))).status_code == 404
    assert (
        client.post(path_of(OPT_OUT_LINK.url(participant.public_id, "survey"))).status_code == 404
    )
    assert not OptOut.objects.exists()


def test_one_click_unsubscribe_opts_out_of_one_kind(participant: User) -> None:
    """As RFC 8058 says, a mail program posts without cookie or CSRF token, and expects a 200."""
    program = Client(enforce_csrf_checks=True)
    address = path_of(OPT_OUT_LINK.url(participant.public_id, "week-before"))
    assert "Stop these e-mails?" in program.get(address).content.decode()
    assert not OptOut.objects.exists()

    answers = [program.post(address, {"List-Unsubscribe": "One-Click"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert OptOut.objects.get().kind == "week-before"
    assert program.put(address).status_code == 405


def test_opt_out_after_rendering_stops_the_message(participant: User, workshop: Workshop) -> None:
    generate(DAY_BEFORE)
    Message.objects.exclude(kind="day-before").delete()
    rule = all_rules()["day-before"]
    [message] = claim("a-worker", DAY_BEFORE)
    render(message, rule)

    opt_out(person=participant, kind="day-before", at=DAY_BEFORE)

    assert not claim_for_sending(message, rule, "a-worker", DAY_BEFORE)
    Outcomes(lambda: DAY_BEFORE, "a-worker").drop_if_untrue(message, rule)
    assert Message.objects.get().reason == "It stopped being true before it was sent."


def test_opt_out_of_surveys_includes_survey_nudges(participant: User, workshop: Workshop) -> None:
    opt_out(person=participant, kind="survey", at=LONG_AGO)
    for moment in (ENDS + timedelta(minutes=30), NUDGED):
        generate(moment)
    assert not Message.objects.filter(kind__startswith="survey").exists()


def test_survey_opt_out_is_not_visible_to_facilitators(
    participant: User,
    workshop: Workshop,
    facilitator: User,
    facilitator_client: Client,
    cohort: Cohort,
) -> None:
    """The message list and the workshop page are the same before and after the opt-out."""
    other = User.objects.create_user("dev@example.org", "Dev Patel")
    Membership.objects.create(cohort=cohort, user=other, joined_at=LONG_AGO)
    addresses = (reverse("home:message_list", args=[cohort.public_id]), workshop.get_absolute_url())

    def pages() -> list[str]:
        found = [facilitator_client.get(address).content.decode() for address in addresses]
        return [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page) for page in found]

    # Pages show the current time, so the clock is stopped to compare them.
    with time_machine.travel(datetime.now(UTC), tick=False):
        before = pages()
        for kind in ("survey", "survey-nudge"):
            opt_out(person=participant, kind=kind, at=LONG_AGO)
        assert pages() == before


def test_private_links_are_removed_from_log_lines(participant: User) -> None:
    for url in (
        PREFERENCES_LINK.url(participant.public_id),
        OPT_OUT_LINK.url(participant.public_id, "survey"),
    ):
        line = scrub(f'"GET {path_of(url)} HTTP/1.1" 200')
        assert participant.public_id not in line
        assert "/(private)" in line
