"""The pictures of relationships between sectors: one of each round, at one scale."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from relationships.comparison import Cell, Comparison, Count, Group
from relationships.drawing import geometry

# If a label's point is at least BESIDE to the left or right of the middle, the label is drawn
# beside the ring, not above or below it, and NEARER units closer to it.
BESIDE, NEARER = 60.0, 12.0


@dataclass(frozen=True)
class Label:
    """A text in a picture, and where it stands."""

    text: str
    x: str
    y: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Sector:
    """The place of a group: an arc of the ring with a mark, or a ring in the middle."""

    group: Group
    path: str
    middle: geometry.Point
    label: Label

    @property
    def x(self) -> str:
        return number(self.middle[0])

    @property
    def y(self) -> str:
        return number(self.middle[1])

    @property
    def left(self) -> str:
        return number(self.middle[0] - 4)

    @property
    def top(self) -> str:
        return number(self.middle[1] - 4)

    @property
    def diamond(self) -> str:
        """Return the corners of the mark of the private sector."""
        x, y = self.middle
        corners = (x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y)
        return " ".join(f"{number(one)},{number(other)}" for one, other in corners)


@dataclass(frozen=True)
class Ribbon:
    """The ribbon of two groups. Its width is empty if the share is not shown.

    It is striped if the share is only known to be in a range.
    """

    path: str
    width: str
    is_striped: bool
    label: Label


@dataclass(frozen=True)
class Picture:
    """The picture of one round.

    `words` describes the picture in text. `total` is the share of all pairs across sectors, if no
    ribbon is shown.
    """

    title: str
    words: str
    sectors: tuple[Sector, ...]
    ribbons: tuple[Ribbon, ...]
    total: Label | None


def pictures_of(shown: Comparison, before: str, after: str) -> list[Picture]:
    """Return a picture for each round of which anything is shown, with these titles."""
    cells = [cell.change for cell in shown.cells]
    rounds = (
        (before, shown.across.before, [change.before for change in cells]),
        (after, shown.across.after, [change.after for change in cells]),
    )
    return [picture(shown, *one) for one in rounds if one[1] or any(one[2])]


def picture(
    shown: Comparison, title: str, across: Count | None, counts: list[Count | None]
) -> Picture:
    shares = dict(zip(shown.cells, counts, strict=True))
    people = [group.people for group in shown.groups]
    curves, full = geometry.curves(people), geometry.FULL_WIDTH[len(people)]
    ribbons = [
        ribbon(curves[places(shown, cell)], share, full)
        for cell, share in shares.items()
        if cell.is_across
    ]
    sentences = [said(cell.name, share) for cell, share in shares.items()]
    is_total_alone = bool(across) and not any(one.width for one in ribbons)
    if is_total_alone:
        sentences.append(said(_("All sectors"), across))
    return Picture(
        title=title,
        words=" ".join(sentences),
        sectors=tuple(sectors_of(shown.groups, shares)),
        ribbons=() if is_total_alone else tuple(ribbons),
        total=label(short(across), total_place(shown)) if is_total_alone else None,
    )


def total_place(shown: Comparison) -> geometry.Point:
    """Return the middle of the ring, or a place above it if there is a ring in the middle."""
    return geometry.CENTRE, geometry.CENTRE - (80 if len(shown.groups) > 3 else 6)


def places(shown: Comparison, cell: Cell) -> tuple[int, int]:
    return shown.groups.index(cell.one), shown.groups.index(cell.other)


def said(sectors: str, share: Count | None) -> str:
    return _("%(sectors)s: %(share)s.") % {
        "sectors": sectors,
        "share": share.share if share else _("not shown"),
    }


def ribbon(curve: geometry.Curve, share: Count | None, full: float) -> Ribbon:
    return Ribbon(
        curve.path,
        number(full * float(share.middle)) if share else "",
        share is not None and not share.is_exact,
        label(short(share), curve.at(0.5)),
    )


def sectors_of(groups: tuple[Group, ...], shares: dict[Cell, Count | None]) -> list[Sector]:
    within = {cell.one: short(share) for cell, share in shares.items() if not cell.is_across}
    arcs = geometry.arcs([group.people for group in groups[:3]])
    found = []
    for group, arc in zip(groups, arcs, strict=False):
        beside = geometry.on_circle(arc.at(0.5), geometry.OUTSIDE)
        middle = geometry.on_circle(arc.at(0.5), geometry.BAND)
        found.append(Sector(group, arc.path, middle, label(within[group], beside, turned=True)))
    middle = geometry.CENTRE, geometry.CENTRE
    return found + [Sector(one, "", middle, label(within[one], middle)) for one in groups[3:]]


def label(text: str, at: geometry.Point, *, turned: bool = False) -> Label:
    """Return a label in the middle of a point, or with its near end there if it is `turned`."""
    x, y = at
    side = x - geometry.CENTRE if turned else 0
    if abs(side) < BESIDE:
        return Label(text, number(x), number(y))
    near = x - NEARER if side > 0 else x + NEARER
    return Label(text, number(near), number(y), "start" if side > 0 else "end")


def short(share: Count | None) -> str:
    """Return a share as it stands in a picture: “35%”, “<15%”, “>85%”, “15–85%” or “–”."""
    if share is None:
        return "–"
    if share.is_exact:
        return share.share
    low, high = share.bounds
    if not share.low:
        return f"<{high}%"
    return f">{low}%" if share.high >= share.of else f"{low}–{high}%"


def number(value: float) -> str:
    return f"{value:.1f}"
