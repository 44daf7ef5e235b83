"""Follow-up e-mails about experiments: times, recipients, contents and confidentiality."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from outbox.models import Message
from outbox.preferences.preferences import opt_out
from reflections.experiments.actions import answer, delete, start
from reflections.experiments.follow_up_emails import LOOK_BACK
from reflections.experiments.follow_ups import LookBack, asked_at
from reflections.models import Audience, Experiment
from tests.people import signed_in
from tests.reflections.conftest import MARKER
from tests.services import Letterbox
from workshops.models import Workshop
from workshops.times import Arrangement, Slot

# Thursday 15 April 2027, 9:30 in London. London is on summer time then, but not on 1 March.
STARTS = datetime(2027, 4, 15, 8, 30, tzinfo=UTC)
DUE = datetime(2027, 4, 14, 8, tzinfo=UTC)
BEGAN = datetime(2027, 3, 1, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)

Begin = Callable[..., Experiment]


@pytest.fixture
def upcoming_workshop(cohort: Cohort) -> Workshop:
    return Workshop.objects.create(
        cohort=cohort,
        position=4,
        title="Power and prejudice",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=3),
        scheduled_at=BEGAN - DAY,
    )


@pytest.fixture
def begin(cohort: Cohort, participant: User, upcoming_workshop: Workshop) -> Begin:
    def begin(**facts: Any) -> Experiment:
        given: dict[str, Any] = {
            "author": participant,
            "cohort": cohort,
            "words": MARKER,
            "at": BEGAN,
        }
        return start(**(given | facts))

    return begin


def owed(moment: datetime) -> list[str]:
    return [row.author.first_name for row in LOOK_BACK.owed(moment).select_related("author")]


def turn(moment: datetime) -> None:
    take_turn(lambda: moment)


def recipients(server: Letterbox) -> list[str]:
    return [mail["To"] for mail in server.messages if mail["Subject"].strip() == "How did it go?"]


# When a follow-up e-mail is due -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "is_owed"),
    [(DUE - SECOND, False), (DUE, True), (STARTS - SECOND, True), (STARTS, False)],
)
def test_follow_up_is_due_at_nine_the_day_before_the_workshop(
    begin: Begin, moment: datetime, is_owed: bool
) -> None:
    assert asked_at(begin()) == DUE
    assert owed(moment) == (["Amina"] if is_owed else [])


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("Europe/London", datetime(2027, 4, 2, 8, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2027, 4, 1, 19, tzinfo=UTC)),
        ("Pacific/Niue", datetime(2027, 4, 2, 20, tzinfo=UTC)),
    ],
)
def test_follow_up_on_a_chosen_day_uses_the_cohorts_time_zone(
    begin: Begin, cohort: Cohort, zone: str, due: datetime
) -> None:
    Cohort.objects.filter(pk=cohort.pk).update(time_zone=zone)
    kept = begin(cohort=Cohort.objects.get(), look_back=LookBack(on=date(2027, 4, 2)))
    assert asked_at(kept) == due
    assert [owed(due + passed) for passed in (-SECOND, timedelta(), 3 * DAY - SECOND, 3 * DAY)] == [
        [],
        ["Amina"],
        ["Amina"],
        [],
    ]


def test_experiment_started_after_its_due_time_has_no_follow_up(
    begin: Begin, upcoming_workshop: Workshop
) -> None:
    begin(at=DUE + SECOND, look_back=LookBack(workshop=upcoming_workshop))
    assert owed(DUE + timedelta(hours=1)) == []


def test_workshop_scheduled_after_the_due_time_has_no_follow_up(
    begin: Begin, upcoming_workshop: Workshop
) -> None:
    begin()
    Workshop.objects.filter(pk=upcoming_workshop.pk).update(scheduled_at=DUE + SECOND)
    assert owed(DUE + timedelta(hours=1)) == []


# Each e-mail is sent once, and moves with the workshop --------------------------------------------


def test_follow_up_is_sent_once_for_each_look_back(
    begin: Begin, participant: User, smtp_server: Letterbox
) -> None:
    kept = begin()
    for moment in (DUE, DUE + SECOND, DUE + timedelta(hours=5)):
        turn(moment)
    assert recipients(smtp_server) == [participant.email]
    again = LookBack(on=date(2027, 4, 20))
    answer(
        experiment=kept,
        outcome="not-yet",
        look_back=again,
        by=participant,
        at=DUE + timedelta(hours=6),
    )
    turn(DUE + DAY)
    assert len(recipients(smtp_server)) == 1
    for passed in (0, 1, 2):
        turn(datetime(2027, 4, 20, 8, tzinfo=UTC) + passed * DAY)
    assert recipients(smtp_server) == [participant.email] * 2


def test_follow_up_moves_with_the_workshop(
    begin: Begin, upcoming_workshop: Workshop, smtp_server: Letterbox
) -> None:
    begin()
    week = timedelta(days=7)
    upcoming_workshop.arrange(
        Arrangement(Slot(STARTS + week, STARTS + week + timedelta(hours=3)), "", ""),
        at=DUE - SECOND,
    )
    turn(DUE)
    assert recipients(smtp_server) == []
    turn(DUE + week)
    assert len(recipients(smtp_server)) == 1


def test_follow_up_is_not_owed_while_the_workshop_is_cancelled(
    begin: Begin, upcoming_workshop: Workshop, facilitator: User
) -> None:
    begin()
    upcoming_workshop.cancel(by=facilitator, at=BEGAN + DAY)
    assert owed(DUE) == []
    upcoming_workshop.reinstate(by=facilitator, at=BEGAN + 2 * DAY)
    assert owed(DUE) == ["Amina"]


# When no follow-up e-mail is sent -----------------------------------------------------------------


@pytest.mark.parametrize("ending", ["tried", "let-go", "deleted", "left", "refused"])
def test_queued_follow_up_is_dropped_when_no_longer_needed(
    ending: str, begin: Begin, participant: User, smtp_server: Letterbox
) -> None:
    """The message is deferred. Before the retry, the follow-up is no longer needed."""
    kept, at = begin(), DUE + SECOND
    smtp_server.answers[participant.email] = "451 4.3.0 Try again later"
    turn(DUE)
    smtp_server.answers.clear()
    if ending == "deleted":
        delete(experiment=kept, by=participant)
    elif ending == "left":
        Membership.objects.get(user=participant).leave(by=None, at=at)
    elif ending == "refused":
        opt_out(person=participant, kind=LOOK_BACK.kind, at=at)
    else:
        answer(experiment=kept, outcome=ending, by=participant, at=at)
    assert owed(DUE + timedelta(minutes=5)) == []
    turn(DUE + timedelta(minutes=5))
    assert recipients(smtp_server) == []
    assert Message.objects.get(kind=LOOK_BACK.kind).status == "dropped"


def test_rejoined_member_is_owed_a_follow_up(
    begin: Begin, participant: User, cohort: Cohort
) -> None:
    begin()
    Membership.objects.get(user=participant).leave(by=None, at=BEGAN + DAY)
    assert owed(DUE) == []
    Membership.objects.create(cohort=cohort, user=participant, joined_at=BEGAN + 2 * DAY)
    assert owed(DUE) == ["Amina"]


# The e-mail's contents, and who can see that it is sent -------------------------------------------


def test_email_links_to_the_answer_page_and_omits_the_experiments_text(
    begin: Begin, participant: User, facilitator: User, smtp_server: Letterbox
) -> None:
    kept = begin(audience=Audience.COHORT)
    turn(DUE)
    [mail] = (one for one in smtp_server.messages if one["Subject"].strip() == "How did it go?")
    assert mail["To"] == participant.email
    address = reverse("reflections:experiment_answer", args=[kept.public_id])
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        text = part.get_content()
        links = set(re.findall(r"http://[^\s\"<]+", text))
        assert [link for link in links if link.endswith(address)] != []
        assert (MARKER in text, "before workshop 4" in text) == (False, True)
    message = Message.objects.get(kind=LOOK_BACK.kind)
    assert not any(
        held in message.text + message.html + message.key for held in (MARKER, kept.public_id)
    )


def test_follow_ups_are_not_visible_to_facilitators_or_administrators(
    begin: Begin,
    cohort: Cohort,
    upcoming_workshop: Workshop,
    facilitator: User,
    administrator: User,
    smtp_server: Letterbox,
) -> None:
    """Every page that lists messages is the same with and without an owed or sent follow-up."""
    pages = [
        "/",
        reverse("home:cohort_detail", args=[cohort.public_id]),
        reverse("home:message_list", args=[cohort.public_id]),
        reverse("workshops:workshop_move", args=[upcoming_workshop.public_id]),
        reverse("workshops:workshop_cancel", args=[upcoming_workshop.public_id]),
    ]

    def contents_at(moment: datetime) -> list[str]:
        with time_machine.travel(moment, tick=False):
            clients: list[Client] = [signed_in(facilitator), signed_in(administrator)]
            shown = [client.get(page).content.decode() for client in clients for page in pages]
        return [
            re.sub(r'csrf\w*"[^>]*value="\w+"|name="seen" value="\w+"', "", page) for page in shown
        ]

    moments = (BEGAN + DAY, DUE + timedelta(minutes=1), STARTS + DAY)
    for moment in moments:
        turn(moment)
    without = [contents_at(moment) for moment in moments]
    Message.objects.all().delete()
    begin()
    begin(look_back=LookBack(on=date(2027, 4, 2)))
    for moment in (*moments[:1], datetime(2027, 4, 2, 8, tzinfo=UTC), *moments[1:]):
        turn(moment)
    assert Message.objects.filter(kind=LOOK_BACK.kind, sent_at__isnull=False).count() == 2
    assert [contents_at(moment) for moment in moments] == without


def test_only_the_recipient_can_read_the_sent_message(
    begin: Begin,
    participant: User,
    facilitator_client: Client,
    administrator_client: Client,
    smtp_server: Letterbox,
) -> None:
    begin()
    turn(DUE)
    page = reverse("home:message_detail", args=[Message.objects.get(kind=LOOK_BACK.kind).public_id])
    assert "How did it go?" in signed_in(participant).get(page).content.decode()
    assert [one.get(page).status_code for one in (facilitator_client, administrator_client)] == [
        404,
        404,
    ]
