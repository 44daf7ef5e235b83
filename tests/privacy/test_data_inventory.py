"""Tests that the data inventory covers every foreign key to a person, and every encrypted text."""

from collections.abc import Iterator

from django.apps import apps

from accounts.encryption import EncryptedTextField
from accounts.models import User
from cohorts.models import Membership
from privacy.activity_inventory import ACTIVITIES
from privacy.data_inventory import DATA_INVENTORY

# Encrypted fields that are not exported, each with the reason.
NOT_OF_A_PERSON = {
    "surveys.BallotBox.content": "nobody can tell which of a survey's answers are whose",
    "surveys.WaveBox.content": "as above, and while it is encrypted it can't be searched",
    "surveys.Pseudonym.value": "the export contains the answers that the code stands for",
    "relationships.AnswerBlob.content": "exported as names and levels: see test_own_answers",
    "sets.KeepApart.reason": "it is about two people, and one must not learn of the other's",
    "surveys.Comment.text": "has no author, unless its survey is named",
    "surveys.Comment.shown_text": "a part of the text",
}
# Foreign keys to a person or a membership that are not exported, each with the reason.
NOT_EXPORTED: dict[str, str] = {
    "sets.KeepApart.first": "it would tell one person what another may have said about them",
    "sets.KeepApart.second": "as above",
}


def person_columns() -> Iterator[str]:
    """Yield the name of every foreign key to a user or a membership, in any installed app."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            points = field.many_to_one or field.one_to_one or field.many_to_many
            if points and not field.auto_created and field.related_model in (User, Membership):
                yield f"{model._meta.label}.{field.name}"


def test_inventory_covers_every_foreign_key_to_a_person() -> None:
    covered = [column for holding in DATA_INVENTORY for column in holding.covers]
    assert sorted([*covered, *NOT_EXPORTED]) == sorted(person_columns())


def count_rows(column: str, user: User) -> int:
    model, field = column.rsplit(".", 1)
    points_at = apps.get_model(model)._meta.get_field(field).related_model
    whose = f"{field}__user" if points_at is Membership else field
    return int(apps.get_model(model)._default_manager.filter(**{whose: user}).count())


def test_fixture_has_data_of_every_kind(wren: User) -> None:
    """The tests of export and erasure use the fixture, so they can't test a kind that it lacks."""
    assert [column for column in person_columns() if not count_rows(column, wren)] == []
    assert [holding.name for holding in DATA_INVENTORY if not holding.count(wren)] == []


def test_every_kind_counts_its_rows(wren: User) -> None:
    others = {"what-you-did", "messages-of-facilitators", "e-mails"}
    assert [
        holding.name
        for holding in DATA_INVENTORY
        if holding.covers and holding.name not in others
        if holding.count(wren) != sum(count_rows(column, wren) for column in holding.covers)
    ] == []
    counts = {holding.name: holding.count(wren) for holding in DATA_INVENTORY}
    assert counts["what-you-did"] == len(ACTIVITIES)
    assert counts["e-mails"] + counts["e-mails-for-you-alone"] == count_rows(
        "outbox.Message.recipient", wren
    )


def test_names_of_kinds_are_valid_file_names() -> None:
    names = [holding.name for holding in DATA_INVENTORY]
    assert len(set(names)) == len(names)
    assert [name for name in names if not name.replace("-", "").isalpha() or name == "index"] == []


def test_every_encrypted_field_is_exported(wren: User) -> None:
    """Each encrypted field of every model gets a text, which the export must contain."""
    columns = [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, EncryptedTextField)
        and f"{model._meta.label}.{field.name}" not in NOT_OF_A_PERSON
    ]
    for model, name in columns:
        model._default_manager.filter(author=wren).update(**{name: f"{model.__name__}’s {name}"})
    read = str([fact for holding in DATA_INVENTORY for fact in holding.things(wren)])
    assert len(columns) > 6
    assert [column for column in columns if f"{column[0].__name__}’s {column[1]}" not in read] == []
