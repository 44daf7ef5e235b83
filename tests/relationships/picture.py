"""The picture of the twelve people in hand_worked.py: `python -m tests.relationships.picture`."""

from __future__ import annotations

from math import cos, pi, sin
from pathlib import Path

from tests.relationships.hand_worked import (
    AFTER,
    BEFORE,
    NAMES,
    ONE_SIDED_AFTER,
    ONE_SIDED_BEFORE,
    PANEL,
    SECTORS,
    TOGETHER_AFTER,
    TOGETHER_BEFORE,
)

PATH = Path(__file__).parents[2] / "docs/img/twelve-people.svg"
COLOURS = {"public": "#2a6496", "voluntary": "#b8621b", "private": "#7a4a93"}
COLLEAGUES = "IJ"


def svg() -> str:
    first = ring(260, "Before workshop 1", NAMES, BEFORE, TOGETHER_BEFORE, ONE_SIDED_BEFORE)
    second = ring(760, "After the last workshop", PANEL, AFTER, TOGETHER_AFTER, ONE_SIDED_AFTER)
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1020 540" '
            'font-family="sans-serif" font-size="18">',
            "<title>Who helps whom among twelve people, before and after</title>",
            '<rect width="1020" height="540" fill="#ffffff"/>',
            *first,
            *second,
            "</svg>\n",
        ]
    )


def ring(x: int, caption: str, who: str, helping: str, together: str, one_sided: str) -> list[str]:
    places = {
        name: (
            round(x + 190 * sin(2 * pi * number / len(NAMES)), 1),
            round(250 - 190 * cos(2 * pi * number / len(NAMES)), 1),
        )
        for number, name in enumerate(NAMES)
    }
    found = [
        line(places, pair, *look(pair, pair in together.split(), who)) for pair in helping.split()
    ]
    found += [
        line(places, pair, f"{pair[0]} says they help {pair[1]}", "#888888", "1 5", 2)
        for pair in one_sided.split()
    ]
    for name, (at, down) in places.items():
        fill = COLOURS[SECTORS.get(name, "private")] if name in PANEL else "#ffffff"
        ink = "#ffffff" if name in PANEL else "#1c2b2a"
        found.append(f'<circle cx="{at}" cy="{down}" r="17" fill="{fill}" stroke="#1c2b2a"/>')
        found.append(
            f'<text x="{at}" y="{down + 6:.1f}" text-anchor="middle" fill="{ink}">{name}</text>'
        )
    found.append(f'<text x="{x}" y="510" text-anchor="middle" fill="#1c2b2a">{caption}</text>')
    return found


def look(pair: str, is_together: bool, who: str) -> tuple[str, str, str, float]:
    """Return the words, the colour, the dashes and the width of a pair's line."""
    title = f"{pair[0]}–{pair[1]}"
    if pair == COLLEAGUES:
        return f"{title}, colleagues", "#888888", "8 6", 2
    if not set(pair) <= set(PANEL):
        return f"{title}, not in the panel", "#888888", "8 6", 2
    return title, "#9f3d26", "", 6 if is_together else 2.5


def line(
    places: dict[str, tuple[float, float]],
    pair: str,
    title: str,
    colour: str,
    dashes: str,
    width: float,
) -> str:
    (x, y), (to_x, to_y) = places[pair[0]], places[pair[1]]
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line x1="{x}" y1="{y}" x2="{to_x}" y2="{to_y}" stroke="{colour}" '
        f'stroke-width="{width}"{dashed}><title>{title}</title></line>'
    )


if __name__ == "__main__":
    PATH.write_text(svg())
