import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from programmes.models import NAME_TAKEN, Programme, WorkshopPlan
from tests.programmes.pages import PLAN, said, titles, url, words
from tests.queries import CapturedQueries

# The list of programmes, and the page of one


def test_list_separates_current_from_retired(
    administrator_client: Client, retired: Programme, administrator: User
) -> None:
    Programme.objects.create(name="Another").add(WorkshopPlan(title="One"))
    text = words(administrator_client.get(url("programme_list")))
    current, _, old = text.partition(" Retired ")
    assert "Another 1 workshop" in current
    assert "Leading Change Together Retired on" in old
    assert "by Ada Administrator 6 workshops" in old


def test_empty_list_offers_an_administrator_the_first_step(administrator_client: Client) -> None:
    text = words(administrator_client.get(url("programme_list")))
    assert "Start from Leading Change Together Create a programme" in text


def test_empty_list_offers_others_no_action(outsider_client: Client) -> None:
    response = outsider_client.get(url("programme_list"))
    assert "No programmes yet" in words(response)
    assert "Start from" not in words(response)
    assert "Create a programme" not in words(response)


def test_list_offers_the_default_programme_until_it_exists(
    administrator_client: Client,
) -> None:
    Programme.objects.create(name="Another")
    assert "Start from Leading Change Together" in words(
        administrator_client.get(url("programme_list"))
    )
    administrator_client.post(url("programme_start"))
    assert "Start from" not in words(administrator_client.get(url("programme_list")))


def test_detail_shows_all_content(outsider_client: Client, default_programme: Programme) -> None:
    text = words(outsider_client.get(default_programme.get_absolute_url()))
    places = [
        text.index(f"{plan.position}. {plan.title}")
        for plan in default_programme.plans.order_by("position")
    ]
    assert places == sorted(places)
    for plan in default_programme.plans.all():
        for part in (plan.theme, plan.purpose, *plan.outcome_list, plan.prework, *plan.prompt_list):
            assert part in text
    assert "Before the workshop 25 minutes" in text
    assert text.count("3½ hours") == 6


def test_detail_offers_changes_to_administrators_only(
    outsider_client: Client, administrator_client: Client, default_programme: Programme
) -> None:
    theirs = outsider_client.get(default_programme.get_absolute_url())
    assert "<form" not in theirs.content.decode().partition("<main")[2]
    ours = administrator_client.get(default_programme.get_absolute_url()).content.decode()
    assert ours.count('aria-label="Move “') == 10
    assert 'aria-label="Move “Trust under strain” up"' in ours
    assert 'aria-label="Move “Who leads here?” up"' not in ours
    assert 'aria-label="Move “What next, together” down"' not in ours


def test_detail_without_workshops_offers_the_first_step(
    administrator_client: Client, outsider_client: Client, programme: Programme
) -> None:
    assert "No workshops yet" in words(outsider_client.get(programme.get_absolute_url()))
    response = administrator_client.get(programme.get_absolute_url())
    assert url("plan_create", programme) in response.content.decode()


def test_text_is_escaped(administrator_client: Client, default_programme: Programme) -> None:
    default_programme.plans.update(
        title="<b>Bold</b>", outcomes="<script>alert(1)</script>", prework="<i>x</i>"
    )
    page = administrator_client.get(default_programme.get_absolute_url()).content.decode()
    assert "<b>Bold" not in page
    assert "<script>alert" not in page
    assert "<i>x" not in page


@pytest.mark.parametrize("who", ["administrator", "outsider"])
def test_detail_makes_a_constant_number_of_queries(
    request: pytest.FixtureRequest, programme: Programme, who: str
) -> None:
    client = request.getfixturevalue(f"{who}_client")
    programme.add(WorkshopPlan(title="One"))
    few, many = CapturedQueries(), CapturedQueries()
    with few:
        client.get(programme.get_absolute_url())
    programme.add(*(WorkshopPlan(title=f"More {number}") for number in range(29)))
    with many:
        client.get(programme.get_absolute_url())
    assert len(many) == len(few) <= 6


def test_list_makes_a_constant_number_of_queries(
    administrator_client: Client, retired: Programme, administrator: User
) -> None:
    Programme.objects.create(name="One")
    few, many = CapturedQueries(), CapturedQueries()
    with few:
        administrator_client.get(url("programme_list"))
    Programme.objects.bulk_create(
        Programme(name=f"{kind} {number}", retired_at=at, retired_by=by)
        for kind, at, by in (("Current", None, None), ("Old", timezone.now(), administrator))
        for number in range(29)
    )
    with many:
        administrator_client.get(url("programme_list"))
    assert len(many) == len(few) <= 8


# Creating and editing programmes


def test_start_creates_the_default_programme_once(administrator_client: Client) -> None:
    first = administrator_client.post(url("programme_start"))
    second = administrator_client.post(url("programme_start"))
    programme = Programme.objects.get()
    assert programme.plans.count() == 6
    for response in (first, second):
        assert (response.status_code, response.headers["Location"]) == (
            302,
            programme.get_absolute_url(),
        )


