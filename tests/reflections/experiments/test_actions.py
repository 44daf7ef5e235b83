"""Actions on experiments: what each of them saves, and which users may not perform it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.experiments.actions import answer, change, delete, share
from reflections.experiments.follow_ups import LookBack, look_back_of, open_experiments
from reflections.models import Audience, Experiment, Reflection
from tests.reflections.conftest import MARKER
from workshops.models import Workshop
from workshops.times import Arrangement, Slot

Begin = Callable[..., Experiment]
Entry = Callable[..., Reflection]
Outcome = Experiment.Outcome


def stored(experiment: Experiment) -> Experiment:
    return Experiment.objects.get(pk=experiment.pk)


def save_answer(experiment: Experiment, outcome: str, **facts: Any) -> Experiment:
    given: dict[str, Any] = {"by": experiment.author, "at": timezone.now()}
    return stored(answer(experiment=experiment, outcome=outcome, **(given | facts)))


# Starting an experiment ---------------------------------------------------------------------------


def test_new_experiment_is_private_and_followed_up_before_the_next_workshop(
    experiment: Begin, next_workshop: Workshop
) -> None:
    kept = stored(experiment())
    assert (kept.audience, kept.shared_at, kept.outcome, kept.has_learning) == (
        Audience.ONLY_ME,
        None,
        "",
        False,
    )
    assert look_back_of(kept) == LookBack(workshop=next_workshop)


def test_workshop_within_two_days_is_not_used_for_look_back(
    experiment: Begin, next_workshop: Workshop
) -> None:
    day = timezone.now() + timedelta(hours=47)
    next_workshop.arrange(
        Arrangement(Slot(day, day + timedelta(hours=3)), "", ""), at=timezone.now()
    )
    assert experiment().look_back_workshop is None


def test_look_back_without_a_next_workshop_is_in_three_weeks(
    experiment: Begin, workshop: Workshop
) -> None:
    kept = experiment(at=datetime.fromisoformat("2027-05-06T23:30+00:00"))
    assert str(look_back_of(kept).on) == "2027-05-28"  # past midnight in London


def test_experiment_sent_twice_is_saved_once(experiment: Begin, entry: Entry) -> None:
    reflection = entry()
    first, second = (experiment(public_id="abcdefghjkmn") for _ in range(2))
    third, fourth = (experiment(reflection=reflection) for _ in range(2))
    assert (first == second, third == fourth, first == third) == (True, True, False)
    assert Experiment.objects.count() == 2


def test_resending_an_experiment_can_narrow_but_not_widen_the_audience(
    experiment: Begin, peer: User
) -> None:
    audiences = (
        Audience.COHORT,
        Audience.FACILITATORS,
        Audience.COHORT,
        Audience.ONLY_ME,
        Audience.COHORT,
    )
    kept = [
        stored(experiment(public_id="abcdefghjkmn", audience=audience)).audience
        for audience in audiences
    ]
    assert kept == [
        Audience.COHORT,
        Audience.FACILITATORS,
        Audience.FACILITATORS,
        Audience.ONLY_ME,
        Audience.ONLY_ME,
    ]
    assert Experiment.objects.get().shared_at is None


def test_resending_a_reflection_does_not_change_its_experiments_audience(
    experiment: Begin, entry: Entry, participant: User, peer: User
) -> None:
    """A reflection's form does not send an audience for its experiment."""
    reflection = entry()
    kept = experiment(reflection=reflection)
    share(experiment=kept, audience=Audience.COHORT, by=participant, at=timezone.now())
    assert experiment(reflection=reflection) == kept
    assert stored(kept).audience == Audience.COHORT


def test_other_text_or_author_with_the_same_id_creates_another_experiment(
    experiment: Begin, peer: User
) -> None:
    first = experiment(public_id="abcdefghjkmn")
    others = [
        experiment(public_id="abcdefghjkmn", **facts)
        for facts in ({"words": "x"}, {"author": peer})
    ]
    assert len({one.public_id for one in (first, *others)}) == 3
    assert stored(first).words == MARKER


def test_non_member_cannot_start_an_experiment(
    experiment: Begin, outsider: User, administrator: User, other_facilitator: User
) -> None:
    for user in (outsider, administrator, other_facilitator):
        with pytest.raises(PermissionDenied):
            experiment(author=user)
    assert not Experiment.objects.exists()


def test_former_member_can_start_only_private_experiments(
    experiment: Begin, participant: User
) -> None:
    Membership.objects.get(user=participant).leave(by=None, at=timezone.now())
    kept = experiment()
    with pytest.raises(PermissionDenied):
        experiment(audience=Audience.COHORT)
    with pytest.raises(PermissionDenied):
        share(experiment=kept, audience=Audience.COHORT, by=participant, at=timezone.now())
    assert [one.audience for one in Experiment.objects.all()] == [Audience.ONLY_ME]


# Changing and sharing an experiment ---------------------------------------------------------------


def test_changing_the_look_back_starts_a_new_follow_up(
    experiment: Begin, next_workshop: Workshop, participant: User
) -> None:
    kept, later = experiment(), timezone.now() + timedelta(hours=1)
    before = look_back_of(kept)
    same = change(experiment=kept, words="Better", look_back=before, by=participant, at=later)
    assert (same.words, same.changed_at, same.follow_up_number) == ("Better", later, 1)
    day = LookBack(on=next_workshop.starts_at.date()) if next_workshop.starts_at else before
    other = stored(
        change(experiment=kept, words="Better", look_back=day, by=participant, at=timezone.now())
    )
    assert (other.changed_at, other.follow_up_number, look_back_of(other)) == (later, 2, day)


