"""Tests that a NUL character anywhere in a request causes no server error."""

from __future__ import annotations

import json

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort
from workshops.models import Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.either]

NUL = "before\0after"
TEXT = (models.CharField, models.TextField)


@pytest.fixture
def patient(administrator_client: Client) -> Client:
    """An administrator's client, which returns server errors as responses."""
    administrator_client.raise_request_exception = False
    return administrator_client


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
@pytest.mark.parametrize("lookup", ["", "__exact", "__contains", "__gte"])
def test_nul_in_a_filter_of_the_back_office_is_refused(
    model: type[models.Model], lookup: str, patient: Client
) -> None:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    fields = [field.name for field in model._meta.fields if isinstance(field, TEXT)]

    answers = {
        name: patient.get(url, {f"{name}{lookup}": NUL}).status_code
        for name in (*fields, "q", "o", "p", "something")
    }

    assert set(answers.values()) == {400}, answers


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_nul_in_a_form_of_the_back_office_is_no_server_error(
    model: type[models.Model], patient: Client, cohort: Cohort, participant: User
) -> None:
    """The NUL is posted in each field of the add and change forms, and of the list's form."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    existing = model._default_manager.first()
    urls = [reverse(f"{name}_add"), reverse(f"{name}_changelist")]
    if existing:
        urls.append(reverse(f"{name}_change", args=[existing.pk]))
    fields = [field.name for field in model._meta.fields]
    names = [*fields, *(f"{field}_0" for field in fields), "action", "_selected_action", "_popup"]
    data = dict.fromkeys(names, NUL) | {"index": "0"}

    assert [url for url in urls if patient.post(url, data).status_code >= 500] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/people/?q=a%00b", 400),
        ("/people/?%00=1", 400),
        ("/cohorts/a%00b/", 404),
        ("/back-office/cohorts/cohort/a%00b/change/", 302),
        ("/%00", 404),
    ],
)
def test_nul_in_an_address_is_refused(path: str, status: int, patient: Client) -> None:
    assert patient.get(path).status_code == status


def test_nul_in_a_cookie_is_refused(client: Client) -> None:
    """Django decodes “\\000” in a quoted cookie, and looks for a session with that key."""
    client.raise_request_exception = False

    answer = client.get("/", headers={"cookie": 'sessionid="aaaaaaaaaaaaaaaa\\000"'})

    assert answer.status_code == 400


def test_nul_that_no_form_field_refuses_is_a_bad_request(
    facilitator_client: Client, cohort: Cohort
) -> None:
    """No form field checks the register's JSON, or the names of the inputs of its form."""
    workshop = Workshop.objects.create(cohort=cohort, position=1, title="One")
    facilitator_client.raise_request_exception = False
    url = reverse("workshops:register", args=[workshop.public_id])

    sent = json.dumps({"marks": [{"member": NUL, "mark": NUL}], NUL: NUL})
    answers = [
        facilitator_client.post(url, sent, "application/json"),
        facilitator_client.post(url, {NUL: NUL, "member": NUL, "mark": NUL}),
    ]

    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []


def test_text_field_says_that_it_can_not_hold_a_nul(
    facilitator_client: Client, cohort: Cohort
) -> None:
    """The form is shown again with an error, and the other field still has its text."""
    url = reverse("cohorts:email_edit", args=[cohort.public_id, "day-before"])

    answer = facilitator_client.post(
        url, {"subject": "Tomorrow", "body": NUL, "days": "1", "at": "09:00"}
    )

    assert answer.status_code == 200
    assert [*answer.context["form"].errors] == ["body"]
    assert answer.context["form"]["subject"].value() == "Tomorrow"
