"""The pages on which authors offer and withdraw quotes, and facilitators choose them."""

from __future__ import annotations

import html

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Membership
from reflections.entries import share
from reflections.models import Audience, Quote, Reply
from tests.people import signed_in
from tests.queries import CapturedQueries
from tests.reflections.pages import text_of
from tests.reports.offered import WHOLE, WORDS, Ended


def url(name: str, thing: object) -> str:
    return reverse(f"reports:{name}", args=[thing.public_id])  # type: ignore[attr-defined]


def content(response: object) -> str:
    return html.unescape(response.content.decode())  # type: ignore[attr-defined]


def seal(page: str) -> str:
    return page.split('name="agreed" value="', 1)[1].split('"', 1)[0]


def test_author_previews_the_quote_before_offering(
    participant_client: Client, ended: Ended
) -> None:
    there = url("quote_offer", ended.entry)
    assert f'<a href="{there}">' in content(participant_client.get(ended.entry.get_absolute_url()))
    page = content(participant_client.get(there))
    assert WHOLE in page
    assert "even if you delete your account or what you wrote" in page
    shown = content(participant_client.post(there, {"words": WORDS}))
    assert f'<blockquote class="quote" dir="auto">{WORDS}</blockquote>' in shown
    assert "it will be printed as it stands" not in shown
    assert not Quote.objects.exists()
    answer = participant_client.post(there, {"words": WORDS, "agreed": seal(shown)})
    assert answer["Location"] == ended.entry.get_absolute_url()
    assert Quote.objects.get().words == WORDS
    text = text_of(participant_client.get(ended.entry.get_absolute_url()))
    assert "On offer to the report Your facilitators can choose these words" in text
    assert "Offer a few words" not in text


def test_offer_with_changed_text_needs_another_preview(
    participant_client: Client, ended: Ended
) -> None:
    there = url("quote_offer", ended.entry)
    agreed = seal(content(participant_client.post(there, {"words": WORDS})))
    shown = content(participant_client.post(there, {"words": "Others.", "agreed": agreed}))
    assert "How your words will print" in shown
    assert not Quote.objects.exists()


def test_quote_can_be_edited_after_the_preview(participant_client: Client, ended: Ended) -> None:
    there = url("quote_offer", ended.entry)
    agreed = seal(content(participant_client.post(there, {"words": WORDS})))
    page = participant_client.post(there, {"words": WORDS, "agreed": agreed, "change": "1"})
    assert (">Preview</button>" in content(page), WORDS in content(page)) == (True, True)
    assert not Quote.objects.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (" \n ", "Write a few words."),
        (
            "x" * 601,
            "This has 601 characters; the limit is 600. "
            "Nothing is lost: shorten it to what you want to see in print",
        ),
        (
            "Amina asked at Tynewick Council.",
            "This names you, or where you work: “Tynewick Council” and “Amina”. "
            "Say it another way, because a quote prints without either",
        ),
    ],
)
def test_invalid_quote_shows_an_error_with_the_input(
    words: str, sentence: str, participant_client: Client, ended: Ended
) -> None:
    page = content(participant_client.post(url("quote_offer", ended.entry), {"words": words}))
    assert (sentence in page, words.strip() in page) == (True, True)
    assert not Quote.objects.exists()


def test_named_people_trigger_one_warning(participant_client: Client, ended: Ended) -> None:
    there, words = url("quote_offer", ended.entry), "Dev rang Ruth on 0191 498 0000."
    shown = content(participant_client.post(there, {"words": words}))
    assert "This names “Ruth”, “Dev” and “0191 498 0000”. It will be printed as it is." in shown
    participant_client.post(there, {"words": words, "agreed": seal(shown)})
    assert Quote.objects.get().words == words


def test_page_explains_why_nothing_can_be_offered(
    participant_client: Client, facilitator_client: Client, facilitator: User, ended: Ended
) -> None:
    own = ended.written_by(facilitator)
    page = facilitator_client.get(url("quote_offer", own), follow=True)
    assert page.redirect_chain == [(own.get_absolute_url(), 302)]
    assert "The report only quotes people who are taking part" in content(page)
    assert url("quote_offer", own) not in content(page)
    assert participant_client.post(url("quote_offer", own), {"words": WORDS}).status_code == 404
    Membership.objects.filter(user__name="Ben Moss").delete()
    page = participant_client.post(url("quote_offer", ended.entry), {"words": WORDS}, follow=True)
    assert "fewer than 5 people quotes nobody" in content(page)
    assert not Quote.objects.exists()


def test_author_withdraws_a_quote(
    participant_client: Client, facilitator: User, ended: Ended
) -> None:
    quote = ended.offered(chosen_by=facilitator)
    there = url("quote_withdraw", quote)
    page = content(participant_client.get(ended.entry.get_absolute_url()))
    assert (there in page, "Your facilitators have chosen these words" in page) == (True, True)
    assert WORDS in text_of(participant_client.get(there))
    assert Quote.objects.on_offer().exists()
    answer = participant_client.post(there)
    assert answer["Location"] == ended.entry.get_absolute_url()
    assert not Quote.objects.on_offer().exists()
    assert "They are in no report." in text_of(participant_client.get(there))
    assert WORDS not in text_of(participant_client.get(there))


