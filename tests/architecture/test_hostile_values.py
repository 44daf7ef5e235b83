"""No value in a form field or query string causes a server error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from traceback import format_exception
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client

from tests.architecture.access_table import ACCESS, ROLES, Route
from tests.architecture.addresses import address
from tests.architecture.test_access import clients, undone, world

__all__ = ["clients", "world"]

HOSTILE = {
    "NUL": "before\0after",
    "markup on two lines": (
        "</textarea></title><script>alert(1)</script>\r\nBcc: all@example.org {{ 7|add:7 }}"
    ),
    "a large number": "9" * 40,
    "the last day": "9999-12-31",
    "nothing to see": "\u00a0\u202e\u2066\u200b",
    "a megabyte": "é" * 500_000,
}
IN_ADDRESSES = ["NUL", "a large number", "nothing to see"]
PARTS = 3  # of the routes, for one process each; the forms of each part are collected once

# These tests run only on PostgreSQL, because it refuses NUL characters in text, and SQLite does
# not.
pytestmark = pytest.mark.postgresql


@dataclass
class Form:
    """A form on a page: its address, and the values that a browser would send unchanged."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    method: str = "post"


class Forms(HTMLParser):
    """An HTML parser that collects the forms of a page."""

    def __init__(self, address: str, content: str) -> None:
        super().__init__()
        self.address, self.found, self.select = address, list[Form](), ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = given.get("method", "get").lower()
            self.found.append(Form(given.get("action") or self.address, method=method))
        elif "name" in given and self.found and tag in ("input", "textarea", "select", "button"):
            self.take(tag, given)
        elif tag == "option" and self.select and "selected" in given:
            self.found[-1].values[self.select] = given.get("value", "")

    def take(self, tag: str, given: dict[str, str]) -> None:
        name, form = given["name"], self.found[-1]
        self.select = name if tag == "select" else ""
        if given.get("type") == "file":
            form.files.add(name)
        elif given.get("type") in ("radio", "checkbox") and "checked" not in given:
            form.values.setdefault(name, "")
        else:
            form.values[name] = given.get("value", "")


def first_allowed(route: Route) -> str:
    """Return the role with the fewest rights that may open this route, or an empty string."""
    return next(
        (
            role
            for role, answer in zip(ROLES, route.answers, strict=True)
            if answer in ("200", "302")
        ),
        "",
    )


@pytest.fixture
def patient_clients(clients: dict[str, Client]) -> dict[str, Client]:
    """Return a client for each role, which returns server errors as responses, and raises none."""
    for client in clients.values():
        client.raise_request_exception = False
    return clients


def walk(
    world: dict[str, dict[str, Any]], clients: dict[str, Client]
) -> Iterator[tuple[Route, str, Client]]:
    """Yield every route with its URL, and the client of a role that may open it.

    Routes that sign the client in or out are left out.
    """
    for route in ACCESS.values():
        role = first_allowed(route)
        if role and route.name not in (
            "account_logout",
            "accounts:sign_in_link_use",
            "accounts:sign_in_link_code",
        ):
            yield route, address(route.name, world), clients[role]


def server_error(response: Any, what: str) -> list[str]:
    """Return a list of the end of the traceback, or an empty list if there was no server error.

    Status 503 is not an error here, because the health page returns it.
    """
    if response.status_code < 500 or response.status_code == 503:
        return []
    error = getattr(response, "exc_info", None)
    return [f"{what}\n{''.join(format_exception(*error)[-2:]) if error else response.status_code}"]


def filled(form: Form, name: str, hostile: str) -> dict[str, Any]:
    """Return the form's values, with the hostile value in the field `name`.

    If `name` is empty, every field has the hostile value.
    """
    if not name:
        return dict.fromkeys(form.values, hostile)
    upload = SimpleUploadedFile("people.csv", hostile.encode(), "text/csv")
    return {**form.values, name: upload if name in form.files else hostile}


def forms_of(url: str, route: Route, client: Client) -> list[Form]:
    """Return the page's POST forms, and a form that posts an unknown field to the page's URL."""
    page = client.get(url) if route.method == "GET" else None
    is_page = page is not None and page["Content-Type"].startswith("text/html")
    forms = Forms(url, page.content.decode()).found if page and is_page else []
    posted = [
        form
        for form in forms
        if form.method == "post" and urlsplit(form.action).path != "/sign-out/"
    ]
    return [*posted, Form(url, {"": ""})]


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_no_value_in_a_form_field_causes_a_server_error(
    part: int, world: dict[str, dict[str, Any]], patient_clients: dict[str, Client]
) -> None:
    """Each form is submitted with a hostile value in each field in turn, then in all fields."""
    broken, tried = list[str](), 0
    forms = [
        (form, client)
        for route, url, client in list(walk(world, patient_clients))[part::PARTS]
        for form in forms_of(url, route, client)
    ]
    for kind, hostile in HOSTILE.items():
        with undone(*patient_clients.values()):
            for form, client in forms:
                # The CSRF token is left out, because the test client does not check it.
                for name in {*form.values, *form.files, ""} - {"csrfmiddlewaretoken"}:
                    tried += 1
                    answer = client.post(form.action, filled(form, name, hostile))
                    what = f"{form.action} with {kind} in {name or 'all'}"
                    broken += server_error(answer, what)
    assert not broken, f"{len(broken)} of {tried}\n" + "\n".join(broken)
    assert tried > 200 * len(HOSTILE) // PARTS


class RecordingQueryDict(QueryDict):
    """A `request.GET` that records the names of the arguments that a view reads."""

    names: set[str]

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)

    def getlist(self, name: str, default: Any = None) -> list[Any]:
        self.names.add(name)
        return super().getlist(name, default)


@pytest.fixture
def arguments_read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Record the names of the query arguments that views read, and return the set of names."""
    monkeypatch.setattr(RecordingQueryDict, "names", set(), raising=False)
    monkeypatch.setattr("django.core.handlers.wsgi.QueryDict", RecordingQueryDict)
    return RecordingQueryDict.names


@pytest.mark.long
def test_no_query_argument_causes_a_server_error(
    world: dict[str, dict[str, Any]], patient_clients: dict[str, Client], arguments_read: set[str]
) -> None:
    """Every page is opened with an unknown argument, then with each argument that its view reads.

    Each argument is tried alone, and then all of them in one request.
    """
    broken, known = list[str](), set[str]()
    for route, url, client in walk(world, patient_clients):
        arguments_read.clear()
        names, done = {"something"}, set[str]()
        while route.method == "GET" and (new := names - done):
            for kind in IN_ADDRESSES:
                for chosen in [*([name] for name in new), names]:
                    answer = client.get(url, dict.fromkeys(chosen, HOSTILE[kind]))
                    broken += server_error(answer, f"{url} with {kind} as {', '.join(chosen)}")
            done, names = names, names | arguments_read
        known |= names
    assert not broken, "\n".join(broken)
    assert {"something", "page", "q", "next"} <= known
