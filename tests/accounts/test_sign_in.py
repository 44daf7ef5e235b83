"""Signing in with an e-mailed code, or once with the link in an invitation."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.after_response import wait_for_work
from accounts.models import SignInLink, User
from accounts.sign_in_codes import code_of
from tests.services import Letterbox

pytestmark = pytest.mark.django_db(transaction=True)


def code_in(letterbox: Letterbox) -> str:
    wait_for_work()
    body = letterbox.messages[-1].get_body(("plain",))
    assert body is not None
    found = re.search(r"^ +(\S+)\s*$", body.get_content(), re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.fixture
def link(participant: User) -> SignInLink:
    return SignInLink.objects.for_key("invitation:1", participant)


def test_code_signs_in(client: Client, participant: User, smtp_server: Letterbox) -> None:
    asked = client.post(reverse("account_login"), {"email": " Amina.Participant@EXAMPLE.org "})
    assert asked["Location"] == reverse("account_confirm_login_code")

    client.post(asked["Location"], {"code": code_in(smtp_server)})

    assert client.session["_auth_user_id"] == str(participant.pk)


@pytest.mark.parametrize("typed", ["anna@bücher.example", "Anna@XN--bcher-kva.example"])
def test_either_spelling_of_a_domain_signs_in(
    typed: str, client: Client, participant: User, smtp_server: Letterbox
) -> None:
    User.objects.filter(pk=participant.pk).update(email="anna@bücher.example")

    asked = client.post(reverse("account_login"), {"email": typed})
    client.post(asked["Location"], {"code": code_in(smtp_server)})

    assert client.session["_auth_user_id"] == str(participant.pk)


def test_session_holds_no_code(client: Client, participant: User, smtp_server: Letterbox) -> None:
    client.post(reverse("account_login"), {"email": participant.email})
    code = code_in(smtp_server)
    held = str(dict(client.session))
    assert participant.email in held
    assert re.fullmatch(r"[A-Z]{4}-[A-Z]{4}", code)
    assert code not in held
    assert code.replace("-", "") not in held


@pytest.mark.parametrize("spelling", [str.lower, lambda code: code.replace("-", " ")])
def test_code_may_be_typed_in_other_ways(
    spelling: Callable[[str], str], client: Client, participant: User, smtp_server: Letterbox
) -> None:
    client.post(reverse("account_login"), {"email": participant.email})
    code = spelling(code_in(smtp_server))
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert client.session["_auth_user_id"] == str(participant.pk)


def test_another_code_replaces_the_first(
    client: Client, participant: User, smtp_server: Letterbox
) -> None:
    client.post(reverse("account_login"), {"email": participant.email})
    first = code_in(smtp_server)
    client.post(reverse("account_confirm_login_code"), {"action": "resend"})
    second = code_in(smtp_server)
    assert second != first
    client.post(reverse("account_confirm_login_code"), {"code": first})
    assert "_auth_user_id" not in client.session
    client.post(reverse("account_confirm_login_code"), {"code": second})
    assert client.session["_auth_user_id"] == str(participant.pk)


def test_code_of_another_secret_key_is_refused(
    client: Client, participant: User, smtp_server: Letterbox, settings: Settings
) -> None:
    """Somebody who reads the seed in the session, but not the key, can't compute the code."""
    client.post(reverse("account_login"), {"email": participant.email})
    code = code_in(smtp_server)
    seed = client.session["account_login"]["state"]["stages"]["login_by_code"]["data"]["code"]
    assert code_of(seed) == code
    settings.SECRET_KEY = "guessed"
    assert code_of(seed) != code


def test_wrong_code_is_refused(client: Client, participant: User, smtp_server: Letterbox) -> None:
    client.post(reverse("account_login"), {"email": participant.email})

    page = client.post(reverse("account_confirm_login_code"), {"code": "NOTIT"})

    assert "Incorrect code" in page.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("known", [True, False])
def test_third_wrong_code_says_what_to_do(
    client: Client, participant: User, smtp_server: Letterbox, known: bool
) -> None:
    address = participant.email if known else "nobody@example.org"
    client.post(reverse("account_login"), {"email": address})
    for _number in range(2):
        client.post(reverse("account_confirm_login_code"), {"code": "NOTIT"})

    page = client.post(reverse("account_confirm_login_code"), {"code": "NOTIT"}, follow=True)
    wait_for_work()

    assert page.redirect_chain == [(reverse("account_login"), 302)]
    assert "Enter your e-mail address to get a new one." in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_unknown_address_sees_the_same_page_and_gets_no_email(
    client: Client, db: None, smtp_server: Letterbox
) -> None:
    page = client.post(reverse("account_login"), {"email": "nobody@example.org"}, follow=True)

    assert "If nobody@example.org has an account here" in page.content.decode()
    wait_for_work()
    assert smtp_server.messages == []
    assert not User.objects.filter(email="nobody@example.org").exists()


