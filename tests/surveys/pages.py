"""Helpers for the tests of the survey pages."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from workshops.models import Workshop

FULL = {
    "spoke_openly": "5",
    "new_perspective": "4",
    "do_differently": "3",
    "worth_time": "2",
    "change": "More tea",
}


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def results_path(workshop: Workshop) -> str:
    return reverse("surveys:survey_results", args=[workshop.public_id])


def close_path(workshop: Workshop) -> str:
    return reverse("surveys:survey_close", args=[workshop.public_id])
