"""A programme's message templates: defaults, changes and validation."""

from datetime import time
from typing import Any

import pytest
from django.test import Client

from programmes.message_templates import DEFAULT_CONTENT, email_template, email_templates
from programmes.models import Programme
from tests.programmes.pages import said, words


def url(programme: Programme, kind: str = "", act: str = "") -> str:
    return (
        "/".join(part for part in (f"/programmes/{programme.public_id}/emails", kind, act) if part)
        + "/"
    )


def typed(programme: Programme, kind: str = "week-before", **other: object) -> dict[str, object]:
    """Return the data that an unchanged form would send, with these values replaced."""
    facts = email_template(programme, kind).values
    return {name: value for name, value in facts.items() if value not in ("", None)} | other


def errors(response: Any) -> dict[str, list[str]]:
    return {name: list(found) for name, found in response.context["form"].errors.items()}


# Descriptions of when each e-mail is sent


@pytest.mark.parametrize(
    ("kind", "own", "sentence"),
    [
        (
            "invitation",
            {},
            "To each member, as soon as there is a workshop to come, or when they join",
        ),
        (
            "week-before",
            {},
            "To each participant who has not sent apologies, 7 days before the workshop, at 9am",
        ),
        (
            "day-before",
            {"at": time(17, 30)},
            "To each participant who has not sent apologies, 1 day before the workshop, at 5:30pm",
        ),
        (
            "day-before",
            {"days": 0},
            "To each participant who has not sent apologies, on the day itself, at 9am",
        ),
        ("survey", {}, "To each participant who was there, 30 minutes after the end"),
        ("survey", {"minutes": 90}, "To each participant who was there, 90 minutes after the end"),
        ("survey", {"minutes": 0}, "To each participant who was there, right after the end"),
        (
            "survey-nudge",
            {},
            "To each participant who has not answered, 3 days after the workshop, at 9am",
        ),
    ],
)
def test_email_describes_its_timing(
    programme: Programme, kind: str, own: dict[str, Any], sentence: str
) -> None:
    programme.message_templates.create(kind=kind, **own)
    assert email_template(programme, kind).recipients_and_time == sentence


def test_emails_are_the_default_until_changed(programme: Programme) -> None:
    programme.message_templates.create(kind="survey", subject="How was it?")
    programme.message_templates.create(kind="calendar")
    found = email_templates(programme)
    assert [email.kind for email in found if not email.is_default] == ["survey"]


# The pages that list and edit message templates


def test_list_shows_every_kind_and_which_are_changed(
    administrator_client: Client, programme: Programme
) -> None:
    programme.save_message_template("day-before", DEFAULT_CONTENT | {"days": 2})
    page = words(administrator_client.get(url(programme)))
    assert page.count("Edit “") == len(email_templates(programme))
    assert (
        "Last reminder Changed To each participant who has not sent apologies, 2 days before"
        in page
    )
    assert page.count("to default") == 1


@pytest.mark.parametrize("count", [1, 30])
def test_list_makes_a_constant_number_of_queries(
    administrator_client: Client, programme: Programme, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count - 1):
        programme.save_message_template(f"kind-{number}", DEFAULT_CONTENT | {"subject": "x"})
    with django_assert_num_queries(5):
        administrator_client.get(url(programme))


def test_page_shows_the_default_as_it_is_sent(
    administrator_client: Client, programme: Programme
) -> None:
    response = administrator_client.get(url(programme, "week-before"))
    assert response.context["email"].values == {
        "subject": "Reminder: {workshop}, {day}",
        "body": "Dear {first_name},\n\nWorkshop {number} of {cohort} is on {day}.",
        "days": 7,
        "at": time(9),
        "minutes": None,
    }
    page = words(response)
    assert "{first_name} the recipient’s first name" in page
    assert "Dear Amina, Workshop 4 of North East, spring 2027 is on Thursday 18 March." in page


def test_only_differences_from_the_default_are_saved(
    administrator_client: Client, programme: Programme
) -> None:
    data = typed(programme, body="Hello {first_name}!\r\n\r\nSee you.", days="5")
    response = administrator_client.post(url(programme, "week-before"), data)
    assert (response.status_code, response["Location"]) == (302, url(programme))
    assert said(response) == [
        "“First reminder” has been saved. Existing cohorts keep their own copy."
    ]
    assert programme.message_templates.get().content() == {
        "kind": "week-before",
        **DEFAULT_CONTENT,
        "body": "Hello {first_name}!\n\nSee you.",
        "days": 5,
    }


def test_values_equal_to_the_default_are_not_stored(
    administrator_client: Client, programme: Programme
) -> None:
    programme.save_message_template("week-before", DEFAULT_CONTENT | {"subject": "Soon"})
    administrator_client.post(
        url(programme, "week-before"), typed(programme, subject="Reminder: {workshop}, {day}")
    )
    assert not programme.message_templates.exists()


