"""The programme that comes with Convenor, from a file that people can read."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from programmes.models import Programme, WorkshopPlan

FILE = Path(__file__).parent / "data" / "leading-change-together.toml"


@cache
def shipped() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def shipped_name() -> str:
    return str(shipped()["name"])


def load_shipped() -> Programme:
    """Makes the programme with its six plans; where a current one of its name stands already, gives that one."""
    try:
        return already_there() or make_shipped()
    except IntegrityError:  # somebody else was making it at the same moment
        if programme := already_there():
            return programme
        raise


def already_there() -> Programme | None:
    programme: Programme | None = Programme.objects.current().named(shipped_name())
    return programme


@transaction.atomic
def make_shipped() -> Programme:
    programme = Programme(name=shipped_name(), purpose=shipped()["purpose"])
    programme.save()
    programme.add(*(plan_of(workshop) for workshop in shipped()["workshops"]))
    return programme


def plan_of(workshop: dict[str, Any]) -> WorkshopPlan:
    lists = {name: "\n".join(workshop[name]) for name in ("outcomes", "prompts", "agenda")}
    return WorkshopPlan(**{**workshop, **lists})
