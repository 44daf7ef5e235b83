"""Tests of the switch of “Before and after” of programmes and cohorts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.forms import CohortForm
from cohorts.models import Cohort, Membership
from outbox.preferences.preferences import optional_rules_for
from surveys.models import Colleague, Occasion, Wave, WaveBox
from tests.surveys.before_after.conftest import END_OPEN, Answer, all_answered
from tests.surveys.conftest import LONG_AGO, Join
from tests.surveys.pages import page
from workshops.models import Workshop
from workshops.planning.scheduling import create_cohort

PAGES = ("before_after", "colleague_edit", "colleague_withdraw")


def switch(cohort: Cohort, *, on: bool, at: datetime = LONG_AGO) -> CohortForm:
    """Edit the cohort with the form of its page, and return the form."""
    data = {name: getattr(cohort, name) for name in ("name", "place", "country", "capacity")}
    form = CohortForm(data | ({"uses_before_after": "on"} if on else {}), instance=cohort)
    assert form.is_valid()
    form.try_save(at=at)
    return form


def path(cohort: Cohort, name: str = "before_after") -> str:
    return reverse(f"surveys:{name}", args=[cohort.public_id])


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_waves_come_and_go_with_the_switch(cohort: Cohort, series: list[Workshop]) -> None:
    for _again in range(2):
        assert not switch(cohort, on=True).errors
        assert (Wave.objects.count(), WaveBox.objects.count()) == (4, 4)
    first = Wave.objects.values_list("pk", flat=True).first()
    switch(cohort, on=True)
    assert Wave.objects.values_list("pk", flat=True).first() == first
    switch(cohort, on=False)
    assert (Wave.objects.count(), WaveBox.objects.count()) == (0, 0)


def test_switching_off_deletes_the_colleagues(
    cohort: Cohort, waves: dict[str, Wave], participant: User
) -> None:
    member = Membership.objects.get(user=participant)
    Colleague.objects.create(membership=member, name="Chris", email="chris@example.org")
    assert not switch(cohort, on=False).errors
    assert not Colleague.objects.exists()


def test_switch_does_not_tell_whether_a_colleague_has_answered(
    cohort: Cohort, waves: dict[str, Wave], participant: User
) -> None:
    opens = END_OPEN.replace(hour=8)
    errors = []
    for has_answered in (True, False):
        Colleague.objects.all().delete()
        Colleague.objects.create(
            membership=Membership.objects.get(user=participant),
            name="Chris",
            email="chris@example.org",
            has_answered=has_answered,
        )
        errors.append(switch(cohort, on=False, at=opens).errors)
        cohort.refresh_from_db()
    assert errors[0] == errors[1] != {}
    assert not switch(cohort, on=False, at=opens - timedelta(seconds=1)).errors


def test_it_cannot_be_switched_off_after_an_answer(
    cohort: Cohort, answer: Answer, join: Join, facilitator_client: Client
) -> None:
    answer(*join(1), Occasion.START, all_answered(3))
    form = switch(cohort, on=False)
    assert form.errors == {
        "uses_before_after": [
            "Keep this ticked. Somebody has answered already, or could have, so you can’t switch "
            "it off."
        ]
    }
    cohort.refresh_from_db()
    assert (cohort.uses_before_after, Wave.objects.count()) == (True, 4)
    posted = {"name": "Renamed", "place": "Here", "country": "scotland", "capacity": "9"}
    response = facilitator_client.post(
        reverse("cohorts:cohort_edit", args=[cohort.public_id]), posted
    )
    shown = response.content.decode()
    assert "Keep this ticked." in shown
    assert 'value="Renamed"' in shown
    cohort.refresh_from_db()
    assert cohort.name != "Renamed"


def test_new_cohorts_do_as_their_programme(cohort: Cohort, facilitator: User) -> None:
    programme = cohort.programme
    for name, on in (("With", True), ("Without", False)):
        programme.uses_before_after = on
        programme.save()
        made = create_cohort(
            programme=programme,
            name=name,
            place="Here",
            time_zone="Europe/London",
            capacity=22,
            facilitators=[facilitator],
            by=facilitator,
            at=LONG_AGO,
        )
        assert (made.uses_before_after, made.waves.count()) == (on, 4 if on else 0)


def test_duplicate_of_a_programme_has_the_same_switch(cohort: Cohort) -> None:
    cohort.programme.uses_before_after = False
    cohort.programme.save()
    assert not cohort.programme.duplicate().uses_before_after


def test_off_leaves_no_trace(
    cohort: Cohort, waves: dict[str, Wave], participant: User, facilitator: User
) -> None:
    templates = reverse("cohorts:email_list", args=[cohort.public_id])
    edit = reverse("cohorts:cohort_edit", args=[cohort.public_id])
    places = [
        (participant, reverse("home:today")),
        (participant, cohort.get_absolute_url()),
        (facilitator, cohort.get_absolute_url()),
        (facilitator, templates),
    ]
    for user, there in places[1:]:
        assert "Before and after" in page(signed_in(user), there)
    assert path(cohort) in page(signed_in(facilitator), edit)
    switch(cohort, on=False)
    for user, there in places:
        assert "Before and after" not in page(signed_in(user), there)
    assert path(cohort) not in page(signed_in(facilitator), edit)
    for user in (participant, facilitator):
        for name in PAGES:
            method = signed_in(user).post if name == "colleague_withdraw" else signed_in(user).get
            assert method(path(cohort, name)).status_code == 404
    assert not any("wave" in rule.kind for rule in optional_rules_for(participant))


def test_pages_with_the_switch_say_when_it_is_locked(
    cohort: Cohort, administrator_client: Client
) -> None:
    sentence = "once the colleagues that participants have named can answer, even if nobody has."
    for path in (
        reverse("cohorts:cohort_edit", args=[cohort.public_id]),
        reverse("programmes:programme_edit", args=[cohort.programme.public_id]),
    ):
        page = " ".join(administrator_client.get(path).content.decode().split())
        assert sentence in page, path
