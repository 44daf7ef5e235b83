"""Helpers that return the URLs of the pages of programmes, and read the responses."""

import re
from html import unescape
from typing import Any

from django.contrib.messages import get_messages
from django.urls import reverse

from programmes.models import Programme, WorkshopPlan

PLAN = {"title": "Listening", "prework_minutes": "20", "length_minutes": "210"}


def url(name: str, thing: Programme | WorkshopPlan | str | None = None) -> str:
    public_id = thing if isinstance(thing, str) else thing and thing.public_id
    return reverse(f"programmes:{name}", args=[public_id] if public_id else [])


def words(response: Any) -> str:
    """Return the text of the page's main element, with single spaces."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def titles(programme: Programme) -> list[str]:
    return [plan.title for plan in programme.plans.order_by("position")]
