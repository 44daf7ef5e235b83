from django.utils import timezone

from accounts.models import User
from programmes.default_programme import get_or_create_default
from programmes.models import Programme, WorkshopPlan


def test_default_programme_has_six_workshops_in_order(plans: list[WorkshopPlan]) -> None:
    assert [(plan.position, plan.title, plan.theme) for plan in plans] == [
        (1, "Who leads here?", "Leadership and authority"),
        (2, "Seeing the whole", "Interdependence"),
        (3, "Trust under strain", "Relationships and conflict"),
        (4, "Power, privilege and prejudice", ""),
        (5, "Try, learn, be wrong", "Experiments and humility"),
        (6, "What next, together", ""),
    ]


def test_default_workshops_have_all_content(plans: list[WorkshopPlan]) -> None:
    assert [len(plan.prompt_list) for plan in plans] == [3] * 6
    assert [len(plan.outcome_list) for plan in plans] == [3] * 6
    assert [plan.length for plan in plans] == ["3½ hours"] * 6
    assert [plan.prework_minutes for plan in plans] == [25, 30, 20, 25, 20, 30]
    for plan in plans:
        plan.full_clean()


def test_default_text_is_that_of_the_curriculum(plans: list[WorkshopPlan]) -> None:
    trust = plans[2]
    assert trust.purpose == "Build enough trust to disagree usefully."
    assert trust.outcome_list == [
        "Say what builds and what spends trust between named organisations",
        "Hold one real disagreement, listening back before answering",
        "Plan a repair for when it goes wrong",
    ]
    assert trust.prework == (
        "Recall a partnership that cooled, and what each side probably believed of the other."
    )
    assert trust.prompt_list == [
        "What did you hold back today, and what was that protecting?",
        "When did somebody’s listening change what you said?",
        "Which relationship will you tend before you need it?",
    ]


def test_loading_twice_creates_one_programme(default_programme: Programme) -> None:
    assert get_or_create_default() == default_programme
    assert (Programme.objects.count(), WorkshopPlan.objects.count()) == (1, 6)


def test_loading_finds_the_programme_ignoring_case(default_programme: Programme) -> None:
    Programme.objects.update(name="LEADING change together")
    assert get_or_create_default() == default_programme


def test_loading_ignores_a_retired_programme(
    default_programme: Programme, administrator: User
) -> None:
    default_programme.retire(by=administrator, at=timezone.now())
    again = get_or_create_default()
    assert again != default_programme
    assert again.plans.count() == 6
