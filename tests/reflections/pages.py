"""Helpers that read the text and the form inputs of a page about reflections."""

import html
import re

from django.test import Client
from django.urls import reverse

from reflections.models import Reflection


def text_in(markup: str) -> str:
    """Return the text of the markup, without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def text_of(response: object) -> str:
    """Return the text of the page's main element, without tags."""
    content: str = response.content.decode()  # type: ignore[attr-defined]
    body = content.split("<main", 1)[1].split("</main>")[0].split(">", 1)[1]
    return text_in(body)


def checked_audiences(content: str) -> list[str]:
    """Return the values of the checked radio buttons for the audience, of every form."""
    radios = re.findall(r"<input type=\"radio\" name=\"audience\"[^>]*>", content)
    return [re.findall(r'value="(\w+)"', radio)[0] for radio in radios if " checked" in radio]


def offered_audiences(content: str) -> list[str]:
    return re.findall(r"<input type=\"radio\" name=\"audience\" value=\"(\w+)\"", content)


def hidden_inputs(content: str) -> dict[str, str]:
    """Return the names and values of a page's hidden inputs."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', content))


def new_page_inputs(client: Client, address: str = "/reflections/new/") -> dict[str, str]:
    """Open the page for a new entry; return its hidden inputs, such as version tokens."""
    return hidden_inputs(client.get(address).content.decode())


def reflection_url(entry: Reflection, act: str) -> str:
    return reverse(f"reflections:reflection_{act}", args=[entry.public_id])
