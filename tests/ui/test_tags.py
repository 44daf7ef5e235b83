"""Template tags and filters of the pages."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.paginator import Paginator
from django.template import RequestContext, Template
from django.test import RequestFactory

MOMENT = datetime(2027, 6, 30, 23, 30, tzinfo=UTC)


@pytest.fixture
def rendered(rf: RequestFactory) -> Callable[..., str]:
    """A function that renders template source, and returns it on one line with single spaces."""

    def rendered(source: str, path: str = "/", **context: Any) -> str:
        return " ".join(Template(source).render(RequestContext(rf.get(path), context)).split())

    return rendered


@pytest.mark.parametrize(
    ("filter_", "words"),
    [
        ("long_day", "Thursday 1 July 2027"),
        ("day_month", "1 July"),
        ("short_day", "1 Jul"),
        ("clock", "12:30am"),
    ],
)
def test_filters_use_the_local_time_zone(
    rendered: Callable[..., str], filter_: str, words: str
) -> None:
    source = "{{ moment|" + filter_ + ":'Europe/London' }}"
    assert rendered(source, moment=MOMENT) == words
    assert rendered(source, moment=None) == ""


def test_in_days_counts_from_the_local_date(rendered: Callable[..., str]) -> None:
    # In London it is already 1 July; in New York it is still 30 June.
    with time_machine.travel(MOMENT, tick=False):
        assert rendered("{{ day|in_days:'Europe/London' }}", day=date(2027, 7, 2)) == "tomorrow"
        assert rendered("{{ day|in_days:'America/New_York' }}", day=date(2027, 7, 2)) == "in 2 days"
        assert rendered("{{ day|in_days }}", day=None) == ""


def test_percent_filter_formats_a_share(rendered: Callable[..., str]) -> None:
    assert rendered("{{ 0.907|percent }}") == "91%"


def test_half_day_has_a_machine_readable_time(rendered: Callable[..., str]) -> None:
    ends_at = datetime(2027, 7, 1, 3, 0, tzinfo=UTC)
    assert rendered("{% half_day a b 'Europe/London' %}", a=MOMENT, b=ends_at) == (
        '<time datetime="2027-07-01T00:30+01:00">Thursday 1 July 2027, 12:30am to 4am</time>'
    )


def test_half_day_without_a_date_shows_a_placeholder(rendered: Callable[..., str]) -> None:
    assert rendered("{% half_day a b %}", a=None, b=None) == "Date to be agreed"


def test_when_shows_day_and_month(rendered: Callable[..., str]) -> None:
    assert rendered("{% when moment 'Europe/London' %}", moment=MOMENT) == (
        '<time class="when" datetime="2027-07-01"><b>1</b><small>Jul</small></time>'
    )


def test_journey_marks_the_next_step(rendered: Callable[..., str]) -> None:
    steps = [
        SimpleNamespace(
            position=1, title="Who leads here?", state="held", note="Held · 14 Jan", url="/w/1/"
        ),
        SimpleNamespace(
            position=2,
            title="Seeing <the> whole",
            state="next",
            note="Next · 4 Feb",
            tag="in 6 days",
        ),
        SimpleNamespace(position=3, title="Trust", state="unplanned"),
    ]
    html = rendered("{% journey steps label='The three workshops' %}", steps=steps)
    assert html.startswith('<ol class="journey" aria-label="The three workshops" role="list">')
    assert html.count("<li ") == 3
    assert '<li class="held" data-step="1">' in html
    assert (
        '<strong><a href="/w/1/">Who leads here?</a></strong> <small>Held · 14 Jan</small>' in html
    )
    assert '<li class="next" data-step="2" aria-current="step">' in html
    assert "<strong>Seeing &lt;the&gt; whole</strong>" in html
    assert '<span class="tag sun">in 6 days</span>' in html
    assert "<small>No date yet</small>" in html


def test_spread_has_a_chart_and_a_text_alternative(rendered: Callable[..., str]) -> None:
    html = rendered(
        "{% spread counts label='I could speak openly' low='Not at all' %}", counts=[1, 0, 0, 0, 3]
    )
    assert (
        '<rect class="answer-1" fill="#a8432b" x="0.0%" width="25.0%" height="100%"></rect>' in html
    )
    assert re.search(
        '<text class="on-answer-5" fill="#ffffff"[^>]* x="62.5%" y="50%">3</text>', html
    )
    assert html.count("<rect") == 2
    assert "<title>I could speak openly</title>" in html
    assert (
        "<desc>1 answered 1, 0 answered 2, 0 answered 3, 0 answered 4, 3 answered 5</desc>" in html
    )
    assert '<th scope="col">1, Not at all</th>' in html
    assert "<td>1</td><td>0</td><td>0</td><td>0</td><td>3</td>" in html


def test_spread_key_names_the_ends_of_the_scale(rendered: Callable[..., str]) -> None:
    html = rendered("{% spread_key 'Not at all' 'Completely' %}")
    found = re.findall(r'<b class="answer-(\d)">(\d)</b> ([^<]*)</span>', html)
    assert found == [
        ("1", "1", "Not at all"),
        ("2", "2", ""),
        ("3", "3", ""),
        ("4", "4", ""),
        ("5", "5", "Completely"),
    ]


def test_every_chart_has_a_legend() -> None:
    """A chart by `spread` has `spread_key` beside it; another SVG image has its own caption.

    The table of a trend is on the page that shows it. The ribbons of two rounds stand side by side,
    and the template that includes them has their captions and one table.
    """
    elsewhere = {
        ("<table", "trend.html"),
        ("<figcaption", "ribbons.html"),
        ("<table", "ribbons.html"),
    }
    without = []
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        source = path.read_text()
        if "{% spread " in source and "{% spread_key " not in source:
            without.append(path.name)
        if 'role="img" focusable' in source and path.name != "spread.html":
            without += [
                path.name
                for part in ("<title>", "<desc>", "<figcaption", "<table")
                if part not in source and (part, path.name) not in elsewhere
            ]
    assert without == []


def test_figure_can_have_no_note(rendered: Callable[..., str]) -> None:
    assert rendered("{% figure '91%' 'attendance' %}") == (
        '<div class="figure"><b>91%</b> <span>attendance</span></div>'
    )
    assert "<small>98 of 108</small>" in rendered("{% figure '91%' 'attendance' '98 of 108' %}")


@pytest.mark.parametrize(
    ("sector", "css", "name"),
    [
        ("public", "public", "Public"),
        ("voluntary", "voluntary", "Voluntary and community"),
        ("private", "private", "Private"),
        ("other", "other", "Other"),
        ("", "other", "Other"),
    ],
)
def test_sector_mark_has_an_accessible_name(
    rendered: Callable[..., str], sector: str, css: str, name: str
) -> None:
    assert rendered("{% sector_mark sector %}", sector=sector) == (
        f'<span class="dot {css}" role="img" aria-label="{name} sector" title="{name} '
        f'sector"></span>'
    )
    assert rendered("{% sector_mark sector named=True %}", sector=sector) == (
        f'<span class="sector"><span class="dot {css}" aria-hidden="true"></span>{name}</span>'
    )


def test_months_tell_days_apart_by_shape_and_words(rendered: Callable[..., str]) -> None:
    html = rendered(
        "{% months chosen off=off %}", chosen=[date(2027, 4, 15)], off=[date(2027, 4, 2)]
    )
    assert "<caption>April 2027</caption>" in html
    assert '<span class="pick">15<span class="visually-hidden"> chosen</span></span>' in html
    assert '<span class="off">2<span class="visually-hidden"> a day to avoid</span></span>' in html


def test_legend_of_months_names_only_the_kinds_of_days_in_them(
    rendered: Callable[..., str],
) -> None:
    chosen, off = date(2027, 4, 15), date(2027, 4, 2)
    assert legend(rendered("{% months chosen %}", chosen=[chosen])) == ["Workshop"]
    days = {"chosen": [chosen], "off": [off, chosen], "unable": {chosen: 2}}
    assert legend(rendered("{% months chosen off=off unable=unable %}", **days)) == [
        "Workshop",
        "Workshop that clashes",
        "Day to avoid",
        "Number of people who can’t make it",
    ]
    assert rendered("{% months chosen %}", chosen=[]).count("<li>") == 0


def legend(html: str) -> list[str]:
    return re.findall(r"</span>([^<]+)</li>", html)


def test_stepper_distinguishes_done_current_and_upcoming_steps(
    rendered: Callable[..., str],
) -> None:
    assert rendered("{% stepper 2 'Choose' 'Check' 'Done' %}") == (
        '<ol class="stepper" aria-label="Steps" role="list">'
        ' <li class="done">Choose<span class="visually-hidden"> (done)</span></li>'
        ' <li aria-current="step">Check</li> <li>Done</li> </ol>'
    )


def test_segments_check_the_current_value(rendered: Callable[..., str]) -> None:
    options = [("present", "Present"), ("absent", "Absent")]
    html = rendered(
        "{% segments 'mark-1' 'Amina' options value %}", options=options, value="absent"
    )
    assert '<legend class="visually-hidden">Amina</legend>' in html
    assert '<input type="radio" name="mark-1" value="present">Present' in html
    assert '<input type="radio" name="mark-1" value="absent" checked>Absent' in html


def test_pagination_retains_other_query_parameters(rendered: Callable[..., str]) -> None:
    page = Paginator(range(30), 10).page(2)
    html = rendered("{% pagination page %}", path="/people/?q=amina&page=2", page=page)
    assert 'rel="prev" href="?q=amina&amp;page=1"' in html
    assert 'rel="next" href="?q=amina&amp;page=3"' in html
    assert "Page 2 of 3" in html


def test_pagination_of_one_page_is_empty(rendered: Callable[..., str]) -> None:
    assert rendered("{% pagination page %}", page=Paginator(range(3), 10).page(1)) == ""


def test_empty_state_offers_a_first_step_if_given(rendered: Callable[..., str]) -> None:
    html = rendered(
        "{% empty_state 'No cohorts yet' 'One run in a place.' '/new/' 'Make a cohort' %}"
    )
    assert '<a class="button" href="/new/">Make a cohort</a>' in html
    assert "<a" not in rendered("{% empty_state 'Nothing yet' 'It will come.' %}")
