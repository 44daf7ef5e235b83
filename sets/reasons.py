"""Sentences that say which rules the sets meet, and what a change would make better or worse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.models import Sector
from sets.current import Current, SetNow
from sets.making.rules import Broken, Division, Pair
from sets.making.sizes import LARGEST, fewest_repeats, most_sets, sizes
from sets.models import SetMembership
from sets.placing import Offer
from ui.numbers import in_words, joined_by_and

Name = Callable[[int], str]


@dataclass(frozen=True)
class RuleLine:
    """A line of a page that states a rule, and in how many sets or tables the rule holds."""

    words: str
    held: int
    sets: int
    note: str = ""
    of_tables: bool = False

    @property
    def is_met(self) -> bool:
        return self.held == self.sets

    @property
    def tally(self) -> str:
        """A text about the number of sets in which the rule holds: “5 of 5 sets”."""
        words = (
            ngettext("%(held)d of %(count)d table", "%(held)d of %(count)d tables", self.sets)
            if self.of_tables
            else ngettext("%(held)d of %(count)d set", "%(held)d of %(count)d sets", self.sets)
        )
        return words % {"held": self.held, "count": self.sets}


@dataclass(frozen=True)
class RuleLines:
    """The rules as two lists: those that must hold, and those that hold as far as possible."""

    always: list[RuleLine]
    if_possible: list[RuleLine]


def rule_lines(current: Current) -> RuleLines:
    """Return each rule with the number of sets that meet it.

    Leaves out rules that can't be broken yet: the rule about people kept apart if there is no such
    pair, and the rule about meeting again if there are no earlier sets.
    """
    broken, rules = list(current.broken.values()), current.roster.rules

    def line(words: str, broken_in: Iterable[object], note: str = "") -> RuleLine:
        held = sum(not one for one in broken_in)
        return RuleLine(words, held, len(broken), note, current.grouping.is_of_tables)

    always = [line(_("Different organisations"), (one.organisations for one in broken))]
    if any(pair <= set(current.roster.members) for pair in rules.apart):
        always.append(line(_("Kept apart"), (one.apart for one in broken)))
    if_possible = []
    if rules.met:
        words = _("Nobody with somebody from an earlier set")
        if_possible.append(line(words, (one.met for one in broken)))
    note = scarce_sectors(current.division)
    if_possible.append(line(_("Every sector"), (one.missing for one in broken), note))
    return RuleLines(always, if_possible)


def scarce_sectors(division: Division) -> str:
    """Return a sentence about the sectors with fewer people than there are sets; or ""."""
    placed = [division.people[key].sector for keys in division.sets.values() for key in keys]
    scarce = [sector for sector in Sector.values if 0 < placed.count(sector) < len(division.sets)]
    if not scarce:
        return ""
    parts = [
        _("%(count)d from %(sector)s")
        % {"count": placed.count(sector), "sector": sector_name(sector)}
        for sector in scarce
    ]
    return _("Too few for every set: %(parts)s.") % {"parts": joined_by_and(parts)}


def sector_name(sector: str) -> str:
    """Return the sector's name as it stands within a sentence."""
    return {
        "public": _("the public sector"),
        "voluntary": _("the voluntary and community sector"),
        "private": _("the private sector"),
        "other": _("other organisations"),
    }[sector]


def set_reasons(broken: Broken, name: Name) -> list[str]:
    """Return a sentence for each breach of a rule by a set; empty if it meets all rules."""
    return [
        *(
            _("%(pair)s have the same organisation") % {"pair": names(pair, name)}
            for pair in in_order(broken.organisations, name)
        ),
        *(
            _("%(pair)s should be kept apart") % {"pair": names(pair, name)}
            for pair in in_order(broken.apart, name)
        ),
        *(
            _("%(pair)s were in one set before") % {"pair": names(pair, name)}
            for pair in in_order(broken.met, name)
        ),
        *missing_sectors(broken),
    ]


def missing_sectors(broken: Broken) -> list[str]:
    return [
        _("Nobody from %(sector)s") % {"sector": sector_name(sector)}
        for _number, sector in sorted(broken.missing)
    ]


def in_order(pairs: Iterable[Pair], name: Name) -> list[Pair]:
    return sorted(pairs, key=lambda pair: sorted(name(key) for key in pair))


def names(pair: Pair, name: Name) -> str:
    return joined_by_and(sorted(name(key) for key in pair))


