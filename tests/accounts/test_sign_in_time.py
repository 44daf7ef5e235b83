"""The sign-in page does the same work for every address, and sends the code after the response."""

from __future__ import annotations

import http.client
import re
import signal
from collections.abc import Iterator
from contextlib import closing
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.after_response import wait_for_work
from accounts.models import User
from tests import servers
from tests.queries import CapturedQueries
from tests.services import Letterbox, program

SIGN_IN, CODE = "/sign-in/", "/sign-in/code/"


@pytest.fixture
def addresses(participant: User, facilitator: User, outsider: User) -> list[str]:
    """Addresses of an ordinary, a plain-text and an inactive user, and one without an account."""
    User.objects.filter(pk=facilitator.pk).update(text_only=True)
    User.objects.filter(pk=outsider.pk).update(is_active=False)
    return [participant.email, facilitator.email, outsider.email, "nobody@example.org"]


def steps_of_sign_in(address: str) -> Iterator[tuple[list[str], int, set[str], str]]:
    """Sign in with wrong codes; yield what the server did and returned at each step.

    A step's tuple is: its queries (sorted), status, names of headers and cookies, and page.
    """
    client = Client()
    for path, data in (
        (SIGN_IN, {"email": address}),
        (CODE, None),
        (CODE, {"code": "BCDF-GHJK"}),
        (CODE, {"action": "resend"}),
        (CODE, {"code": "BCDF-GHJK"}),
        (CODE, {"code": "BCDF-GHJK"}),
        (CODE, None),
    ):
        with CapturedQueries() as queries:
            response = client.get(path) if data is None else client.post(path, data)
        page = response.content.decode().replace(address, "(address)")
        page = re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", page)
        shapes = sorted(shape_of(query["sql"]) for query in queries)
        names = {*response.headers, *response.cookies}
        yield shapes, response.status_code, names, page


def shape_of(sql: str) -> str:
    """Return the query without its values and without the names of savepoints and cursors."""
    return re.sub(r"""'(?:[^']|'')*'|\b\d+\b|"\w+\d{6}\w*\"""", "?", sql)


@pytest.mark.django_db
def test_every_address_makes_the_same_queries_and_gets_the_same_pages(
    addresses: list[str], mailoutbox: list[object]
) -> None:
    known, *others = (list(steps_of_sign_in(address)) for address in addresses)
    wait_for_work()
    assert [status for _, status, *_ in known] == [302, 200, 200, 302, 200, 302, 302]
    assert len(known[0][0]) > 3
    assert len(known[1][0]) > 1
    for other in others:
        assert other == known
    assert len(mailoutbox) == 2 * 2  # a code and another for each of the two active users


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, 3])
def test_rate_limit_is_the_same_for_every_address(number: int, addresses: list[str]) -> None:
    cache.clear()
    statuses = [Client().post(SIGN_IN, {"email": addresses[number]}).status_code for _ in range(7)]
    assert statuses == [302] * 5 + [200] * 2


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", "----", "ABCD-EFGH", "BBBB-BBBB"])
def test_no_code_signs_in_to_an_address_without_an_account(code: str) -> None:
    client = Client()
    client.post(SIGN_IN, {"email": "nobody@example.org"})
    assert client.post(CODE, {"code": code}).status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_response_does_not_wait_for_the_mail_server(
    participant: User, smtp_server: Letterbox
) -> None:
    smtp_server.is_open.clear()
    asked = Client().post(reverse("account_login"), {"email": participant.email})
    assert (asked.status_code, smtp_server.messages) == (302, [])
    smtp_server.is_open.set()
    wait_for_work()
    assert [message["To"] for message in smtp_server.messages] == [participant.email]


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, 3])
def test_outage_of_the_mail_server_is_logged_for_every_address(
    number: int,
    addresses: list[str],
    smtp_server: Letterbox,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The site connects to the mail server even for an address without an account."""
    settings.EMAIL_PORT = 9
    client = Client()
    client.post(SIGN_IN, {"email": addresses[number]})
    client.post(CODE, {"action": "resend"})
    wait_for_work()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "A sign-in code could not be sent"
    ] * 2


@pytest.mark.django_db
@pytest.mark.parametrize("reply", ["550 5.1.1 No such person", "451 4.3.0 Later"])
def test_refusal_by_the_mail_server_is_logged_without_the_address(
    reply: str, participant: User, smtp_server: Letterbox, caplog: pytest.LogCaptureFixture
) -> None:
    smtp_server.answers[participant.email] = reply
    Client().post(reverse("account_login"), {"email": participant.email})
    wait_for_work()
    (record,) = (record for record in caplog.records if record.name == "accounts.adapter")
    assert record.getMessage() == "A sign-in code could not be sent"


# In production ------------------------------------------------------------------------------------


class Browser:
    """One connection to the web server, with its cookies."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, **data: str) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if data:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, urlencode(data) or None, headers)
        answer = self.connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
        return answer.status, answer.read().decode()


def accepts(port: int) -> bool:
    with closing(Browser(port).connection) as connection:
        try:
            connection.connect()
        except OSError:
            return False
    return True


def test_code_is_sent_after_the_response_and_while_the_web_server_stops(
    process_environment: dict[str, str],
    smtp_server: Letterbox,
    participant: User,
    tmp_path: Path,
) -> None:
    """The mail server answers only after the web server has been told to stop."""
    port = servers.free_port()
    web = ["gunicorn", "config.wsgi", "--config", "config/gunicorn.py", "--bind"]
    environment = process_environment | {"EMAIL_URL": smtp_server.url, "WEB_CONCURRENCY": "1"}
    smtp_server.is_open.clear()
    with program([*web, f"127.0.0.1:{port}"], tmp_path / "log", environment, ready="") as process:
        servers.wait_until(lambda: accepts(port), "The web server answers")
        browser = Browser(port)
        status, page = browser.ask("GET", SIGN_IN)
        token, *_others = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        form = {"csrfmiddlewaretoken": token, "email": participant.email}
        assert (status, browser.ask("POST", SIGN_IN, **form)[0]) == (200, 302)
        assert browser.ask("GET", CODE)[0] == 200
        assert smtp_server.messages == []
        browser.connection.close()
        process.send_signal(signal.SIGTERM)
        servers.wait_until(lambda: not accepts(port), "The web server stops listening")
        smtp_server.is_open.set()
        assert process.wait(20) == 0
    assert [message["To"] for message in smtp_server.messages] == [participant.email]