def test_facilitator_chooses_without_seeing_the_author(
    facilitator_client: Client, facilitator: User, ended: Ended
) -> None:
    quote = ended.offered()
    ended.offered("Others.", by=User.objects.get(name="Cleo Hart"), chosen_by=facilitator)
    there = url("quote_list", ended.cohort)
    report = reverse("reports:report_detail", args=[ended.cohort.public_id])
    assert f'href="{there}"' in content(facilitator_client.get(report))
    text = text_of(facilitator_client.get(there))
    assert (
        f"In the report Others. Remove from the report Also on offer {WORDS} Add to the report"
        in text
    )
    page = content(facilitator_client.get(there))
    for hidden in (
        "Amina",
        "Cleo",
        "Tynewick",
        "Public",
        ended.entry.public_id,
        ended.amina.public_id,
    ):
        assert hidden not in page
    assert facilitator_client.post(url("quote_choose", quote))["Location"] == there
    quote.refresh_from_db()
    assert (quote.is_chosen, quote.chosen_by) == (True, facilitator)
    shown = text_of(facilitator_client.get(report))
    assert (WORDS in shown, "Amina" in shown) == (True, False)
    assert facilitator_client.post(url("quote_leave_out", quote))["Location"] == there
    assert WORDS not in text_of(facilitator_client.get(report))


def test_offered_quotes_require_permission(
    participant_client: Client,
    facilitator_client: Client,
    other_facilitator_client: Client,
    outsider_client: Client,
    administrator_client: Client,
    ended: Ended,
) -> None:
    quote = ended.offered()
    peer = signed_in(User.objects.get(name="Dev Patel"))
    there = url("quote_list", ended.cohort)
    clients = (
        participant_client,
        peer,
        administrator_client,
        other_facilitator_client,
        outsider_client,
    )
    assert [client.get(there).status_code for client in clients] == [403, 403, 403, 404, 404]
    for act in ("quote_choose", "quote_leave_out"):
        assert [client.post(url(act, quote)).status_code for client in clients] == [
            403,
            404,
            404,
            404,
            404,
        ]
        assert facilitator_client.get(url(act, quote)).status_code == 405
    for client in (facilitator_client, peer, administrator_client):
        assert client.get(url("quote_withdraw", quote)).status_code == 404
        assert client.post(url("quote_withdraw", quote)).status_code == 404
        assert client.post(url("quote_offer", ended.entry), {"words": WORDS}).status_code in (
            403,
            404,
        )
    quote.refresh_from_db()
    assert (quote.is_chosen, quote.withdrawn_at) == (False, None)


def test_administrator_sees_chosen_quotes_only(
    administrator_client: Client, facilitator: User, ended: Ended
) -> None:
    ended.offered("Not chosen.")
    ended.offered("Chosen.", by=User.objects.get(name="Dev Patel"), chosen_by=facilitator)
    page = content(
        administrator_client.get(reverse("reports:report_detail", args=[ended.cohort.public_id]))
    )
    assert ("Chosen." in page, "Not chosen." in page) == (True, False)
    assert url("quote_list", ended.cohort) not in page


def test_withdrawn_quote_cannot_be_chosen(
    facilitator_client: Client, participant_client: Client, ended: Ended
) -> None:
    quote = ended.offered()
    participant_client.post(url("quote_withdraw", quote))
    assert facilitator_client.post(url("quote_choose", quote)).status_code == 404


def test_list_makes_a_constant_number_of_queries(facilitator_client: Client, ended: Ended) -> None:
    def queries() -> int:
        with CapturedQueries() as queries:
            assert facilitator_client.get(url("quote_list", ended.cohort)).status_code == 200
        return len(queries)

    ended.offered()
    one = queries()
    for number in range(4):
        for name in ("Ben Moss", "Cleo Hart", "Dev Patel", "Ella Byrne"):
            ended.offered(f"Words {number}.", by=User.objects.get(name=name))
    assert queries() == one
    assert one <= 15


def test_facilitator_asks_for_a_quote_in_a_reply(
    facilitator_client: Client, participant_client: Client, ended: Ended
) -> None:
    there = url("quote_ask", ended.entry)
    assert there in content(facilitator_client.get(ended.entry.get_absolute_url()))
    assert there not in content(participant_client.get(ended.entry.get_absolute_url()))
    page = text_of(facilitator_client.get(there))
    assert "Would you let a few words of this stand in our report, without your name?" in page
    assert not Reply.objects.exists()
    empty = content(facilitator_client.post(there, {"body": " "}))
    assert "Write a few words." in empty
    answer = facilitator_client.post(there, {"body": "May we?"})
    assert answer["Location"] == ended.entry.get_absolute_url()
    assert Reply.objects.get().body == "May we?"
    assert not Quote.objects.exists()


def test_only_facilitators_can_ask(
    participant_client: Client, administrator_client: Client, ended: Ended
) -> None:
    share(reflection=ended.entry, audience=Audience.COHORT, by=ended.amina, at=timezone.now())
    there = url("quote_ask", ended.entry)
    peer = signed_in(User.objects.get(name="Dev Patel"))
    assert [
        client.post(there, {"body": "May we?"}).status_code for client in (peer, participant_client)
    ] == [
        403,
        403,
    ]
    assert administrator_client.get(there).status_code == 404
    assert not Reply.objects.exists()
