"""Half-written words: saved, joined when two pages wrote on, kept, chosen from. Nobody loses a word."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort
from reflections.context import Place
from reflections.drafts import autosave
from reflections.drafts.autosave import (
    Choice,
    TooManyVersionsError,
    Typed,
    choose,
    keep,
    keep_change,
    save,
)
from reflections.models import Audience, Draft, Experiment, Reflection
from workshops.models import Workshop

Entry = Callable[..., Reflection]
Saving = Callable[..., Draft | None]
ENTRY, HERE, THERE = "newentry2345", "pagehere2345", "pagethere234"
NOW = timezone.now()


def moment(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def saving(participant: User, workshop: Workshop) -> Saving:
    """A page's saving, `at` so many seconds."""

    def saving(body: str, at: float = 0, **facts: Any) -> Draft | None:
        given: dict[str, Any] = {"typed_at": moment(at), "page": HERE} | facts
        entry, by = given.pop("entry", ENTRY), given.pop("by", participant)
        place = Place(workshop.cohort, workshop, "What did you notice in yourself?")
        return save(
            by=by, entry=entry, place=place, typed=Typed(body=body, **given), at=moment(1000)
        )

    return saving


def standing() -> tuple[str, str, int]:
    draft = Draft.objects.get()
    return draft.body, draft.other_body, draft.version


def test_first_saving_makes_a_draft_with_its_place(saving: Saving, workshop: Workshop) -> None:
    saving("Half a sen", 3, experiment="Ask first")
    draft = Draft.objects.get()
    assert (draft.cohort, draft.workshop, draft.prompt) == (
        workshop.cohort,
        workshop,
        "What did you notice in yourself?",
    )
    assert (draft.entry, draft.body, draft.experiment, draft.version) == (
        ENTRY,
        "Half a sen",
        "Ask first",
        1,
    )
    assert (draft.typed_at, draft.page, draft.reflection) == (moment(3), HERE, None)


def test_saving_goes_on_from_the_version_it_knows(saving: Saving) -> None:
    saving("One", 1)
    saving("One two", 2, version=1, page=THERE)
    assert standing() == ("One two", "", 2)


def test_same_words_again_change_nothing(saving: Saving) -> None:
    saving("One", 1)
    saving("One", 9, version=0, page=THERE)
    assert standing() == ("One", "", 1)


def test_page_whose_answer_was_lost_goes_on_without_a_second_version(saving: Saving) -> None:
    saving("One", 1)
    saving("Two", 2, version=0)
    assert standing() == ("Two", "", 2)


def test_saving_that_was_overtaken_on_the_way_changes_nothing(saving: Saving) -> None:
    saving("One", 1)
    saving("One two three", 3, version=1)
    saving("One two", 2, version=1)
    assert standing() == ("One two three", "", 2)


@pytest.mark.parametrize(
    ("typed_at", "newer", "older"), [(5, "Phone", "Laptop"), (1, "Laptop", "Phone")]
)
def test_of_two_versions_the_newer_stands_and_the_other_is_offered(
    saving: Saving, typed_at: float, newer: str, older: str
) -> None:
    saving("Laptop", 3, page=THERE)
    saving("Phone", typed_at, version=0)
    assert standing() == (newer, older, 2)
    draft = Draft.objects.get()
    assert draft.typed_at - moment(0) == timedelta(seconds=max(3, typed_at))
    assert draft.other_typed_at == moment(min(3, typed_at))
    assert draft.page == (HERE if typed_at == 5 else THERE)


def test_version_whose_every_word_is_in_the_newer_is_not_offered(saving: Saving) -> None:
    saving("A heron", 1, page=THERE)
    saving("A heron at the weir", 2)
    assert standing() == ("A heron at the weir", "", 2)
    saving("heron at", 1, page=THERE)
    assert standing() == ("A heron at the weir", "", 2)


def test_third_version_is_offered_below_the_second(saving: Saving) -> None:
    saving("One", 1, page="one123456789")
    saving("Two", 2, page="two123456789")
    saving("Three", 3, page="three1234567")
    assert standing() == ("Three", "Two\n\nOne", 3)
    saving("Four", 0, page="four12345678")
    assert standing() == ("Three", "Four\n\nTwo\n\nOne", 4)


def test_what_waits_to_be_chosen_from_has_an_end(
    saving: Saving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autosave, "DRAFT_LENGTH", 4)
    saving("Laptop", 1, page=THERE)
    saving("Phone", 2)
    with pytest.raises(TooManyVersionsError):
        saving("A third", 3, page="three1234567")
    assert standing() == ("Phone", "Laptop", 2)


def test_going_on_leaves_the_other_version_where_it_is(saving: Saving) -> None:
    saving("Laptop", 1, page=THERE)
    saving("Phone", 2)
    saving("Phone, and more", 3, version=2)
    assert standing() == ("Phone, and more", "Laptop", 3)
    saving("", 4, version=3)
    assert standing() == ("", "Laptop", 4)


