"""The rendering of e-mails: text for all recipients once per batch, personal text for each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.safestring import mark_safe

from accounts.models import User
from cohorts.models import Cohort, CohortMessageTemplate, Membership
from outbox.content import email
from outbox.content.email import EmailContent, Envelope, HashableContext
from outbox.delivery.batch_cache import batch_cache
from outbox.models import Message, MessageOverride
from workshops.messages.reminders import DAY_BEFORE
from workshops.models import Attendance, Workshop

pytestmark = pytest.mark.django_db

NAMES = ("Amina Rahman", "O’Brien & <Søn>", "*Ulla* Ek", "עמינה רחמן", "{first_name} X")
WORDS = (
    "Dear **{first_name}**, [your own page](https://example.org/?for={first_name}) is \\{there\\}."
)


@pytest.fixture
def owed(cohort: Cohort, facilitator: User) -> list[Message]:
    """A reminder to each person in NAMES. The second gets plain text; the third is coming."""
    now = timezone.now()
    workshop = Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads?",
        starts_at=now,
        ends_at=now + timedelta(hours=3),
        scheduled_at=now,
    )
    CohortMessageTemplate.objects.create(
        cohort=cohort, kind="day-before", subject="{first_name}: {workshop}", body=WORDS
    )
    MessageOverride.objects.create(
        group_id=cohort.pk,
        kind="day-before",
        subject_id=workshop.pk,
        note="Bring a cup.",
        noted_at=now,
    )
    messages = []
    for number, name in enumerate(NAMES):
        person = User.objects.create_user(f"p{number}@example.org", name, text_only=number == 1)
        member = Membership.objects.create(cohort=cohort, user=person)
        if number == 2:
            Attendance.objects.create(
                workshop=workshop,
                membership=member,
                answer=Attendance.Answer.COMING,
                answered_at=now,
            )
        message = Message(
            kind="day-before", subject_id=workshop.pk, recipient=person, made_at=now, due_at=now
        )
        message.address = person.email
        messages.append(message)
    return messages


def composed(owed: list[Message]) -> list[EmailContent]:
    return [DAY_BEFORE.compose(message) for message in owed]


def test_emails_composed_in_a_batch_equal_those_composed_alone(owed: list[Message]) -> None:
    alone = composed(owed)
    with batch_cache():
        together = composed(owed)

    assert together == alone
    assert [letter.subject.split(":")[0] for letter in alone] == [
        person.first_name for person in map(recipient_of, owed)
    ]
    assert [bool(letter.html) for letter in alone] == [True, False, True, True, True]
    assert ["You said you’re coming" in letter.text for letter in alone] == [
        False,
        False,
        True,
        False,
        False,
    ]


def test_name_is_escaped_in_html_and_links_and_unchanged_in_text(owed: list[Message]) -> None:
    owed[1].recipient = User(email="p@example.org", name="<Søn>&Co")
    letter = DAY_BEFORE.compose(owed[1])

    assert (
        "Dear <Søn>&Co, your own page (https://example.org/?for=%3CS%C3%B8n%3E%26Co) is {there}."
        in letter.text
    )
    assert "Dear <strong>&lt;Søn&gt;&amp;Co</strong>" in letter.html
    assert 'href="https://example.org/?for=%3CS%C3%B8n%3E%26Co"' in letter.html


def test_text_with_equal_context_is_rendered_once_per_batch(owed: list[Message]) -> None:
    with batch_cache():
        facts = [HashableContext({"body": "Dear …", "cohort_name": "Essex"}) for _ in range(2)]
        assert email.text_of("announcement", facts[0]) is email.text_of("announcement", facts[1])


@pytest.mark.parametrize(
    ("one", "another"),
    [
        (1, True),
        ("a", mark_safe("a")),
        (["a"], ["b"]),
        (Workshop(pk=1), Workshop(pk=1)),
        ("", None),
    ],
)
def test_contexts_with_values_that_render_differently_are_unequal(
    one: object, another: object
) -> None:
    assert HashableContext({"x": one}) != HashableContext({"x": another})
    assert HashableContext({"x": one}) == HashableContext({"x": one})


def test_email_is_byte_identical_each_time(owed: list[Message]) -> None:
    message = owed[0]
    letter = DAY_BEFORE.compose(message)
    message.subject, message.text, message.html = letter.subject, letter.text, letter.html
    first, second = (
        Envelope(message, "https://example.org/answer/", is_optional=True) for _ in range(2)
    )

    for linesep in ("\r\n", "\n"):
        assert first.message().as_bytes(linesep=linesep) == second.message().as_bytes(
            linesep=linesep
        )
    assert first.message()["Message-ID"] == second.message()["Message-ID"]


def recipient_of(message: Message) -> User:
    assert message.recipient
    return message.recipient