def test_invalid_address_shows_an_error_at_the_field(client: Client, db: None) -> None:
    page = client.post(reverse("account_login"), {"email": "amina@@example"}).content.decode()

    assert "Enter a valid e-mail address" in page
    assert 'value="amina@@example"' in page


def test_mail_server_outage_is_logged_and_the_page_says_what_to_do(
    client: Client,
    participant: User,
    smtp_server: Letterbox,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.EMAIL_PORT = 9

    page = client.post(reverse("account_login"), {"email": participant.email}, follow=True)
    wait_for_work()

    assert page.status_code == 200
    assert "send e-mail at the moment" in page.content.decode()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "A sign-in code could not be sent"
    ]


@pytest.mark.parametrize("name", ["account_signup", "account_change_password", "account_email"])
def test_sign_up_and_password_pages_do_not_exist(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_link_signs_in_only_on_post(client: Client, link: SignInLink) -> None:
    page = client.get(link.get_absolute_url())
    assert "Sign in as Amina Rahman" in page.content.decode()
    assert "_auth_user_id" not in client.session

    answer = client.post(reverse("accounts:sign_in_link_use", args=[link.token]))

    assert answer["Location"] == reverse("home:today")
    assert client.session["_auth_user_id"] == str(link.user.pk)


def test_link_works_once(client: Client, link: SignInLink) -> None:
    use = reverse("accounts:sign_in_link_use", args=[link.token])
    client.post(use)
    other = Client()

    page = other.post(use, follow=True)

    assert "This link has been used or has expired" in page.content.decode()
    assert "_auth_user_id" not in other.session


def test_used_link_sends_a_code_to_its_own_address(
    client: Client, link: SignInLink, smtp_server: Letterbox
) -> None:
    link.use(at=timezone.now())

    answer = client.post(reverse("accounts:sign_in_link_code", args=[link.token]))

    assert answer["Location"] == reverse("account_confirm_login_code")
    wait_for_work()
    assert smtp_server.messages[0]["To"] == link.user.email


def test_used_link_shares_the_rate_limit_of_the_sign_in_page(
    client: Client, link: SignInLink, smtp_server: Letterbox
) -> None:
    link.use(at=timezone.now())

    for _ in range(8):
        client.post(reverse("accounts:sign_in_link_code", args=[link.token]))

    wait_for_work()
    assert len(smtp_server.messages) == 5


def test_link_expires_after_a_month(link: SignInLink) -> None:
    assert not link.use(at=link.made_at + timedelta(days=30))
    assert link.use(at=link.made_at + timedelta(days=29))


def test_link_of_an_inactive_user_is_refused(client: Client, link: SignInLink) -> None:
    User.objects.filter(pk=link.user.pk).update(is_active=False)

    client.post(reverse("accounts:sign_in_link_use", args=[link.token]))

    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "harm", ["mangled", "forged", "somebody else's signature", "empty signature"]
)
def test_forged_link_shows_an_error(client: Client, link: SignInLink, harm: str) -> None:
    public_id, _, signature = link.token.partition("~")
    guessed = signing.Signer(key="guessed", salt="accounts.SignInLink").signature(public_id)
    token = {
        "mangled": link.token[:-3],
        "forged": f"{public_id}~{guessed}",
        "somebody else's signature": f"abcdefghjkmn~{signature}",
        "empty signature": f"{public_id}~",
    }[harm]

    page = client.get(reverse("accounts:sign_in_link", args=[token]))

    assert page.status_code == 404
    assert "This link doesn’t work" in page.content.decode()


def test_link_of_another_user_warns_before_switching_user(
    outsider_client: Client, link: SignInLink
) -> None:
    page = outsider_client.get(link.get_absolute_url()).content.decode()
    assert "You are signed in as Olly Grant" in page

    outsider_client.post(reverse("accounts:sign_in_link_use", args=[link.token]))

    assert outsider_client.session["_auth_user_id"] == str(link.user.pk)


def test_token_is_deterministic_and_not_stored(link: SignInLink) -> None:
    again = SignInLink.objects.get(pk=link.pk)

    assert again.token == link.token
    assert link.token.partition("~")[2] not in str(SignInLink.objects.values().get())


def test_sign_out_asks_for_confirmation_and_acts_on_post(participant_client: Client) -> None:
    assert participant_client.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in participant_client.session

    out = participant_client.post(reverse("account_logout"))
    assert out["Clear-Site-Data"] == '"cache", "storage"'

    assert "_auth_user_id" not in participant_client.session