@dataclass(frozen=True)
class Option:
    """A way to move a person: to swap with somebody (`other`), or to join a set alone.

    `cost` is the change in the total cost of breaches: below 0 if the sets get better. `worse` has
    a sentence for each new breach, and `better` one for each breach that would end.
    """

    to: SetNow
    other: SetMembership | None
    cost: int
    worse: list[str]
    better: list[str]

    @property
    def words(self) -> str:
        if not self.worse and not self.better:
            return _("No rule is affected")
        return ""


@dataclass(frozen=True)
class SetOptions:
    """The ways to move a person to one set, the best first. If `is_full`, people can only swap."""

    to: SetNow
    options: list[Option]

    @property
    def is_full(self) -> bool:
        return len(self.to.places) >= LARGEST


def options_for(current: Current, key: int) -> list[SetOptions]:
    """Return, for each other set, the ways to move the user with this pk to it.

    A person without a set can only join a set. Pinned people can't be swapped.
    """
    mine = current.placed.get(key)
    home = mine.set.number if mine else None
    found = []
    for to in current.sets:
        if to.set.number == home:
            continue
        swaps = [
            option(current, key, home, to, place)
            for place in to.places
            if home is not None and not place.is_pinned
        ]
        alone = [] if len(to.places) >= LARGEST else [option(current, key, home, to, None)]
        found.append(SetOptions(to, [*alone, *sorted(swaps, key=lambda one: one.cost)]))
    return found


def option(
    current: Current, key: int, home: int | None, to: SetNow, other: SetMembership | None
) -> Option:
    division, number = current.division, to.set.number
    theirs = {other.membership.user_id} if other else set()
    changed = {number: [*(set(division.sets[number]) - theirs), key]}
    if home is not None:
        changed[home] = [*(set(division.sets[home]) - {key}), *theirs]
    after = Division(division.people, division.rules, {**division.sets, **changed})
    before_cost = after_cost = 0
    worse, better = [], []
    for place in changed:
        old, new = division.broken_by(place), after.broken_by(place)
        before_cost, after_cost = before_cost + old.cost, after_cost + new.cost
        worse += change_reasons(new.without(old), current, place)
        better += change_reasons(old.without(new), current, place)
    return Option(to, other, after_cost - before_cost, worse, better)


def change_reasons(broken: Broken, current: Current, number: int) -> list[str]:
    """Return a sentence for each of these breaches by the set with this number."""
    found = current.set_number(number)
    name = str(found.set) if found else ""
    pairs = set_reasons(Broken(broken.organisations, broken.apart, broken.met), current.name_of)
    missing = [
        _("%(set)s has nobody from %(sector)s") % {"set": name, "sector": sector_name(sector)}
        for _number, sector in sorted(broken.missing)
    ]
    return [*pairs, *missing]


def offer_reason(offer: Offer, current: Current) -> str:
    """Return a sentence that says why a set is offered to a person without one."""
    if offer.to is None:
        return _("Every set has six people. Make the sets again to include them.")
    if not offer.broken.count:
        if offer.is_smallest:
            return _("This set breaks no rules, and no other set is smaller.")
        return _("This set breaks no rules. Every smaller set would break at least one.")
    reasons = set_reasons(
        offer.broken,
        lambda key: str(offer.member.user) if key == offer.member.user_id else current.name_of(key),
    )
    return _("The fewest rules are broken there: %(reasons)s.") % {
        "reasons": joined_by_and(reasons)
    }


def repeats_notice(people: int, number_of_sets: int) -> tuple[bool, str]:
    """Return whether some people must meet again if sets are made again, and a sentence about it.

    Assumes the same people in the same number of sets.
    """
    repeats = fewest_repeats(people, number_of_sets)
    if not repeats:
        return False, _(
            "%(people)d people, %(sets)d sets: if you make sets again later, everybody can be with "
            "new people."
        ) % {"people": people, "sets": number_of_sets}
    words = ngettext(
        "A set of %(largest)s is larger than the number of sets, %(sets)s. If you make sets again "
        "later, at least %(count)d pair must meet again.",
        "A set of %(largest)s is larger than the number of sets, %(sets)s. If you make sets again "
        "later, at least %(count)d pairs must meet again.",
        repeats,
    ) % {
        "largest": in_words(sizes(people, number_of_sets)[0]),
        "sets": in_words(number_of_sets),
        "count": repeats,
    }
    most = most_sets(people)
    if most and fewest_repeats(people, most) < repeats:
        words += " " + _("With more sets, fewer must.")
    return True, words
