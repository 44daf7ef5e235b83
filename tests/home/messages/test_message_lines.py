"""The page of one line in a cohort's list of messages: preview, notes, skip and send now."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.content.email import without_links
from outbox.delivery.loop import take_turn
from outbox.models import Message, MessageOverride
from outbox.overrides import note_version
from tests.factories import LONG_AGO, MARCH, who_leads_here
from tests.home.lines import state_of, to, words
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.models import Workshop


@pytest.fixture(autouse=True)
def on_the_first_of_march() -> Iterator[None]:
    with time_machine.travel(MARCH, tick=False):
        yield


@pytest.fixture
def workshop(cohort: Cohort, facilitator: User, participant: User) -> Workshop:
    Membership.objects.update(joined_at=LONG_AGO)
    return who_leads_here(cohort)


@pytest.fixture
def client(facilitator: User) -> Client:
    return signed_in(facilitator)


def test_page_says_who_gets_the_message_when_and_why(client: Client, workshop: Workshop) -> None:
    page = words(client, to("line", workshop))

    assert "Thursday 11 March 2027, 9am · 1 person" in page
    assert (
        "Everybody expected gets it 7 days before the workshop, at 9am, unless they sent apologies."
        in page
    )
    assert "Amina Rahman To come" in page


def test_preview_equals_the_sent_e_mail(
    client: Client, workshop: Workshop, participant: User
) -> None:
    page = client.get(to("line", workshop))
    frame = client.get(to("preview", workshop, member=Membership.objects.get(user=participant)))

    take_turn(lambda: datetime(2027, 3, 11, 9, tzinfo=UTC))
    sent = Message.objects.get(kind="week-before")
    assert page.context["letter"].text == without_links(sent.text)
    assert page.context["letter"].subject == sent.subject
    assert "-link.invalid" not in frame.content.decode()
    assert "(a private link, only in the e-mail)" in frame.content.decode()


def test_preview_frame_loads_and_runs_nothing(
    client: Client, workshop: Workshop, participant: User
) -> None:
    frame = client.get(to("preview", workshop, member=Membership.objects.get(user=participant)))

    policy = dict(part.partition(" ")[::2] for part in frame["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "",
    }
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script" not in frame.content.decode()


def test_calendar_entry_preview_hides_its_link(client: Client, workshop: Workshop) -> None:
    entry = client.get(to("line", workshop, "calendar-entries")).context["letter"].calendar

    assert "METHOD:REQUEST\r\n" in entry
    assert "private-link.invalid" not in entry.replace("\r\n ", "")


@pytest.mark.parametrize("kind", ["survey", "survey-nudge", "survey-nudge-2"])
def test_survey_message_lists_all_members_without_status(
    client: Client, workshop: Workshop, participant: User, kind: str
) -> None:
    facilitator = Membership.objects.facilitating().get()
    expected = client.get(to("line", workshop, kind))
    assert [one.user for one in expected.context["detail"].preview.readers] == [participant]
    assert list(expected.context["detail"].recipients) == []
    member = Membership.objects.get(user=participant)

    assert client.get(to("preview", workshop, kind, member)).status_code == 200
    assert client.get(to("preview", workshop, kind, facilitator)).status_code == 404
    assert client.post(f"{to('skip', workshop, kind)}?to={member.public_id}").status_code == 404
    assert "1 person" not in words(client, to("line", workshop, kind))


def test_note_is_added_to_the_e_mail_and_deleted(client: Client, workshop: Workshop) -> None:
    note = "Bring a coat: https://example.org/weather & <b>boots</b>\r\nRuth"
    address, member = to("line", workshop), Membership.objects.participating().get()

    assert (
        client.post(to("note", workshop), {"note": note, "version": note_version(None)})["Location"]
        == address
    )
    page = client.get(address)
    assert (
        "Bring a coat: https://example.org/weather & <b>boots</b>\nRuth"
        in page.context["letter"].text
    )
    frame = client.get(to("preview", workshop, member=member)).content.decode()
    assert re.search(r'<a [^>]*href="https://example.org/weather"', frame)
    assert "&lt;b&gt;boots&lt;/b&gt;" in frame

    client.post(
        to("note", workshop), {"note": "", "version": note_version(MessageOverride.objects.get())}
    )
    assert "coat" not in client.get(address).content.decode()


def test_second_of_two_concurrent_notes_is_shown_beside_the_first(
    client: Client, workshop: Workshop, administrator: User
) -> None:
    client.post(to("note", workshop), {"note": "Bring a coat.", "version": note_version(None)})

    second = signed_in(administrator)
    page = second.post(to("note", workshop), {"note": "Bring cake.", "version": note_version(None)})
    assert "Ruth Okafor has changed this note since you opened the page" in page.content.decode()
    assert "Bring a coat." in page.content.decode()
    assert page.context["to_all"].form["note"].value() == "Bring cake."
    assert MessageOverride.objects.get().note == "Bring a coat."

    second.post(
        to("note", workshop),
        {"note": "Bring cake.", "version": page.context["to_all"].form["version"].value()},
    )
    assert MessageOverride.objects.get().note == "Bring cake."


def test_personal_note_is_only_in_the_recipients_e_mail(client: Client, workshop: Workshop) -> None:
    amina = Membership.objects.participating().get()
    ben = Membership.objects.create(
        cohort=workshop.cohort,
        user=User.objects.create_user("ben@example.org", "Ben Ayo"),
        joined_at=LONG_AGO,
    )
    client.post(to("note", workshop), {"note": "Bring a coat.", "version": note_version(None)})
    alone = f"{to('note', workshop)}?alone={ben.public_id}"

    saved = client.post(
        alone, {"alone-note": "The lift is mended.", "alone-version": note_version(None)}
    )

    assert saved["Location"] == f"{to('line', workshop)}?to={ben.public_id}"
    to_ben, to_amina = (
        client.get(f"{to('line', workshop)}?to={member.public_id}").context
        for member in (ben, amina)
    )
    assert "Bring a coat." in to_ben["letter"].text
    assert "The lift is mended." in to_ben["letter"].text
    assert (to_ben["alone"].is_open, to_amina["alone"].is_open) == (True, False)
    assert "lift" not in to_amina["letter"].text

    client.post(
        alone,
        {
            "alone-note": "",
            "alone-version": note_version(MessageOverride.objects.get(recipient=ben.user)),
        },
    )
    assert "lift" not in client.get(saved["Location"]).content.decode()
    assert MessageOverride.objects.exclude(note="").get().recipient is None


def test_second_of_two_concurrent_personal_notes_is_shown_beside_the_first(
    client: Client, workshop: Workshop, administrator: User
) -> None:
    alone = f"{to('note', workshop)}?alone={Membership.objects.participating().get().public_id}"
    client.post(alone, {"alone-note": "The lift is mended.", "alone-version": note_version(None)})

    page = signed_in(administrator).post(
        alone, {"alone-note": "Take the stairs.", "alone-version": note_version(None)}
    )

    assert "Ruth Okafor has changed this note since you opened the page" in page.content.decode()
    assert page.context["alone"].form["note"].value() == "Take the stairs."
    assert (page.context["to_all"].conflict, page.context["to_all"].form["note"].value()) == (
        None,
        "",
    )
    assert MessageOverride.objects.get().note == "The lift is mended."


def test_personal_note_requires_a_recipient_of_a_non_confidential_kind(
    client: Client, workshop: Workshop
) -> None:
    facilitator, amina = (
        Membership.objects.facilitating().get(),
        Membership.objects.participating().get(),
    )
    words = {"alone-note": "x", "alone-version": note_version(None)}

    assert (
        client.post(f"{to('note', workshop)}?alone={facilitator.public_id}", words).status_code
        == 404
    )
    survey = f"{to('note', workshop, 'survey')}?alone={amina.public_id}"
    assert client.post(survey, words).status_code == 404
    assert client.get(to("line", workshop, "survey")).context["alone"] is None
    assert not MessageOverride.objects.exists()


def test_note_that_is_too_long_is_shown_again_with_an_error(
    client: Client, workshop: Workshop
) -> None:
    page = client.post(to("note", workshop), {"note": "x" * 2001, "version": ""})

    assert "Shorten this to 2000 characters; it has 2001." in page.content.decode()
    assert page.context["to_all"].form["note"].value() == "x" * 2001
    assert not MessageOverride.objects.exists()


def test_skipped_message_names_the_facilitator_and_is_restored(
    client: Client, workshop: Workshop
) -> None:
    assert "Nobody gets it." in words(client, to("skip", workshop))

    client.post(to("skip", workshop))
    client.post(to("skip", workshop))
    assert state_of(client, workshop) == ["Skipped by Ruth"]
    take_turn(lambda: datetime(2027, 3, 11, 9, tzinfo=UTC))
    with time_machine.travel(datetime(2027, 3, 11, 10, tzinfo=UTC), tick=False):
        assert state_of(client, workshop) == ["Skipped by Ruth"]
        client.post(to("send_after_all", workshop))
        assert state_of(client, workshop) == ["Going out"]
        take_turn(lambda: datetime(2027, 3, 11, 10, 1, tzinfo=UTC))
        assert state_of(client, workshop) == ["Sent"]


def test_message_is_skipped_for_one_person(
    client: Client, workshop: Workshop, participant: User
) -> None:
    member = Membership.objects.get(user=participant)

    client.post(f"{to('skip', workshop)}?to={member.public_id}")

    assert state_of(client, workshop) == ["1 skipped"]
    assert "Amina Rahman Skipped by Ruth" in words(client, to("line", workshop))
    client.post(f"{to('send_after_all', workshop)}?to={member.public_id}")
    assert state_of(client, workshop) == ["To come"]


def test_send_now_sends_once_and_lists_the_message_as_sent(
    client: Client, workshop: Workshop
) -> None:
    assert "It goes to 1 person" in words(client, to("send_now", workshop))

    for _ in range(2):
        client.post(to("send_now", workshop))
    take_turn(lambda: MARCH)
    assert Message.objects.filter(kind="week-before", sent_at=MARCH).count() == 1
    page = client.get(reverse("home:message_list", args=[workshop.cohort.public_id]))
    [line] = page.context["timeline"].of("week-before", workshop.pk)
    assert (line.state, line.batch.is_early, line in page.context["timeline"].before) == (
        "Sent",
        True,
        True,
    )
    assert "There is nothing to send early." in words(client, to("send_now", workshop))


def test_survey_is_not_sent_before_its_workshop_is_over(client: Client, workshop: Workshop) -> None:
    assert "A survey can only be sent once the workshop is over." in words(
        client, to("line", workshop, "survey")
    )

    client.post(to("send_now", workshop, "survey"))

    assert not Message.objects.filter(kind="survey").exists()


@pytest.mark.parametrize("kind", ["no-such-kind", "calendar-cancelled", "availability"])
def test_kind_without_a_page_is_not_found(client: Client, workshop: Workshop, kind: str) -> None:
    assert client.get(to("line", workshop, kind)).status_code == 404
    assert client.post(to("skip", workshop, kind)).status_code == 404


@pytest.mark.parametrize("about", ["0", "9" * 18, "9" * 40, "-1", "%00"])
def test_unknown_subject_is_not_found(client: Client, workshop: Workshop, about: str) -> None:
    address = to("line", workshop).replace(f"/{workshop.pk}/", f"/{about}/")

    assert client.get(address).status_code == 404


def test_message_of_another_cohort_is_not_found(
    client: Client, workshop: Workshop, other_facilitator: User
) -> None:
    elsewhere = Cohort.objects.get(name="Essex, spring 2027")
    Workshop.objects.filter(pk=workshop.pk).update(cohort=elsewhere)

    assert client.get(to("line", workshop)).status_code == 404


def test_calendar_entries_and_invitations_cannot_be_changed(
    client: Client, workshop: Workshop
) -> None:
    assert client.get(to("skip", workshop, "calendar-entries")).status_code == 404
    assert client.post(to("note", workshop, "calendar-entries"), {"note": "x"}).status_code == 404
    assert client.post(to("send_now", workshop, "calendar-entries")).status_code == 404


def test_query_count_does_not_depend_on_the_number_of_recipients(
    client: Client, workshop: Workshop
) -> None:
    line, calendar = to("line", workshop), to("line", workshop, "calendar-entries")
    addresses = [line, calendar, reverse("home:message_list", args=[workshop.cohort.public_id])]

    def queries() -> list[int]:
        found = []
        for address in addresses:
            with CapturedQueries() as seen:
                client.get(address)
            found.append(len(seen))
        return found

    of_one = queries()
    for number in range(29):
        user = User.objects.create_user(f"person{number}@example.org", f"Person {number}")
        Membership.objects.create(cohort=workshop.cohort, user=user, joined_at=LONG_AGO)
    assert queries() == of_one
    take_turn(lambda: MARCH)
    assert queries()[1:] == of_one[1:]
