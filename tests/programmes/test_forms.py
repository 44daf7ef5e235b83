from datetime import UTC, datetime

import pytest

from accounts.models import User
from programmes.forms import NewProgrammeForm, ProgrammeForm, WorkshopPlanForm
from programmes.models import NAME_TAKEN, Programme, WorkshopPlan

pytestmark = pytest.mark.either

PLAN = {"title": "Trust", "prework_minutes": "20", "length_minutes": "210"}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Enter a name for the programme."),
        ("   ", "Enter a name for the programme."),
        ("\u200b", "Enter a name."),
        ("x" * 100_000, "Shorten this to 120 characters; it has 100000."),
        (
            "Leading\x00Change",
            "This contains a character that can’t be shown. Type it again.",
        ),
        (
            "Leading \u202eegnahC",
            "This contains an invisible character that changes the direction of text. Type it "
            "again.",
        ),
        ("LEADING change  together ", NAME_TAKEN),
    ],
)
def test_invalid_name_gives_one_error(programme: Programme, name: str, sentence: str) -> None:
    form = ProgrammeForm({"name": name, "purpose": ""})
    assert form.errors == {"name": [sentence]}


@pytest.mark.parametrize("number", ["-5", "99999", "25"])
def test_invalid_number_of_workshops_gives_the_limits(db: None, number: str) -> None:
    form = NewProgrammeForm({"name": "New", "workshops": number})
    assert form.errors == {"workshops": ["Enter a number from 0 to 24."]}


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        ("-5", "Enter a number of minutes from 30 to 720."),
        ("29", "Enter a number of minutes from 30 to 720."),
        ("99999", "Enter a number of minutes from 30 to 720."),
        ("9" * 5000, "Enter a whole number of minutes, for example 210."),
        ("abc", "Enter a whole number of minutes, for example 210."),
        ("30.5", "Enter a whole number of minutes, for example 210."),
        ("", "Enter the length in minutes. A half day is 210."),
    ],
)
def test_invalid_length_gives_the_limits(minutes: str, sentence: str) -> None:
    form = WorkshopPlanForm(PLAN | {"length_minutes": minutes})
    assert form.errors == {"length_minutes": [sentence]}


@pytest.mark.parametrize(
    ("field", "limit"),
    [
        ("title", 120),
        ("theme", 120),
        ("purpose", 1000),
        ("outcomes", 2000),
        ("prework", 2000),
        ("prompts", 2000),
    ],
)
def test_too_long_text_gives_the_excess(field: str, limit: int) -> None:
    form = WorkshopPlanForm(PLAN | {field: "x" * 100_000})
    assert form.errors == {field: [f"Shorten this to {limit} characters; it has 100000."]}


@pytest.mark.parametrize("field", ["theme", "purpose", "outcomes", "prework", "prompts"])
@pytest.mark.parametrize("character", ["\x00", "\x1b", "\u202e"])
def test_unsafe_character_is_refused_in_every_text_field(field: str, character: str) -> None:
    form = WorkshopPlanForm(PLAN | {field: f"a{character}b"})
    assert list(form.errors) == [field]
    assert len(form.errors[field]) == 1


def test_list_field_removes_empty_lines_and_bullets() -> None:
    form = WorkshopPlanForm(
        PLAN | {"outcomes": "• Name it\r\n\r\n  - Draw it  \r\n– Tell it\r\nTwo-week test"}
    )
    assert form.is_valid()
    assert form.cleaned_data["outcomes"] == "Name it\nDraw it\nTell it\nTwo-week test"


def test_line_break_counts_as_one_character() -> None:
    form = WorkshopPlanForm(PLAN | {"purpose": "\r\n".join(["x" * 99] * 10)})
    assert form.is_valid()
    assert len(form.cleaned_data["purpose"]) == 999


def save(form: ProgrammeForm) -> bool:
    assert form.is_valid()
    return form.try_save()


def test_name_taken_concurrently_is_an_error_at_the_field(db: None) -> None:
    form = NewProgrammeForm({"name": "Leading Change", "workshops": "6"})
    assert form.is_valid()
    Programme.objects.create(name="leading change")
    assert form.try_save() is False
    assert form.errors == {"name": [str(NAME_TAKEN)]}
    assert (Programme.objects.count(), WorkshopPlan.objects.count()) == (1, 0)


def test_new_programme_starts_with_empty_workshops(db: None) -> None:
    form = NewProgrammeForm({"name": "New", "workshops": "6"})
    assert save(form)
    assert [str(plan) for plan in form.instance.plans.all()] == [
        f"{n}. Workshop {n}" for n in range(1, 7)
    ]


def test_saving_a_programme_does_not_change_other_fields(
    programme: Programme, administrator: User
) -> None:
    form = ProgrammeForm(
        {"name": "Renamed", "purpose": ""}, instance=Programme.objects.get(pk=programme.pk)
    )
    programme.retire(by=administrator, at=datetime(2027, 3, 18, 9, 30, tzinfo=UTC))
    assert save(form)
    programme.refresh_from_db()
    assert (programme.name, programme.is_retired) == ("Renamed", True)


def test_features_that_are_unticked_are_switched_off(programme: Programme) -> None:
    form = ProgrammeForm({"name": "Together", "purpose": "", "uses_sets": "on"}, instance=programme)
    assert save(form)
    programme.refresh_from_db()
    assert programme.features() == {
        "uses_sets": True,
        "uses_introductions": False,
        "uses_relationships": False,
        "uses_partnerships": False,
        "uses_before_after": False,
    }


def test_plan_deleted_while_editing_shows_the_input_again(
    plans: list[WorkshopPlan],
) -> None:
    form = WorkshopPlanForm(
        PLAN | {"purpose": "My new words"}, instance=WorkshopPlan.objects.get(pk=plans[0].pk)
    )
    assert form.is_valid()
    plans[0].remove()
    assert form.try_update() is False
    assert form.non_field_errors() == [
        "Somebody has deleted this workshop. To save your text, copy it into a new workshop."
    ]
    assert form["purpose"].value() == "My new words"
