"""How a page reads, and what is ticked on it."""

import html
import re

from django.test import Client
from django.urls import reverse

from reflections.models import Reflection


def text_of(response: object) -> str:
    """The page's words, as somebody reads them."""
    content: str = response.content.decode()  # type: ignore[attr-defined]
    body = content.split("<main", 1)[1].split("</main>")[0].split(">", 1)[1]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def chosen(content: str) -> list[str]:
    """The audiences that are ticked."""
    radios = re.findall(r"<input type=\"radio\" name=\"audience\"[^>]*>", content)
    return [re.findall(r'value="(\w+)"', radio)[0] for radio in radios if " checked" in radio]


def offered(content: str) -> list[str]:
    return re.findall(r"<input type=\"radio\" name=\"audience\" value=\"(\w+)\"", content)


def unseen(content: str) -> dict[str, str]:
    """What a page's form brings along of itself."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', content))


def named(client: Client, address: str = "/reflections/new/") -> dict[str, str]:
    """The same of a new page, as it names who could read what is written there."""
    return unseen(client.get(address).content.decode())


def page(client: Client, entry: Reflection, act: str) -> str:
    return reverse(f"reflections:reflection_{act}", args=[entry.public_id])
