"""Users with and without an e-mail address."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.anonymisation import PersonalDetails, end_sessions
from accounts.models import User
from tests.people import signed_in

pytestmark = pytest.mark.django_db


def test_many_users_can_have_no_address_but_an_address_has_one_user() -> None:
    first, second = (User.objects.create_user("", "Zoe Walker") for _ in range(2))
    assert first.pk != second.pk
    User.objects.create_user("zoe@example.org", "Zoe Walker")
    for email in ("zoe@example.org", " ZOE@example.org"):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create_user(email, "Zoe Other")
    assert User.objects.count() == 3


def test_nobody_is_found_by_an_empty_address() -> None:
    User.objects.create_user("", "Zoe Walker")
    assert [User.objects.with_email(email) for email in ("", "  ")] == [None, None]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"name": ""}, "Enter a name or an e-mail address."),
        (
            {"name": "Zoe", "is_administrator": True},
            "Enter an e-mail address. Administrators need one to sign in.",
        ),
    ],
)
def test_user_without_address_has_a_name_and_is_no_administrator(
    facts: dict[str, object], words: str
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("", **facts)  # type: ignore[arg-type]
    with pytest.raises(ValidationError) as problem:
        User(email="", password="!", **facts).validate_constraints()
    assert problem.value.messages == [words]


def test_user_is_never_shown_as_an_empty_string() -> None:
    assert [str(User(name="Zoe")), str(User(email="z@example.org")), str(User())] == [
        "Zoe",
        "z@example.org",
        "No name",
    ]


def test_erasing_a_user_without_address_ends_nobody_elses_session(participant: User) -> None:
    client = signed_in(participant)
    end_sessions(User.objects.create_user("", "Zoe Walker"))
    assert client.get("/").wsgi_request.user == participant


def test_nothing_is_redacted_for_a_one_letter_name_without_address(participant: User) -> None:
    details = PersonalDetails(User(name="Z"))
    assert details.redact("Z said so.") == "Z said so."
    assert not details.are_in("Z said so.")
    assert not User.objects.filter(details.may_be_in("name")).exists()
