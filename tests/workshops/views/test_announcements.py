"""The pages on which facilitators write, preview, edit, delete and send an announcement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.bounces.suppression import Source, suppress
from outbox.models import Message
from tests.people import signed_in
from tests.queries import CapturedQueries
from tests.workshops.announcement_helpers import create_draft, save_rsvp
from tests.workshops.changing import text
from workshops.models import Announcement, Workshop

Join = Callable[..., Membership]
NOW = datetime.now(UTC)
FORM_DATA = {
    "audience": "everybody",
    "subject": "A coat for {first_name}",
    "body": "It is cold in **there**.",
}


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], NOW + timedelta(days=6))


@pytest.fixture
def people(join: Join, workshop: Workshop) -> list[Membership]:
    """Three members: two are coming, and one has not answered."""
    members = [join("Ama One"), join("Ben Two"), join("Cal Three")]
    for member in members[:2]:
        save_rsvp(workshop, member, "coming", NOW)
    return members


@pytest.fixture
def draft(cohort: Cohort, people: list[Membership], facilitator: User) -> Announcement:
    return create_draft(cohort, facilitator, NOW)


def url_of(thing: Cohort | Announcement, act: str) -> str:
    return reverse(f"workshops:announcement_{act}", args=[thing.public_id])


def version_token_on(page: Any) -> str:
    return str(page.context["seen"])


def send(client: Client, draft: Announcement, seen: str | None = None) -> str:
    """Submit the form of the Send button; return the flash message on the next page."""
    seen = version_token_on(client.get(draft.get_absolute_url())) if seen is None else seen
    answer = client.post(url_of(draft, "send"), {"seen": seen}, follow=True)
    [status_message] = [str(message) for message in answer.context["messages"]]
    return status_message


# Writing an announcement


def test_create_saves_draft_and_shows_preview(
    facilitator_client: Client, facilitator: User, cohort: Cohort, people: list[Membership]
) -> None:
    answer = facilitator_client.post(url_of(cohort, "create"), FORM_DATA)

    draft = Announcement.objects.get()
    assert (draft.is_draft, draft.written_by, draft.audience) == (True, facilitator, "everybody")
    assert answer["Location"] == draft.get_absolute_url()
    page = facilitator_client.get(draft.get_absolute_url())
    assert "A coat for Ama" in text(page)
    assert "Send to 3 people" in text(page)
    assert "A coat for Cal" in text(
        facilitator_client.get(f"{draft.get_absolute_url()}?to={people[2].public_id}")
    )
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"subject": ""}, "subject", "Enter a subject. It is what people see first."),
        ({"subject": "x" * 201}, "subject", "Shorten this to 200 characters; it has 201."),
        ({"body": " \r\n "}, "body", "Enter your message."),
        ({"body": "x" * 5001}, "body", "Shorten this to 5000 characters; it has 5001."),
        (
            {"audience": "coming"},
            "workshop",
            "Choose the workshop that decides who gets it.",
        ),
        ({"audience": "coming", "workshop": "0"}, "workshop", "Choose another workshop"),
        ({"audience": "nobody"}, "audience", "Choose who gets it."),
        ({"body": "See you {wen}."}, "body", "There is no field {wen} here. Did you mean {when}?"),
        ({"subject": "Open {brace"}, "subject", "Check the { at “Open {brace”."),
    ],
)
def test_create_shows_errors_and_redisplays_input(
    typed: dict[str, str],
    field: str,
    words: str,
    facilitator_client: Client,
    cohort: Cohort,
    people: list[Membership],
    draft: Announcement,
) -> None:
    for address in (url_of(cohort, "create"), url_of(draft, "edit")):
        page = facilitator_client.post(address, FORM_DATA | typed)
        form = page.context["form"]
        assert form.errors[field][0].startswith(words), form.errors
        assert {name: form[name].value() for name in ("subject", "body")} == {
            name: (FORM_DATA | typed)[name] for name in ("subject", "body")
        }
    assert Announcement.objects.get() == draft


@pytest.mark.parametrize(
    ("audience", "is_over", "words"),
    [
        ("coming", True, "Choose a workshop to come. This one is over."),
        ("silent", True, "Choose a workshop to come. This one is over."),
        ("present", False, "Choose a workshop that has begun."),
        ("absent", False, "Choose a workshop that has begun."),
        ("apologies", False, ""),
        ("apologies", True, ""),
        ("present", True, ""),
    ],
)
def test_audience_must_suit_the_workshop(
    audience: str,
    is_over: bool,
    words: str,
    facilitator_client: Client,
    cohort: Cohort,
    workshops: list[Workshop],
    workshop: Workshop,
    schedule: Callable[..., Workshop],
) -> None:
    over = schedule(workshops[0], NOW - timedelta(days=6))
    about = over if is_over else workshop
    data = FORM_DATA | {"audience": audience, "workshop": str(about.pk)}
    answer = facilitator_client.post(url_of(cohort, "create"), data)
    if words:
        form = answer.context["form"]
        assert form.errors["workshop"][0].startswith(words)
        assert form["body"].value() == FORM_DATA["body"]
    else:
        draft = Announcement.objects.get()
        assert (draft.audience, draft.workshop) == (audience, about)
        assert "Nobody would get it" in text(facilitator_client.get(draft.get_absolute_url()))


def test_next_workshop_is_chosen_at_first(
    facilitator_client: Client,
    cohort: Cohort,
    workshops: list[Workshop],
    workshop: Workshop,
    schedule: Callable[..., Workshop],
) -> None:
    schedule(workshops[0], NOW - timedelta(days=6))
    form = facilitator_client.get(url_of(cohort, "create")).context["form"]
    assert form["workshop"].value() == workshop.pk


def test_workshop_placeholders_are_unknown_without_upcoming_workshop(
    facilitator_client: Client, cohort: Cohort, workshops: list[Workshop], join: Join
) -> None:
    page = facilitator_client.post(
        url_of(cohort, "create"), FORM_DATA | {"body": "See you {when}."}
    )

    assert page.context["form"].errors["body"][0].startswith("There is no field {when} here.")
    assert "workshop" not in page.context["form"].fields


@pytest.mark.parametrize(("audience", "count"), [("coming", 2), ("silent", 1)])
def test_workshop_page_links_to_message_for_rsvp_group(
    audience: str,
    count: int,
    facilitator_client: Client,
    cohort: Cohort,
    workshop: Workshop,
    people: list[Membership],
) -> None:
    address = f"{url_of(cohort, 'create')}?audience={audience}&amp;workshop={workshop.public_id}"
    assert address in text(facilitator_client.get(workshop.get_absolute_url()))
    form = facilitator_client.get(address.replace("&amp;", "&")).context["form"]
    assert (form["audience"].value(), form["workshop"].value()) == (audience, workshop.pk)

    facilitator_client.post(
        url_of(cohort, "create"), FORM_DATA | {"audience": audience, "workshop": workshop.pk}
    )

    page = facilitator_client.get(Announcement.objects.get().get_absolute_url())
    assert page.context["audience"].count == count
    assert "(a private link, only in the e-mail)" in text(page)


# Sending an announcement


def test_send_sends_once_and_shows_deliveries(
    facilitator_client: Client, draft: Announcement, second_facilitator: User
) -> None:
    seen = version_token_on(facilitator_client.get(draft.get_absolute_url()))

    assert (
        send(facilitator_client, draft, seen) == "It goes out to 3 people within a minute or two."
    )
    assert (
        send(facilitator_client, draft, seen)
        == "You have already sent this message. It was not sent again."
    )
    assert (
        send(signed_in(second_facilitator), draft, seen)
        == "Ruth Okafor sent it just now. It was not sent again."
    )
    assert Message.objects.count() == 3
    page = text(facilitator_client.get(draft.get_absolute_url()))
    assert "3 waiting" in page
    assert "Send to" not in page


def test_send_refuses_changed_audience(
    facilitator_client: Client, draft: Announcement, people: list[Membership]
) -> None:
    seen = version_token_on(facilitator_client.get(draft.get_absolute_url()))
    people[0].leave(by=None, at=NOW)

    assert send(facilitator_client, draft, seen) == (
        "Somebody has answered, joined or left since you opened this page: "
        "it now goes to 2 people, not 3."
    )
    assert send(facilitator_client, draft, "") != ""
    assert not Message.objects.exists()
    assert send(facilitator_client, draft) == "It goes out to 2 people within a minute or two."


def test_draft_names_unreachable_people_without_counting_them(
    facilitator_client: Client, draft: Announcement, people: list[Membership]
) -> None:
    suppress(
        "ben.two@example.org",
        said="550 No such person",
        source=Source.REFUSED,
        message=None,
        at=NOW,
    )

    page = text(facilitator_client.get(draft.get_absolute_url()))
    assert "Send to 2 people" in page
    assert "E-mail to ben.two@example.org came back" in page
    assert send(facilitator_client, draft) == "It goes out to 2 people within a minute or two."


def test_failed_delivery_shows_reason_and_links_to_address(
    facilitator_client: Client, draft: Announcement, people: list[Membership]
) -> None:
    send(facilitator_client, draft)
    refused = {
        "outcome": "refused",
        "failed_at": NOW,
        "reason": "refused for good: 550 5.1.1 No such person",
    }
    Message.objects.filter(recipient=people[1].user).update(
        **refused, address="ben.two@example.org"
    )

    page = text(facilitator_client.get(draft.get_absolute_url()))
    assert "To ben.two@example.org. No such mailbox: nobody has this address there." in page
    assert reverse("cohorts:member_address", args=[people[1].public_id]) in page
    assert ("2 waiting" in page, "1 failed" in page) == (True, True)


def test_draft_without_audience_has_no_send_button(
    facilitator_client: Client,
    cohort: Cohort,
    workshop: Workshop,
    people: list[Membership],
    facilitator: User,
) -> None:
    draft = create_draft(cohort, facilitator, NOW, audience="silent", workshop=workshop)
    save_rsvp(workshop, people[2], "apologies", NOW)

    page = facilitator_client.get(draft.get_absolute_url())
    assert ("Nobody would get it" in text(page), "Send to" in text(page)) == (True, False)
    send(facilitator_client, draft)
    assert not Message.objects.exists()


# Editing and deleting an announcement


def test_edit_saves_draft(facilitator_client: Client, draft: Announcement) -> None:
    seen = version_token_on(facilitator_client.get(url_of(draft, "edit")))
    answer = facilitator_client.post(url_of(draft, "edit"), FORM_DATA | {"seen": seen})

    draft.refresh_from_db()
    assert (answer["Location"], draft.subject) == (draft.get_absolute_url(), FORM_DATA["subject"])


def test_concurrent_edit_shows_conflict_and_redisplays_input(
    facilitator_client: Client, draft: Announcement, second_facilitator: User
) -> None:
    other = signed_in(second_facilitator)
    seen = version_token_on(other.get(url_of(draft, "edit")))
    facilitator_client.post(url_of(draft, "edit"), FORM_DATA | {"seen": seen})

    page = other.post(url_of(draft, "edit"), FORM_DATA | {"subject": "Mine", "seen": seen})
    assert "Ruth Okafor has changed this draft since you opened it." in text(page)
    assert page.context["form"]["subject"].value() == "Mine"
    other.post(
        url_of(draft, "edit"), FORM_DATA | {"subject": "Mine", "seen": version_token_on(page)}
    )
    draft.refresh_from_db()
    assert (draft.subject, draft.written_by) == ("Mine", second_facilitator)


def test_edit_after_send_creates_new_draft(
    facilitator_client: Client, draft: Announcement, second_facilitator: User
) -> None:
    seen = version_token_on(facilitator_client.get(url_of(draft, "edit")))
    send(signed_in(second_facilitator), draft)

    page = facilitator_client.post(url_of(draft, "edit"), FORM_DATA | {"seen": seen}, follow=True)
    assert "The message was sent before you saved. Your changes are a new draft." in text(page)
    assert [one.subject for one in Announcement.objects.unconfirmed()] == [FORM_DATA["subject"]]
    assert "This message has been sent" in text(
        facilitator_client.get(url_of(draft, "edit"), follow=True)
    )


def test_delete_removes_draft_but_not_sent_message(
    facilitator_client: Client, draft: Announcement, cohort: Cohort, facilitator: User
) -> None:
    assert facilitator_client.get(url_of(draft, "delete")).status_code == 200
    facilitator_client.post(url_of(draft, "delete"))
    assert not Announcement.objects.exists()

    sent = create_draft(cohort, facilitator, NOW)
    send(facilitator_client, sent)
    facilitator_client.get(url_of(sent, "delete"))
    facilitator_client.post(url_of(sent, "delete"))
    assert Announcement.objects.get() == sent


# Permissions and query counts of the pages


def test_draft_requires_convener(
    draft: Announcement, people: list[Membership], other_facilitator_client: Client
) -> None:
    member = signed_in(people[0].user)
    for act in ("detail", "edit", "send", "delete"):
        assert member.post(url_of(draft, act)).status_code == (405 if act == "detail" else 403)
        assert other_facilitator_client.get(url_of(draft, act)).status_code == (
            405 if act == "send" else 404
        )


def test_page_query_count_is_constant(
    facilitator_client: Client, draft: Announcement, join: Join
) -> None:
    def query_count() -> int:
        with CapturedQueries() as queries:
            facilitator_client.get(draft.get_absolute_url())
        return len(queries)

    def add_people(word: str) -> None:
        for number in range(27):
            join(f"Another {word} {number}")

    few = query_count()
    add_people("draft")
    assert query_count() == few
    send(facilitator_client, draft)
    many = query_count()
    Message.objects.exclude(recipient__name__startswith="Ama").delete()
    assert query_count() == many