def test_share_sets_and_clears_shared_at(experiment: Begin, participant: User, peer: User) -> None:
    kept, later = experiment(), timezone.now() + timedelta(hours=1)

    def give(audience: Audience) -> Experiment:
        return stored(share(experiment=kept, audience=audience, by=participant, at=later))

    def read_by_peer() -> bool:
        return Experiment.objects.readable_by(peer).filter(pk=kept.pk).exists()

    assert (read_by_peer(), give(Audience.COHORT).shared_at, read_by_peer()) == (False, later, True)
    assert (give(Audience.ONLY_ME).shared_at, read_by_peer()) == (None, False)


@pytest.mark.parametrize("role", ["facilitator", "peer", "administrator"])
def test_only_the_author_can_act_on_an_experiment(
    role: str, experiment: Begin, participant: User, request: pytest.FixtureRequest
) -> None:
    kept = experiment(audience=Audience.COHORT)
    other, now = request.getfixturevalue(role), timezone.now()
    for act in (
        lambda: change(experiment=kept, words="x", look_back=LookBack(), by=other, at=now),
        lambda: share(experiment=kept, audience=Audience.ONLY_ME, by=other, at=now),
        lambda: answer(experiment=kept, outcome=Outcome.TRIED, by=other, at=now),
        lambda: delete(experiment=kept, by=other),
    ):
        with pytest.raises(PermissionDenied):
            act()
    now_kept = stored(kept)
    assert (now_kept.words, now_kept.outcome, now_kept.audience) == (MARKER, "", Audience.COHORT)


# Saying how an experiment went --------------------------------------------------------------------


def test_answer_is_saved_and_can_be_revised(experiment: Begin, next_workshop: Workshop) -> None:
    kept = experiment()
    tried = save_answer(kept, Outcome.TRIED, happened="They laughed", learned="To wait")
    assert (tried.outcome, tried.happened, tried.learned, tried.has_learning, tried.is_open) == (
        Outcome.TRIED,
        "They laughed",
        "To wait",
        True,
        False,
    )
    revised = save_answer(kept, Outcome.LET_GO)
    assert (revised.outcome, revised.learned, revised.has_learning, revised.follow_up_number) == (
        Outcome.LET_GO,
        "",
        False,
        1,
    )


def test_not_yet_is_followed_up_before_the_next_workshop_or_on_a_chosen_day(
    experiment: Begin, next_workshop: Workshop
) -> None:
    kept, soon = experiment(look_back=LookBack(on=timezone.now().date())), next_workshop.starts_at
    postpone = save_answer(kept, Outcome.NOT_YET)
    assert (postpone.is_open, look_back_of(postpone), postpone.follow_up_number) == (
        True,
        LookBack(workshop=next_workshop),
        2,
    )
    assert soon
    chosen = save_answer(kept, Outcome.NOT_YET, look_back=LookBack(on=soon.date()))
    assert (look_back_of(chosen), chosen.follow_up_number) == (LookBack(on=soon.date()), 3)


def test_former_member_cannot_read_an_experiment_answered_later(
    experiment: Begin, participant: User, peer: User
) -> None:
    kept = experiment(audience=Audience.COHORT)
    Membership.objects.get(user=peer).leave(by=None, at=timezone.now() + timedelta(minutes=1))
    assert Experiment.objects.readable_by(peer).get() == kept
    save_answer(kept, Outcome.TRIED, at=timezone.now() + timedelta(minutes=2), learned="To wait")
    assert not Experiment.objects.readable_by(peer).exists()


def test_delete_removes_the_experiment(experiment: Begin, participant: User) -> None:
    delete(experiment=experiment(), by=participant)
    assert not Experiment.objects.exists()


# The day on which an experiment is followed up ----------------------------------------------------


def test_being_tried_is_ordered_by_look_back_day(
    experiment: Begin, cohort: Cohort, participant: User, peer: User, next_workshop: Workshop
) -> None:
    now = timezone.now()
    last = experiment(words="last")
    first = experiment(words="first", look_back=LookBack(on=now.date() + timedelta(days=3)))
    done, of_another = experiment(words="done"), experiment(author=peer)
    save_answer(done, Outcome.TRIED)

    def trying(moment: datetime) -> list[tuple[Experiment, bool]]:
        return [
            (one.experiment, one.is_due) for one in open_experiments(participant, cohort, moment)
        ]

    assert trying(now) == [(first, False), (last, False)]
    assert trying(now + timedelta(days=5)) == [(first, True), (last, False)]
    assert trying(now + timedelta(days=14)) == [(first, True), (last, True)]
    assert of_another.author == peer


def test_experiment_of_a_cancelled_workshop_has_no_look_back_day(
    experiment: Begin, cohort: Cohort, participant: User, next_workshop: Workshop, facilitator: User
) -> None:
    kept = experiment()
    next_workshop.cancel(by=facilitator, at=timezone.now())
    [trying] = open_experiments(participant, cohort, timezone.now() + timedelta(days=60))
    assert (trying.experiment, trying.day, trying.is_due) == (kept, None, False)
