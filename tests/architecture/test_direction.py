"""Tests of dependencies that import-linter can't see: foreign keys and reverse accessors."""

import ast
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from django.apps import apps
from django.db.models import ForeignObjectRel, Model
from django.db.models.fields.related import RelatedField

from tests.architecture.layers import ROOT, layers, packages, rank, shown, syntax, tracked


def our_models() -> list[type[Model]]:
    ours = set(chain.from_iterable(layers()))
    return [model for model in apps.get_models() if model._meta.app_label in ours]


def test_every_package_is_in_the_import_contract() -> None:
    contract = [name for layer in layers() for name in layer]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert sorted(contract) == sorted(packages())
    assert sorted(contract) == sorted(settings["tool"]["importlinter"]["root_packages"])


def test_every_own_installed_app_is_in_the_import_contract() -> None:
    ours = {config.name for config in apps.get_app_configs() if Path(config.path).parent == ROOT}
    assert ours | {"config"} == set(chain.from_iterable(layers()))


def test_foreign_keys_refer_only_to_lower_layers() -> None:
    wrong = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, RelatedField) and not points_left(model, field.related_model)
    ]
    assert wrong == []


def points_left(model: type[Model], other: type[Model]) -> bool:
    mine, theirs = model._meta.app_label, other._meta.app_label
    return mine == theirs or theirs not in packages() or rank(mine) < rank(theirs)


def rightward_accessors() -> Iterator[tuple[str, str]]:
    """Yield (app, name) of each reverse accessor that another app's foreign key adds to a model.

    The app is that of the model that gets the accessor.
    """
    for model in our_models():
        for relation in model._meta.related_objects:
            assert isinstance(relation, ForeignObjectRel)
            source, name = relation.related_model._meta.app_label, relation.get_accessor_name()
            if name and source != model._meta.app_label:
                yield model._meta.app_label, name


def names_used(path: Path) -> set[str]:
    """Return the attribute names in a file, and the parts of lookups (`memberships__cohort`)."""
    used: set[str] = set()
    for node in syntax(path):
        if isinstance(node, ast.Attribute):
            used.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            used |= set(node.arg.split("__"))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "__" in node.value:
            used |= set(node.value.split("__"))
    return used


def test_no_app_uses_a_reverse_accessor_of_a_higher_layer() -> None:
    """For example, the app cohorts may not use `cohort.workshops`, which workshops adds."""
    accessors = set(rightward_accessors())
    own = {
        (model._meta.app_label, field.name)
        for model in our_models()
        for field in model._meta.get_fields()
    }
    declared = {(app, name) for app, name in own if (app, name) not in accessors}
    wrong = [
        f"{shown(path)}: .{name}"
        for app, name in sorted(accessors - declared)
        for path in tracked(f"{app}/*.py")
        if "migrations" not in path.parts and name in names_used(path)
    ]
    assert wrong == []