def test_experiments_of_both_versions_stay(saving: Saving) -> None:
    saving("Laptop", 1, page=THERE, experiment="Ask first")
    saving("Phone", 2, experiment="Wait")
    draft = Draft.objects.get()
    assert (draft.experiment, draft.other_body) == ("Wait", "Laptop\n\nAsk first")


def test_experiment_of_the_older_version_stays_where_the_newer_has_none(saving: Saving) -> None:
    saving("A heron", 3, page=THERE)
    saving("A heron", 1, experiment="Ask first")
    draft = Draft.objects.get()
    assert (draft.body, draft.experiment, draft.other_body) == ("A heron", "Ask first", "")


def test_words_of_the_future_are_of_now(saving: Saving) -> None:
    saving("Mine", 999_999_999)
    assert Draft.objects.get().typed_at == moment(1000)
    saving("Theirs", 999_999_999, page=THERE)
    assert standing() == ("Mine", "Theirs", 2)


def test_words_typed_with_a_clock_behind_never_go_back_in_time(saving: Saving) -> None:
    saving("One", 9)
    saving("Two", 1, version=1)
    assert standing() == ("Two", "", 2)
    assert Draft.objects.get().typed_at == moment(9)


@pytest.mark.parametrize("words", ["", "  \n\t "])
def test_nothing_is_no_draft(saving: Saving, words: str) -> None:
    assert saving(words) is None
    saving("One", 1)
    assert saving(words, 2, version=1) is None
    assert not Draft.objects.exists()


def test_empty_page_takes_nothing_from_another(saving: Saving) -> None:
    saving("One", 1)
    saving("", 2, version=0, page=THERE)
    assert standing() == ("One", "", 1)


def test_draft_belongs_to_who_writes_it(saving: Saving, peer: User) -> None:
    saving("Mine", 1)
    saving("Theirs", 2, by=peer)
    assert sorted(Draft.objects.values_list("author__name", "version")) == [
        ("Amina Rahman", 1),
        ("Dev Patel", 1),
    ]


def test_stranger_begins_none(saving: Saving, outsider: User) -> None:
    with pytest.raises(PermissionDenied):
        saving("Mine", by=outsider)


def test_who_left_still_writes(saving: Saving, participant: User) -> None:
    participant.memberships.get().leave(by=None, at=NOW)
    saving("Mine")
    assert standing() == ("Mine", "", 1)


def test_draft_without_a_place_is_none(participant: User) -> None:
    with pytest.raises(PermissionDenied):
        save(by=participant, entry=ENTRY, place=None, typed=Typed("Words", NOW), at=NOW)


# Changes to what is kept ---------------------------------------------------------------------------------------------


def test_change_is_a_draft_beside_what_readers_see(
    saving: Saving, entry: Entry, peer: User
) -> None:
    kept = entry(body="As it was", audience=Audience.COHORT)
    saving("As it will be", entry=kept.public_id)
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body) == (kept, "As it will be")
    assert Reflection.objects.readable_by(peer).get().body == "As it was"
    assert not Draft.objects.readable_by(peer).exists()


def test_change_undone_is_no_draft(saving: Saving, entry: Entry) -> None:
    kept = entry(body="As it was")
    assert saving("As it was", entry=kept.public_id) is None
    saving("As it w", 1, entry=kept.public_id)
    assert saving("As it was", 2, entry=kept.public_id, version=1) is None
    assert not Draft.objects.exists()


def test_kept_change_is_what_readers_see(saving: Saving, entry: Entry, participant: User) -> None:
    kept = entry(body="As it was")
    saving("As it will", 1, entry=kept.public_id)
    typed = Typed("As it is now", moment(2), version=1)
    keep_change(reflection=kept, typed=typed, by=participant, at=moment(2))
    assert Reflection.objects.get().body == "As it is now"
    assert not Draft.objects.exists()


def test_words_kept_elsewhere_meanwhile_stay_as_an_unfinished_change(
    entry: Entry, participant: User
) -> None:
    kept = entry(body="As it was")
    seen = kept.changed_at.isoformat()
    for body in ("From the laptop", "From the phone", "From the phone"):
        typed = Typed(body, timezone.now())
        keep_change(reflection=kept, typed=typed, by=participant, at=timezone.now(), seen=seen)
    assert Reflection.objects.get().body == "From the phone"
    assert standing()[:2] == ("From the laptop", "")


def test_deleted_reflection_takes_its_change_along_and_what_is_typed_on_is_new(
    saving: Saving, entry: Entry
) -> None:
    kept = entry(body="As it was")
    saving("Changed", 1, entry=kept.public_id)
    kept.delete()
    assert not Draft.objects.exists()
    saving("Changed again", 2, entry=kept.public_id, version=1)
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body) == (None, "Changed again")