@pytest.mark.parametrize(
    ("kind", "typed_instead", "sentences"),
    [
        (
            "week-before",
            {"body": "Dear {firstname}"},
            {
                "body": [
                    "There is no field {firstname} here. Did you mean {first_name}? You can use "
                    "{first_name}, "
                    "{cohort}, {programme}, {place}, {workshop}, {number}, {day}, {when} and "
                    "{where}."
                ]
            },
        ),
        (
            "week-before",
            {"subject": "{day", "body": " "},
            {
                "subject": [
                    "Check the { at “{day”. "
                    "A field has a brace on each side. To write a brace itself, put a \\ before it."
                ],
                "body": ["Enter a message, or reset to the default."],
            },
        ),
        (
            "week-before",
            {"subject": "x" * 201},
            {"subject": ["Shorten this to 200 characters; it has 201."]},
        ),
        ("week-before", {"days": "29"}, {"days": ["Enter a number of days from 2 to 28."]}),
        ("week-before", {"days": "soon"}, {"days": ["Enter a number of days from 2 to 28."]}),
        ("survey", {"minutes": "-1"}, {"minutes": ["Enter a number of minutes from 0 to 1440."]}),
        ("day-before", {"at": "nine"}, {"at": ["Enter a time, for example 9:00."]}),
        (
            "day-before",
            {"at": "01:30"},
            {"at": ["Enter a time from 6:00 to 22:00. No e-mails are sent at night."]},
        ),
    ],
)
def test_invalid_text_and_timing_show_errors_with_the_input(
    administrator_client: Client,
    programme: Programme,
    kind: str,
    typed_instead: dict[str, str],
    sentences: dict[str, list[str]],
) -> None:
    for act in ("", "preview"):
        response = administrator_client.post(
            url(programme, kind, act), typed(programme, kind, **typed_instead)
        )
        assert (response.status_code, errors(response)) == (200, sentences)
        form = response.context["form"]
        assert {name: form[name].value() for name in typed_instead} == typed_instead
        assert response.context["sample"] is None
    assert not programme.message_templates.exists()


def test_preview_shows_the_input_and_saves_nothing(
    administrator_client: Client, programme: Programme
) -> None:
    body = "Hello **{first_name}**, <script>alert(1)</script> [map](javascript:alert(1))"
    response = administrator_client.post(
        url(programme, "invitation", "preview"), {"subject": "{cohort}: {programme}", "body": body}
    )
    assert (
        "<p>Hello <strong>Amina</strong>, &lt;script&gt;alert(1)&lt;/script&gt; [map](javascript:"
        in (response.content.decode())
    )
    assert "<pre>Hello Amina, &lt;script&gt;" in response.content.decode()
    assert "North East, spring 2027: Leading Change Together" in words(response)
    assert not programme.message_templates.exists()


def test_calendar_entry_has_no_subject_and_no_time_to_change(
    administrator_client: Client, programme: Programme
) -> None:
    response = administrator_client.get(url(programme, "calendar"))
    assert list(response.context["form"].fields) == ["body", "version"]
    administrator_client.post(
        url(programme, "calendar"), {"body": "Hi {first_name},", "subject": "x", "days": "3"}
    )
    assert programme.message_templates.get().content() == {
        "kind": "calendar",
        **DEFAULT_CONTENT,
        "body": "Hi {first_name},",
    }


def test_reset_restores_the_default(administrator_client: Client, programme: Programme) -> None:
    programme.save_message_template("week-before", DEFAULT_CONTENT | {"subject": "Soon"})
    response = administrator_client.post(url(programme, "week-before", "default"))
    assert said(response) == ["“First reminder” has been reset to the default."]
    assert not programme.message_templates.exists()


def test_unknown_kind_is_not_found(administrator_client: Client, programme: Programme) -> None:
    assert administrator_client.get(url(programme, "announcements")).status_code == 404


@pytest.mark.parametrize(("act", "method"), [("preview", "get"), ("default", "get"), ("", "put")])
def test_actions_require_post(
    administrator_client: Client, programme: Programme, act: str, method: str
) -> None:
    assert getattr(administrator_client, method)(url(programme, "survey", act)).status_code == 405


# Copying the message templates to a duplicate programme


def test_duplicate_copies_the_message_templates(programme: Programme) -> None:
    programme.save_message_template("survey", DEFAULT_CONTENT | {"subject": "How was it?"})
    copy = programme.duplicate()
    assert [one.content() for one in copy.message_templates.all()] == [
        one.content() for one in programme.message_templates.all()
    ]
    assert programme.duplicate() == copy
    copy.save_message_template("survey", DEFAULT_CONTENT)
    assert programme.duplicate() != copy
    assert programme.message_templates.count() == 1
