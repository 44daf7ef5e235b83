"""Quotes about work started together: who can offer one, and when it is withdrawn."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Organisation, Sector
from partnerships import actions
from partnerships.agreement import agree, decline
from partnerships.checks.answering import answer_check
from partnerships.models import Partnership, Party
from privacy.erasure import erase
from reflections.models import Quote
from reports.figures import figures_of
from reports.quote_selection import choose, offer_about_work
from tests.people import signed_in
from tests.reports.offered import Ended

pytestmark = [pytest.mark.django_db, pytest.mark.either]
WORDS = "The ward rings housing two days before."
HAPPENED = f"It runs on four wards now. {WORDS}"


@pytest.fixture
def work(ended: Ended) -> Partnership:
    """Work that Amina and Ben have confirmed, and that Amina has said something about."""
    cohort, now = ended.cohort, timezone.now()
    Cohort.objects.filter(pk=cohort.pk).update(uses_partnerships=True)
    cohort.uses_partnerships = True
    for name in ("Amina Rahman", "Ben Moss"):
        of = Organisation.objects.create(
            name=f"Place of {name}", name_key=name.casefold(), sector=Sector.PUBLIC
        )
        cohort.memberships.filter(user__name=name).update(organisation=of)
    amina, ben = (cohort.memberships.get(user=one) for one in (ended.amina, user("Ben Moss")))
    facts: dict[str, Any] = {
        "title": "Warm homes",
        "what": "Housing knows of each discharge.",
        "kind": "information",
        "begun_on": (now - timedelta(days=20)).date(),
    }
    made = actions.start(
        cohort=cohort,
        facts=facts,
        members=[ben],
        outside=None,
        by=amina,
        may_be_named=False,
        at=now,
    )
    agree(party=made.parties.get(membership=ben), may_be_named=False, at=now)
    return made


def user(name: str) -> User:
    return User.objects.get(name=name)


def party_of(work: Partnership, author: User) -> Party:
    return work.parties.get(membership__user=author)


def offer(work: Partnership, author: User) -> Quote:
    party = party_of(work, author)
    return offer_about_work(party=party, words=WORDS, by=author, at=timezone.now())


def there(work: Partnership) -> str:
    return reverse("reports:work_quote_offer", args=[work.public_id])


def page_of(client: Client, url: str) -> str:
    return html.unescape(client.get(url).content.decode())


def test_participant_previews_and_offers_words_about_work(
    participant_client: Client, facilitator_client: Client, work: Partnership, ended: Ended
) -> None:
    party, check = party_of(work, ended.amina), work.checks.get(months=3)
    answer_check(
        check=check,
        party=party,
        status="running",
        happened=HAPPENED,
        noticed="",
        contribution="",
        at=timezone.now(),
    )
    page = page_of(participant_client, work.get_absolute_url())
    assert f'<a href="{there(work)}">' in page
    assert HAPPENED in page_of(participant_client, there(work))

    shown = participant_client.post(there(work), {"words": WORDS}).content.decode()
    assert "How your words will print" in shown
    assert not Quote.objects.exists()
    agreed = shown.split('name="agreed" value="', 1)[1].split('"', 1)[0]
    answer = participant_client.post(there(work), {"words": WORDS, "agreed": agreed})
    assert answer["Location"] == work.get_absolute_url()

    quote = Quote.objects.get()
    assert (quote.words, quote.work_id, quote.reflection) == (WORDS, work.pk, None)
    page = page_of(participant_client, work.get_absolute_url())
    assert (WORDS in page, f'<a href="{there(work)}">' in page) == (True, False)
    listed = page_of(
        facilitator_client, reverse("reports:quote_list", args=[ended.cohort.public_id])
    )
    assert (WORDS in listed, "Amina" in listed, "Warm homes" in listed) == (True, False, False)


def test_words_stay_with_their_author_and_print_only_once_chosen(
    work: Partnership, ended: Ended, facilitator: User
) -> None:
    quote = offer(work, ended.amina)
    assert offer(work, ended.amina) == quote
    page = page_of(signed_in(user("Ben Moss")), work.get_absolute_url())
    assert WORDS not in page
    assert figures_of(ended.cohort, timezone.now()).quotes == []
    choose(quote=quote, by=facilitator, at=timezone.now())
    assert figures_of(ended.cohort, timezone.now()).quotes == [WORDS]


def test_author_withdraws_them(participant_client: Client, work: Partnership, ended: Ended) -> None:
    quote = offer(work, ended.amina)
    url = reverse("reports:quote_withdraw", args=[quote.public_id])
    assert WORDS in page_of(participant_client, url)
    assert participant_client.post(url)["Location"] == work.get_absolute_url()
    quote.refresh_from_db()
    assert (quote.words, quote.withdrawn_at is None) == ("", False)


def test_they_go_when_the_work_is_withdrawn(
    work: Partnership, ended: Ended, facilitator: User
) -> None:
    quote = offer(work, ended.amina)
    choose(quote=quote, by=facilitator, at=timezone.now())
    actions.withdraw(partnership=work, by=ended.amina, at=timezone.now())
    quote.refresh_from_db()
    assert (quote.words, quote.withdrawn_at is None) == ("", False)
    assert figures_of(ended.cohort, timezone.now()).quotes == []
    with pytest.raises(PermissionDenied):
        offer(work, ended.amina)


def test_only_participants_who_agree_can_offer(
    work: Partnership, ended: Ended, facilitator_client: Client
) -> None:
    ben = user("Ben Moss")
    decline(party=party_of(work, ben), at=timezone.now())
    with pytest.raises(PermissionDenied):
        offer(work, ben)
    assert signed_in(ben).get(there(work))["Location"] == work.get_absolute_url()
    assert signed_in(user("Cleo Hart")).get(there(work)).status_code == 403
    assert facilitator_client.get(there(work)).status_code == 403
    with pytest.raises(Party.DoesNotExist):
        offer_about_work(party=party_of(work, ended.amina), words=WORDS, by=ben, at=timezone.now())


def test_erasure_deletes_them(work: Partnership, ended: Ended) -> None:
    offer(work, ended.amina)
    erase(user=ended.amina, by=None, at=timezone.now())
    assert not Quote.objects.exists()
