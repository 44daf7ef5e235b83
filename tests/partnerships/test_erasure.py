"""Tests of erasure, retention and the export of data about work started together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.serializers import serialize

from accounts.models import User
from cohorts.models import Cohort, Membership
from partnerships import actions
from partnerships.anonymisation import erase_partnerships
from partnerships.models import Check, Partnership, Party, Ripple
from partnerships.results import started_of
from privacy.erasure import erase
from privacy.partnership_inventory import PARTNERSHIP_HOLDINGS
from tests.partnerships.conftest import OUTSIDE, STARTED_AT, THREE_MONTHS, StartWork
from tests.partnerships.test_due import answer

pytestmark = pytest.mark.django_db
LATER = THREE_MONTHS + timedelta(days=2)
MARK = "heron-weir"


def add_ripple(cohort: Cohort, by: User, sentence: str = MARK) -> Ripple:
    facts = {"happened_on": STARTED_AT.date(), "sentence": sentence}
    return actions.add_ripple(cohort=cohort, facts=facts, by=by, at=STARTED_AT)


def everything() -> str:
    """Return all that the app stores, as JSON."""
    models = apps.get_app_config("partnerships").get_models()
    return "".join(serialize("json", model._default_manager.all()) for model in models)


def test_erased_persons_words_go_and_figures_stay(
    start_work: StartWork, cohort: Cohort, member: Membership, other: Membership, facilitator: User
) -> None:
    work = start_work(what="Amina Rahman and Dev Patel talk.", agreed=True)
    answer(work, member, 3, happened=MARK, noticed=MARK, contribution="no")
    add_ripple(cohort, member.user)
    add_ripple(cohort, other.user, "Amina Rahman rang.")
    before = started_of(cohort, LATER)
    assert MARK in everything()

    erase(user=member.user, by=None, at=LATER)

    for text in (MARK, "Amina Rahman", "amina.participant@example.org"):
        assert text not in everything()
    assert "Dev Patel talk." in everything()
    assert started_of(cohort, LATER) == before
    assert Check.objects.get(months=3).contribution == "no"
    assert Ripple.objects.get().sentence == "Somebody who has left rang."
    assert Party.objects.get(membership=member).asked_to_stop_at == LATER


def test_erased_person_goes_as_an_outside_contact_too(
    start_work: StartWork, outsider: User
) -> None:
    start_work(members=[], outside=replace(OUTSIDE, email=outsider.email))
    erase(user=outsider, by=None, at=LATER)
    assert not Party.objects.exclude(email="").exists()


def test_texts_go_with_the_cohorts_retention_and_figures_stay(
    start_work: StartWork, cohort: Cohort, member: Membership
) -> None:
    work = start_work(outside=OUTSIDE, agreed=True)
    answer(work, member, 3, happened=MARK)
    add_ripple(cohort, member.user)
    before = started_of(cohort, LATER)

    assert erase_partnerships(cohort, at=LATER) == 1

    for text in (MARK, OUTSIDE.name, OUTSIDE.email, "Warm homes", "discharge", "ward"):
        assert text not in everything()
    assert started_of(cohort, LATER) == before


def test_export_has_what_a_person_wrote(
    start_work: StartWork, cohort: Cohort, member: Membership, outsider: User
) -> None:
    work = start_work(outside=replace(OUTSIDE, email=outsider.email), agreed=True)
    answer(work, member, 3, happened=MARK)
    add_ripple(cohort, member.user)
    found = {one.name: list(one.things(member.user)) for one in PARTNERSHIP_HOLDINGS}
    assert {name: len(things) for name, things in found.items()} == {
        "started-together": 1,
        "started-together-from-outside": 0,
        "what-you-wrote-down": 1,
        "how-it-goes": 1,
        "timeline": 1,
    }
    assert MARK in str(found["how-it-goes"])
    theirs = [one for one in PARTNERSHIP_HOLDINGS if one.count(outsider)]
    assert [one.name for one in theirs] == ["started-together-from-outside"]
    assert Partnership.objects.get() == work
