"""A finished cohort whose members can offer quotes from their entries to the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.entries import write
from reflections.models import Audience, Quote, Reflection
from reports.quote_selection import choose, offer
from tests.reports.hand_worked import DAY, LENGTH, STARTS, HandWorked
from workshops.models import Workshop

# A time after all workshops, and after the last survey has closed.
DONE = STARTS[5] + LENGTH + 15 * DAY
WORDS = "We rang them there and then."
WHOLE = f"In the discharge meeting I asked what the family had been told. Nobody knew. {WORDS}"


def person(name: str) -> User:
    return User.objects.get(name=name)


def entry_of(hand_worked: HandWorked, name: str = "Cleo", **facts: object) -> Reflection:
    """Create a reflection by this person about the fifth workshop.

    It is private unless `facts` has an audience.
    """
    given: dict[str, object] = {"audience": Audience.ONLY_ME, "body": WHOLE, "at": DONE}
    return write(
        author=person(name),
        cohort=hand_worked.cohort,
        workshop=hand_worked.workshops[4],
        **(given | facts),  # type: ignore[arg-type]
    )


def offered(
    hand_worked: HandWorked, name: str = "Cleo", words: str = WORDS, *, is_chosen: bool = False
) -> Quote:
    """Create a quote that this member has offered; if `is_chosen`, Ruth has chosen it."""
    at: datetime = DONE
    quote = offer(reflection=entry_of(hand_worked, name), words=words, by=person(name), at=at)
    if is_chosen:
        choose(quote=quote, by=hand_worked.ruth, at=at)
        quote.refresh_from_db()
    return quote


@dataclass(frozen=True)
class Ended:
    """The smallest cohort whose report can have quotes. Amina has shared an entry in it."""

    cohort: Cohort
    amina: User
    entry: Reflection

    def offered(
        self, words: str = WORDS, *, by: User | None = None, chosen_by: User | None = None
    ) -> Quote:
        """Create a quote that `by` (by default Amina) has offered to the report.

        If `chosen_by` is given, that user has chosen the quote.
        """
        author = by or self.amina
        entry = self.entry if author == self.amina else self.written_by(author)
        quote = offer(reflection=entry, words=words, by=author, at=timezone.now())
        if chosen_by:
            choose(quote=quote, by=chosen_by, at=timezone.now())
            quote.refresh_from_db()
        return quote

    def written_by(self, author: User) -> Reflection:
        return write(
            author=author,
            cohort=self.cohort,
            body=WHOLE,
            audience=Audience.FACILITATORS,
            at=timezone.now(),
        )


def live_through(cohort: Cohort, amina: User) -> Ended:
    began = timezone.now() - timedelta(days=30)
    Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Trust and conflict",
        starts_at=began,
        ends_at=began + timedelta(hours=3),
        scheduled_at=began - timedelta(days=30),
    )
    for name in ("Ben Moss", "Cleo Hart", "Dev Patel", "Ella Byrne"):
        user = User.objects.create_user(f"{name.split()[0].casefold()}@example.org", name)
        Membership.objects.create(cohort=cohort, user=user)
    Membership.objects.filter(cohort=cohort).update(joined_at=began - timedelta(days=1))
    entry = write(
        author=amina, cohort=cohort, body=WHOLE, audience=Audience.FACILITATORS, at=timezone.now()
    )
    return Ended(cohort, amina, entry)
