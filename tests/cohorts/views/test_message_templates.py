"""A cohort's message templates. Editing them changes neither its programme nor other cohorts."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cohorts.models import Cohort
from outbox.queueing import generate
from outbox.rules import all_rules
from programmes.message_templates import DEFAULT_CONTENT
from tests.programmes.pages import said, words
from workshops.models import Workshop

BODY = "Dear {first_name}, see you on {day}."


def url(cohort: Cohort, kind: str = "", act: str = "") -> str:
    return (
        "/".join(part for part in (f"/cohorts/{cohort.public_id}/emails", kind, act) if part) + "/"
    )


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    """A workshop in 73 hours, too soon for the week-before reminder, not for one 2 days before."""
    starts = timezone.now() + timedelta(days=3, hours=1)
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Power",
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
        scheduled_at=timezone.now() - timedelta(days=60),
    )


def test_template_applies_to_its_cohort_only(facilitator_client: Client, cohort: Cohort) -> None:
    response = facilitator_client.post(
        url(cohort, "invitation"), {"subject": "Come", "body": BODY.replace("day", "place")}
    )
    assert said(response) == ["“Invitation to the cohort” has been saved for this cohort."]
    assert cohort.message_templates.get().content() == {
        "kind": "invitation",
        **DEFAULT_CONTENT,
        "subject": "Come",
        "body": "Dear {first_name}, see you on {place}.",
    }
    assert not cohort.programme.message_templates.exists()
    assert "Invitation to the cohort Changed" in words(facilitator_client.get(url(cohort)))


def test_stale_save_shows_both_versions(facilitator_client: Client, cohort: Cohort) -> None:
    address, mine = url(cohort, "calendar"), {"body": "See *you* there, {first_name}."}
    version = facilitator_client.get(address).context["form"]["version"].value()
    facilitator_client.post(address, {"body": "Come all, {first_name}.", "version": version})

    page = facilitator_client.post(address, {**mine, "version": version})

    assert cohort.message_templates.get().body == "Come all, {first_name}."
    assert "Somebody else has saved this e-mail since you opened it." in words(page)
    assert "The version that somebody else has saved" in words(page)
    assert "Come all, {first_name}." in words(page)
    form = page.context["form"]
    assert form["body"].value() == mine["body"]

    facilitator_client.post(address, {**mine, "version": form["version"].value()})
    assert cohort.message_templates.get().body == mine["body"]


def test_saving_the_same_text_twice_is_no_conflict(
    facilitator_client: Client, cohort: Cohort
) -> None:
    address = url(cohort, "calendar")
    mine = {
        "body": "Come all, {first_name}.",
        "version": facilitator_client.get(address).context["form"]["version"].value(),
    }

    for _ in range(2):
        assert facilitator_client.post(address, mine).status_code == 302


def test_preview_names_the_cohort(facilitator_client: Client, cohort: Cohort) -> None:
    Cohort.objects.update(name="Essex, *autumn*")
    data = {"subject": "Come to {cohort}", "body": "Dear {first_name} of {cohort}"}
    page = words(facilitator_client.post(url(cohort, "invitation", "preview"), data))
    assert "Come to Essex, *autumn* Dear Amina of Essex, *autumn*" in page
    assert not cohort.message_templates.exists()


def test_unknown_placeholder_shows_an_error_with_the_input(
    facilitator_client: Client, cohort: Cohort
) -> None:
    response = facilitator_client.post(url(cohort, "calendar"), {"body": "Dear {nmae}"})
    [sentence] = response.context["form"].errors["body"]
    assert sentence.startswith("There is no field {nmae} here. Did you mean")
    assert response.context["form"]["body"].value() == "Dear {nmae}"


def test_timing_that_cancels_pending_messages_shows_a_warning(
    facilitator_client: Client, cohort: Cohort, participant: object, workshop: Workshop
) -> None:
    cohort.memberships.update(joined_at=timezone.now() - timedelta(days=30))
    data = {"subject": "Soon", "body": BODY, "at": "09:00"}
    first = facilitator_client.post(url(cohort, "week-before"), {**data, "days": "2"})
    assert said(first) == ["“First reminder” has been saved for this cohort."]
    facilitator_client.get(url(cohort))
    second = facilitator_client.post(url(cohort, "week-before"), {**data, "days": "6"})
    assert said(second) == [
        "Some e-mails that were still to come won’t be sent, because their new time has passed or "
        "is "
        "too late. Choose another time if you want them sent.",
        "“First reminder” has been saved for this cohort.",
    ]
    assert (
        not all_rules()["week-before"]
        .unwritten(all_rules()["week-before"].owed(timezone.now()))
        .exists()
    )


def test_reset_to_the_default_sends_no_past_messages(
    facilitator_client: Client, cohort: Cohort, participant: object, workshop: Workshop
) -> None:
    cohort.memberships.update(joined_at=timezone.now() - timedelta(days=30))
    facilitator_client.post(
        url(cohort, "week-before"), {"subject": "Soon", "body": BODY, "at": "09:00", "days": "2"}
    )
    facilitator_client.post(url(cohort, "week-before", "default"))
    assert "Changed" not in words(facilitator_client.get(url(cohort)))
    generate(timezone.now())
    assert list(cohort.message_templates.values_list("subject", "days")) == [("", None)]
    assert (
        not all_rules()["week-before"]
        .unwritten(all_rules()["week-before"].owed(timezone.now()))
        .exists()
    )


def test_unknown_kind_is_not_found(facilitator_client: Client, cohort: Cohort) -> None:
    assert facilitator_client.get(url(cohort, "announcements")).status_code == 404


@pytest.mark.parametrize("act", ["preview", "default"])
def test_actions_require_post(facilitator_client: Client, cohort: Cohort, act: str) -> None:
    assert facilitator_client.get(url(cohort, "survey", act)).status_code == 405
