"""Facilitators who edit the e-mails of a survey can't learn who opened a link in them."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.content.email import CHOICES_LINK, PRIVATE_LINK
from outbox.rules import all_rules
from programmes.models import Programme
from tests.services import Letterbox
from tests.surveys.conftest import Join, mark
from tests.surveys.sending import SURVEY_DUE, turn_at
from tests.workshops.changing import text
from workshops.models import Workshop

pytestmark = pytest.mark.either

HIDDEN = ["survey", "survey-nudge", "survey-nudge-2", "look-back", "reply-digest"]
# Each text contains a link that is different for every recipient: in the HTML, in the plain text,
# or once a mail program has turned the text into a link.
PERSONAL = [
    "Dear all, see https://a.example/?who={first_name} now",
    "[Say so](https://a.example/?who={first_name})",
    "[Say so](https://a.example/?who={ first_name })",
    "[Say so](<https://a.example/ {first_name}>)",
    '[Say so](https://a.example/{first_name} "Really")',
    "[Say so](https://{first_name}.a.example)",
    "[Say so](mailto:me@a.example?subject={first_name})",
    "<https://a.example/{first_name}>",
    "<mailto:{first_name}@a.example>",
    "[**Say {cohort}**](https://a.example/(x{first_name}y))",
    "See a.example/{first_name}",
    "See www.a.example/{cohort}/{first_name}.",
    "See {first_name}.a.example",
    "Write to {first_name}@a.example",
    "See {cohort}{first_name}",
    "See tel:{first_name}",
    "See \\\\\\\\a.example\\\\{first_name}",
    "See a.example。{first_name}",
    "![x](https://a.example/{first_name}.png)",
]
HARMLESS = [
    "Dear {first_name},\n\nsee https://a.example/?w={number}&day={day}.",
    "**{first_name}**: how was it? (Yes, {first_name}!) {first_name}’s half day…",
    "[How was {first_name} doing?](https://a.example/{cohort}) {first_name}",
]


def wording_url(cohort: Cohort, kind: str) -> str:
    return reverse("cohorts:email_edit", args=[cohort.public_id, kind])


def with_defaults(kind: str, **changed: str) -> dict[str, str]:
    rule = all_rules()[kind]
    assert rule.text.wording
    timing = {
        "survey": {"minutes": "30"},
        "survey-nudge": {"days": "3", "at": "09:00"},
        "survey-nudge-2": {"days": "6", "at": "09:00"},
    }
    words = {"subject": str(rule.text.wording.subject), "body": str(rule.text.wording.body)}
    return {**words, **timing.get(kind, {}), **changed}


@pytest.mark.django_db
@pytest.mark.parametrize("body", PERSONAL)
def test_personal_field_in_an_address_is_an_error_that_keeps_the_text(
    body: str, facilitator_client: Client, cohort: Cohort
) -> None:
    answer = facilitator_client.post(
        wording_url(cohort, "survey-nudge"), with_defaults("survey-nudge", body=body)
    )

    assert answer.status_code == 200
    assert [*answer.context["form"].errors] == ["body"]
    assert "A link must be the same for everybody" in text(answer)
    assert answer.context["form"]["body"].value() == body
    assert not cohort.message_templates.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", HIDDEN)
def test_every_kind_that_hides_its_recipients_refuses_it(
    kind: str, facilitator_client: Client, administrator_client: Client, cohort: Cohort
) -> None:
    """Each placeholder is tried in a link in the subject and body, for a cohort and a programme."""
    programme = reverse("programmes:email_edit", args=[cohort.programme.public_id, kind])
    fields = ("first_name", "look_back", "replies")
    known = all_rules()[kind].text.wording
    assert known
    for field in (one for one in fields if one in known.examples):
        for name in ("subject", "body"):
            data = with_defaults(kind, **{name: f"https://a.example/{{{field}}}"})
            for client, url in (
                (facilitator_client, wording_url(cohort, kind)),
                (administrator_client, programme),
            ):
                answer = client.post(url, data)
                assert [*answer.context["form"].errors] == [name]


@pytest.mark.django_db
@pytest.mark.parametrize("body", HARMLESS)
def test_fields_that_are_the_same_for_all_and_names_outside_addresses_are_accepted(
    body: str, facilitator_client: Client, cohort: Cohort
) -> None:
    url = wording_url(cohort, "survey")

    assert facilitator_client.post(url, with_defaults("survey", body=body)).status_code == 302
    assert cohort.message_templates.get().body == body


@pytest.mark.django_db
def test_kind_that_shows_its_recipients_may_have_a_personal_address(
    facilitator_client: Client, cohort: Cohort
) -> None:
    data = {"subject": "x", "body": PERSONAL[0], "days": "1", "at": "09:00"}

    assert facilitator_client.post(wording_url(cohort, "day-before"), data).status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "body",
    [
        *PERSONAL,
        f"See https://a.example/?who={PRIVATE_LINK}",
        f"[See](https://a.example/?who={PRIVATE_LINK}) [See](<https://a.example/ {PRIVATE_LINK}>)",
        f"See https://a.example/?who={CHOICES_LINK}#x",
        f"See https://a.example/?who={quote(chr(0xFDD0))}",
        f"See https://a.example/?who={chr(0xFDD0)}",
        "![pixel](https://a.example/pixel.png)",
        '<img src="https://a.example/pixel.png">',
    ],
)
def test_stored_wording_gives_everybody_the_same_addresses(
    body: str, join: Join, workshop: Workshop, smtp_server: Letterbox
) -> None:
    """The wording was saved before such links were refused, or imitates a placeholder of ours."""
    members = join(2)
    names = ["Zuleika Alpha", "Quentin Beta"]
    for member, name in zip(members, names, strict=True):
        User.objects.filter(pk=member.user_id).update(name=name)
    workshop.cohort.message_templates.create(kind="survey", subject=body[:150], body=body)
    mark(workshop, *members)

    turn_at(SURVEY_DUE)

    assert len(smtp_server.messages) == 2
    theirs = set[frozenset[str]]()
    for letter in smtp_server.messages:
        plain, html = (
            str(part.get_content())
            for kind in ("plain", "html")
            if (part := letter.get_body((kind,))) is not None
        )
        assert "<img" not in html
        theirs.add(
            frozenset(
                word
                for word in re.split(r"[\s\"<>]+", f"{letter['Subject']} {plain} {html}")
                if "a.example" in word or word.lower().startswith("tel:")
            )
        )
    assert len(theirs) == 1
    assert not re.search(r"zuleika|quentin|/feedback/|/emails/", str(theirs), re.IGNORECASE)


@pytest.mark.django_db
def test_new_cohort_of_a_programme_with_such_a_wording_is_previewed_without_the_name(
    facilitator_client: Client, cohort: Cohort, programme: Programme, participant: User
) -> None:
    assert Membership.objects.filter(user=participant, cohort=cohort).exists()
    cohort.message_templates.create(kind="survey", subject="x", body=PERSONAL[0])

    page = facilitator_client.get(wording_url(cohort, "survey"))

    assert page.context["sample"].body.split()[3] == "https://a.example/?who="