def test_create_adds_a_programme_with_empty_workshops(administrator_client: Client) -> None:
    page = administrator_client.get(url("programme_create"))
    assert page.context["form"]["workshops"].value() == 6
    response = administrator_client.post(
        url("programme_create"), {"name": " New  ways ", "purpose": "To try.", "workshops": "6"}
    )
    programme = Programme.objects.get()
    assert response.headers["Location"] == programme.get_absolute_url()
    assert (programme.name, programme.purpose) == ("New ways", "To try.")
    assert titles(programme) == [f"Workshop {number}" for number in range(1, 7)]
    assert administrator_client.get(programme.get_absolute_url()).status_code == 200


def test_invalid_create_shows_the_input_again(
    administrator_client: Client, programme: Programme
) -> None:
    response = administrator_client.post(
        url("programme_create"),
        {"name": "LEADING change together", "purpose": "Mine", "workshops": "many"},
    )
    form = response.context["form"]
    assert form.errors == {
        "name": [NAME_TAKEN],
        "workshops": ["Enter a whole number, for example 6."],
    }
    page = response.content.decode()
    assert 'value="LEADING change together"' in page
    assert 'value="many"' in page
    assert list(Programme.objects.all()) == [programme]


def test_empty_create_shows_required_errors(administrator_client: Client) -> None:
    response = administrator_client.post(url("programme_create"))
    assert "Enter a name for the programme." in words(response)


@pytest.mark.parametrize("name", ["x" * 100_000, "NUL\x00name", "Turned \u202ename"])
def test_invalid_name_is_shown_again_and_not_saved(
    administrator_client: Client, programme: Programme, name: str
) -> None:
    response = administrator_client.post(
        url("programme_edit", programme), {"name": name, "purpose": ""}
    )
    assert response.status_code == 200
    assert response.context["form"]["name"].value() == name
    assert f"<h1>Edit “{programme.name}”</h1>" in response.content.decode()
    programme.refresh_from_db()
    assert programme.name == "Leading Change Together"


def test_edit_saves_name_and_purpose(administrator_client: Client, programme: Programme) -> None:
    response = administrator_client.post(
        url("programme_edit", programme),
        {"name": "Leading change TOGETHER", "purpose": "Why.\r\nBecause."},
    )
    programme.refresh_from_db()
    assert response.headers["Location"] == programme.get_absolute_url()
    assert (programme.name, programme.purpose) == ("Leading change TOGETHER", "Why.\nBecause.")


def test_double_submitted_duplicate_creates_one_copy(
    administrator_client: Client, default_programme: Programme
) -> None:
    first = administrator_client.post(url("programme_duplicate", default_programme))
    second = administrator_client.post(url("programme_duplicate", default_programme))
    copy = Programme.objects.exclude(pk=default_programme.pk).get()
    assert (copy.name, copy.plans.count()) == ("Leading Change Together (copy)", 6)
    assert first.headers["Location"] == second.headers["Location"] == copy.get_absolute_url()


def test_retire_asks_for_confirmation(
    administrator_client: Client, default_programme: Programme, administrator: User
) -> None:
    page = administrator_client.get(url("programme_retire", default_programme))
    assert "Nobody can create new cohorts from it. Existing cohorts don’t change." in words(page)
    default_programme.refresh_from_db()
    assert not default_programme.is_retired
    response = administrator_client.post(url("programme_retire", default_programme))
    default_programme.refresh_from_db()
    assert response.headers["Location"] == url("programme_list")
    assert (default_programme.is_retired, default_programme.retired_by) == (True, administrator)


def test_retire_page_of_a_retired_programme_redirects(
    administrator_client: Client, retired: Programme
) -> None:
    response = administrator_client.get(url("programme_retire", retired))
    assert response.headers["Location"] == retired.get_absolute_url()


def test_retired_programme_is_marked_and_can_be_restored(
    administrator_client: Client, outsider_client: Client, retired: Programme
) -> None:
    assert "Restore" in words(administrator_client.get(retired.get_absolute_url()))
    theirs = words(outsider_client.get(retired.get_absolute_url()))
    assert "by Ada Administrator. Nobody can create new cohorts from it" in theirs
    assert "Restore" not in theirs
    administrator_client.post(url("programme_bring_back", retired))
    retired.refresh_from_db()
    assert not retired.is_retired


def test_restore_with_a_taken_name_shows_an_error(
    administrator_client: Client, retired: Programme
) -> None:
    Programme.objects.create(name="LEADING change together")
    response = administrator_client.post(url("programme_bring_back", retired))
    retired.refresh_from_db()
    assert retired.is_retired
    assert said(response) == [
        "Another programme now has this name. Edit the name of one of them, then restore this one."
    ]


# Creating, editing and moving workshop plans


