"""The default programme, loaded from a TOML file. Its text is data and is not translated."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from programmes.models import Programme, WorkshopPlan

FILE = Path(__file__).parent / "data" / "leading-change-together.toml"


@cache
def default_content() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def default_name() -> str:
    return str(default_content()["name"])


def get_or_create_default() -> Programme:
    """Return the programme that has the default programme's name and is not retired.

    If there is none, creates the default programme with its workshop plans.
    """
    try:
        return current_default() or create_default()
    except IntegrityError:  # a concurrent request created it
        if programme := current_default():
            return programme
        raise


def current_default() -> Programme | None:
    programme: Programme | None = Programme.objects.current().named(default_name())
    return programme


@transaction.atomic
def create_default() -> Programme:
    programme = Programme(name=default_name(), purpose=default_content()["purpose"])
    programme.save()
    programme.add(*(plan_from(workshop) for workshop in default_content()["workshops"]))
    return programme


def plan_from(workshop: dict[str, Any]) -> WorkshopPlan:
    lists = {name: "\n".join(workshop[name]) for name in ("outcomes", "prompts", "agenda")}
    return WorkshopPlan(**{**workshop, **lists})