# Keeping -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def keeping(participant: User, cohort: Cohort) -> Callable[..., Reflection]:
    def keeping(body: str, at: float = 100, **facts: Any) -> Reflection:
        given: dict[str, Any] = {"page": HERE} | facts
        typed = Typed(body=body, typed_at=moment(at), **given)
        place = Place(cohort)
        return keep(
            author=participant,
            entry=ENTRY,
            place=place,
            typed=typed,
            audience=Audience.ONLY_ME,
            at=moment(at),
        )

    return keeping


def test_keeping_makes_the_reflection_of_that_name_and_ends_the_draft(
    saving: Saving, keeping: Callable[..., Reflection]
) -> None:
    saving("Half", 1)
    kept = keeping("Half and whole")
    assert (kept.public_id, kept.body) == (ENTRY, "Half and whole")
    assert keeping("Half and whole") == kept
    assert (Reflection.objects.count(), Draft.objects.count()) == (1, 0)
    assert saving("Half and whole", 101) is None


def test_words_of_another_version_stay_as_it_is_kept(
    saving: Saving, keeping: Callable[..., Reflection]
) -> None:
    """Those that were offered, and those that the page never saw."""
    saving("Laptop", 1, page="one123456789")
    saving("Phone", 2, page="two123456789")
    kept = keeping("What I keep", version=0)
    draft = Draft.objects.get()
    assert (draft.reflection, draft.entry, draft.body) == (kept, ENTRY, "Phone\n\nLaptop")
    assert (draft.other_body, draft.other_typed_at, draft.is_in_two_versions) == ("", None, False)


def test_what_another_page_types_on_after_it_was_kept_is_a_change(
    saving: Saving, keeping: Callable[..., Reflection]
) -> None:
    saving("Half", 1)
    kept = keeping("Half and whole", version=1)
    saving("Half, from the train", 200, version=1, page=THERE)
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body) == (kept, "Half, from the train")


def test_experiment_that_the_page_never_saw_stays_as_it_is_kept(
    saving: Saving, keeping: Callable[..., Reflection]
) -> None:
    """The words are the same on both devices, so there is nothing else that is left."""
    saving("Half and whole", 1)
    saving("Half and whole", 2, version=1, page=THERE, experiment="Ask first")
    kept = keeping("Half and whole", version=1)
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body, draft.experiment) == (kept, "Half and whole", "Ask first")
    assert not Experiment.objects.exists()


def test_experiment_that_is_kept_is_not_left_to_be_kept_again(
    saving: Saving, keeping: Callable[..., Reflection]
) -> None:
    saving("Half and whole", 1, page=THERE, experiment="Ask first ")
    keeping("Half and whole", experiment="Ask first")
    assert (Experiment.objects.count(), Draft.objects.count()) == (1, 0)
    assert saving("Half and whole", 200, version=1, page=THERE, experiment="Ask first ") is None


def test_experiment_that_is_typed_after_it_was_kept_is_a_change(
    saving: Saving, keeping: Callable[..., Reflection], participant: User
) -> None:
    kept = keeping("Half and whole")
    saving("Half and whole", 200, page=THERE, experiment="Ask first")
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body, draft.experiment) == (kept, "Half and whole", "Ask first")
    typed = Typed("Half and whole", moment(300), experiment="Ask first", version=1)
    keep_change(reflection=kept, typed=typed, by=participant, at=moment(300))
    experiment = Experiment.objects.get()
    assert (experiment.reflection, experiment.words) == (kept, "Ask first")
    assert not Draft.objects.exists()


# Choosing ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "body"),
    [(Choice.THIS, "Phone"), (Choice.OTHER, "Laptop"), (Choice.BOTH, "Phone\n\nLaptop")],
)
def test_choosing_ends_the_two_versions(
    saving: Saving, participant: User, choice: Choice, body: str
) -> None:
    saving("Laptop", 1, page=THERE)
    draft = saving("Phone", 2)
    assert draft is not None
    for _ in range(2):
        choose(draft=draft, choice=choice, by=participant, at=moment(9))
        assert standing() == (body, "", 3)


def test_others_choose_nothing(saving: Saving, peer: User) -> None:
    saving("Laptop", 1, page=THERE)
    draft = saving("Phone", 2)
    assert draft is not None
    assert choose(draft=draft, choice=Choice.OTHER, by=peer, at=moment(9)) is None
    assert standing() == ("Phone", "Laptop", 2)


# A lost key ----------------------------------------------------------------------------------------------------------


def test_draft_whose_key_is_lost_is_never_written_over(
    saving: Saving, keeping: Callable[..., Reflection], settings: Settings
) -> None:
    saving("Sealed", 1)
    keys = settings.REFLECTION_KEYS
    settings.REFLECTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    with pytest.raises(PermissionDenied):
        saving("Written over", 2)
    keeping("New words")
    settings.REFLECTION_KEYS = keys
    assert standing() == ("Sealed", "", 1)