def test_plan_create_appends_the_plan(
    administrator_client: Client, default_programme: Programme
) -> None:
    assert administrator_client.get(url("plan_create", default_programme)).status_code == 200
    facts = PLAN | {
        "outcomes": "One\r\n\r\nTwo\r\n",
        "prompts": "• Why?\r\n• How?",
        "theme": "Ears",
    }
    response = administrator_client.post(url("plan_create", default_programme), facts)
    plan = default_programme.plans.get(position=7)
    assert (
        response.headers["Location"]
        == f"{default_programme.get_absolute_url()}#plan-{plan.public_id}"
    )
    assert (plan.title, plan.theme, plan.outcome_list, plan.prompt_list) == (
        "Listening",
        "Ears",
        ["One", "Two"],
        ["Why?", "How?"],
    )


def test_invalid_plan_create_shows_the_input_again(
    administrator_client: Client, default_programme: Programme
) -> None:
    facts = {"title": "", "purpose": "To hear.", "prework_minutes": "-5", "length_minutes": "abc"}
    response = administrator_client.post(url("plan_create", default_programme), facts)
    assert list(response.context["form"].errors) == ["title", "prework_minutes", "length_minutes"]
    page = response.content.decode()
    assert ("To hear." in page, 'value="-5"' in page, 'value="abc"' in page) == (True, True, True)
    assert default_programme.plans.count() == 6


def test_plan_edit_does_not_change_the_position(
    administrator_client: Client, default_programme: Programme, plans: list[WorkshopPlan]
) -> None:
    page = administrator_client.get(url("plan_edit", plans[2]))
    assert page.context["form"]["purpose"].value() == "Build enough trust to disagree usefully."
    response = administrator_client.post(url("plan_edit", plans[2]), PLAN)
    plan = default_programme.plans.get(position=3)
    assert response.headers["Location"] == plan.get_absolute_url()
    assert (plan.public_id, plan.title, plan.purpose) == (plans[2].public_id, "Listening", "")


def test_invalid_plan_edit_shows_the_input_again(
    administrator_client: Client, plans: list[WorkshopPlan]
) -> None:
    response = administrator_client.post(
        url("plan_edit", plans[2]), PLAN | {"title": "", "length_minutes": "99999"}
    )
    assert response.status_code == 200
    assert "<h1>Edit “3. Trust under strain”</h1>" in response.content.decode()
    assert 'value="99999"' in response.content.decode()
    plans[2].refresh_from_db()
    assert (plans[2].title, plans[2].length_minutes) == ("Trust under strain", 210)


@pytest.mark.parametrize(
    ("which", "to", "order", "button"),
    [
        (2, 2, [0, 2, 1, 3, 4, 5], "up"),
        (2, 4, [0, 1, 3, 2, 4, 5], "down"),
        (1, 1, [1, 0, 2, 3, 4, 5], "down"),
        (4, 6, [0, 1, 2, 3, 5, 4], "up"),
        (5, 1000, [0, 1, 2, 3, 4, 5], "up"),
    ],
)
def test_move_returns_focus_to_the_button(
    administrator_client: Client,
    default_programme: Programme,
    plans: list[WorkshopPlan],
    which: int,
    to: int,
    order: list[int],
    button: str,
) -> None:
    response = administrator_client.post(url("plan_move", plans[which]), {"to": to})
    assert titles(default_programme) == [plans[number].title for number in order]
    anchor = f"{button}-{plans[which].public_id}"
    assert response.headers["Location"] == f"{default_programme.get_absolute_url()}#{anchor}"
    page = administrator_client.get(default_programme.get_absolute_url()).content.decode()
    assert page.count(f'id="{anchor}"') == 1


def test_double_submitted_move_moves_once(
    administrator_client: Client, default_programme: Programme, plans: list[WorkshopPlan]
) -> None:
    for _ in range(2):
        administrator_client.post(url("plan_move", plans[3]), {"to": 3})
    assert titles(default_programme)[2:4] == [plans[3].title, plans[2].title]


@pytest.mark.parametrize("to", ["", "up", "0", "-1", "9" * 5000, "\x00"])
def test_move_to_an_invalid_position_shows_an_error(
    administrator_client: Client, default_programme: Programme, plans: list[WorkshopPlan], to: str
) -> None:
    response = administrator_client.post(url("plan_move", plans[3]), {"to": to})
    assert said(response) == ["Use the arrow buttons to move a workshop."]
    assert titles(default_programme) == [plan.title for plan in plans]


def test_delete_asks_for_confirmation(
    administrator_client: Client, default_programme: Programme, plans: list[WorkshopPlan]
) -> None:
    page = administrator_client.get(url("plan_delete", plans[2]))
    assert (
        "Delete “Trust under strain”? This deletes the workshop and all its text from the programme"
        in words(page)
    )
    assert default_programme.plans.count() == 6
    response = administrator_client.post(url("plan_delete", plans[2]))
    assert response.headers["Location"] == default_programme.get_absolute_url()
    assert titles(default_programme) == [plan.title for plan in plans if plan != plans[2]]
    assert [plan.position for plan in default_programme.plans.order_by("position")] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_double_submitted_delete_deletes_one(
    administrator_client: Client, default_programme: Programme, plans: list[WorkshopPlan]
) -> None:
    administrator_client.post(url("plan_delete", plans[2]))
    assert administrator_client.post(url("plan_delete", plans[2])).status_code == 404
    assert default_programme.plans.count() == 5
