"""The data of the demo, its command, and its URLs, which exist only if it is enabled."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Sector
from home.demo.building import Demo
from home.demo.planning import WALK_IN
from home.demo.roles import DEMO_ROLES
from home.participant.dashboard import cohort_rows
from outbox.models import Message, SuppressedAddress
from reflections.models import Audience, Reflection
from relationships.models import Round
from surveys.models import Comment, FeedbackReply, Receipt, Response, Survey

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def cohorts(db: None, now: datetime, settings: Settings, tmp_path: Path) -> list[Cohort]:
    settings.MAIL_FOLDER = tmp_path / "mail"
    return Demo(now).build()


@pytest.mark.either
@pytest.mark.long
def test_demo_has_a_finished_a_running_and_a_planned_cohort(
    cohorts: list[Cohort], now: datetime
) -> None:
    rows = {row.state: row for row in cohort_rows(cohorts, now)}

    assert set(rows) == {"Finished", "Running", "Being planned"}
    assert rows["Running"].held == 3
    coming = rows["Running"].next
    assert coming is not None
    assert coming.starts_at is not None
    assert 3 <= (coming.starts_at - now).days <= 11
    participants = {state: row.participants for state, row in rows.items()}
    assert participants == {"Finished": 22, "Running": 23, "Being planned": 22}
    walk_in = User.objects.get(email="")
    assert str(walk_in) == WALK_IN
    assert walk_in.memberships.get().cohort.name.startswith("North East")
    assert not walk_in.messages.exists()
    for cohort in cohorts:
        sectors = set(
            cohort.memberships.participating().values_list("organisation__sector", flat=True)
        )
        assert sectors == {Sector.PUBLIC, Sector.VOLUNTARY, Sector.PRIVATE}
    # The sending loop created and sent messages of all these kinds.
    kinds = set(Message.objects.values_list("kind", flat=True))
    assert {"sets", "set-meeting"} <= kinds
    assert kinds >= {
        "invitation",
        "availability",
        "calendar-entries",
        "calendar",
        "announcement",
        "week-before",
        "day-before",
        "survey",
        "survey-nudge",
        "survey-nudge-2",
        "wave",
        "wave-nudge",
        "wave-nudge-2",
        "wave-colleague",
        "partnership-agree",
        "partnership-agree-reminder",
        "partnership-agree-outside",
        "partnership-check",
        "reply-digest",
        "look-back",
    }
    assert not Message.objects.filter(sent_at=None).exists()
    bounced = Message.objects.get(bounced_at__isnull=False)
    assert SuppressedAddress.objects.get().address == bounced.address
    assert not Message.objects.filter(sent_at__gt=now).exists()
    assert Response.objects.count() > 9 * 10
    assert Reflection.objects.shared().exists()
    emails = User.objects.exclude(pk=walk_in.pk).values_list("email", flat=True)
    domains = {email.rpartition("@")[2] for email in emails}
    assert domains == {"example.org"}
    check_each_role_can_enter()
    check_mailbox_can_be_read()
    check_participant_has_private_shared_and_quoted_entries()
    check_participant_can_answer_a_survey_and_a_round(cohorts, now)
    check_comments_of_every_decision_and_replies(cohorts)


def check_participant_has_private_shared_and_quoted_entries() -> None:
    email = next(role.email for role in DEMO_ROLES if role.name == "participant")
    entries = Reflection.objects.by(User.objects.get(email=email))
    assert set(entries.values_list("audience", flat=True)) >= {
        Audience.ONLY_ME,
        Audience.FACILITATORS,
    }
    assert entries.filter(quotes__isnull=False).exists()
    bodies = [entry.body for entry in entries]
    assert len(bodies) == len(set(bodies))


def check_each_role_can_enter() -> None:
    for role in DEMO_ROLES:
        client = Client()
        client.post(reverse("demo:enter", args=[role.name]))
        assert client.session["_auth_user_id"] == str(User.objects.get(email=role.email).pk)


def check_mailbox_can_be_read() -> None:
    client = Client()
    letters = client.get(reverse("demo:mail_list")).context["letters"]
    page = client.get(reverse("demo:mail_detail", args=[letters[0].key]))
    assert letters[0].subject in page.content.decode()


def test_demo_command_does_not_change_existing_data(
    cohort: Cohort, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("demo")

    assert "nothing was loaded" in capsys.readouterr().out
    assert Cohort.objects.count() == 1


def test_demo_command_fails_if_demo_is_disabled(db: None, settings: Settings) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO is off"):
        call_command("demo")


def test_demo_urls_do_not_exist_if_demo_is_disabled(tmp_path: Path) -> None:
    """The URLs are resolved in a separate process, because Django reads them once, at its start."""
    asks = (
        "import django; django.setup()\n"
        "from django.template.loader import render_to_string\n"
        "from django.test import RequestFactory\n"
        "from django.urls import Resolver404, resolve\n"
        "for path in ('/demo/enter/administrator/', '/demo/mail/', '/demo/mail/0/'):\n"
        "    try:\n        print('found', resolve(path))\n"
        "    except Resolver404:\n        print('nothing')\n"
        "from home.context_processors import layout\n"
        "print(layout(RequestFactory().get('/'))['demo_roles'])\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "1",
        "CONVENOR_VAR": str(tmp_path),
    }

    done = subprocess.run(
        [sys.executable, "-c", asks],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split("\n") == ["nothing", "nothing", "nothing", "()", ""]


def check_participant_can_answer_a_survey_and_a_round(cohorts: list[Cohort], now: datetime) -> None:
    [participant] = [role for role in DEMO_ROLES if role.name == "participant"]
    member = cohorts[1].memberships.get(user__email=participant.email)
    survey = Survey.objects.get(workshop__cohort=cohorts[1], workshop__position=3)
    assert survey.closing_at is not None
    assert survey.closing_at > now
    receipts = Receipt.objects.filter(survey=survey)
    assert receipts.exists()
    assert not receipts.filter(membership=member).exists()
    [asked] = Round.objects.open_at(now)
    assert not asked.receipts.filter(membership=member).exists()


def check_comments_of_every_decision_and_replies(cohorts: list[Cohort]) -> None:
    running = Comment.objects.filter(survey__workshop__cohort=cohorts[1])
    decisions = list(running.values_list("decision", flat=True))
    assert [decisions.count(one) for one in ("waiting", "shortened", "hidden")] == [1, 1, 1]
    assert decisions.count("shown") > 3
    reply = FeedbackReply.objects.get(survey__workshop__cohort=cohorts[1])
    assert reply.text.startswith("You asked for more time in the fours")
