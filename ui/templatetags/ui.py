"""Convenor's template tags and filters, available in every template. See docs/front-end.md."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from django import template
from django.forms import BaseForm
from django.template.context import Context, RequestContext
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ui import charts, dates, markdown, numbers
from ui.unsaved_input import storage_attributes

register = template.Library()

SECTOR_NAMES = {
    "public": gettext_lazy("Public"),
    "voluntary": gettext_lazy("Voluntary and community"),
    "private": gettext_lazy("Private"),
    "other": gettext_lazy("Other"),
}

# The SVG of one segment of the chart that the tag `spread` renders.
BAR = """\
<rect class="answer-{point}" fill="{ground}" x="{x}%" width="{width}%" height="100%"></rect>
<text class="on-answer-{point}" fill="{ink}" font-size="10" font-weight="600" \
text-anchor="middle" dominant-baseline="central" x="{middle}%" y="50%">{count}</text>"""

# A colour of that chart in its legend: the point of the scale, and the label of an end.
KEY = '<span><b class="answer-{}">{}</b> {}</span>'

Zone = tzinfo | str | None


# Template filters


@register.filter
def long_day(moment: date | None, zone: Zone = None) -> str:
    return dates.long_day(dates.day_of(moment, zone)) if moment else ""


@register.filter
def day_month(moment: date | None, zone: Zone = None) -> str:
    return dates.day_month(dates.day_of(moment, zone)) if moment else ""


@register.filter
def month_year(moment: date | None, zone: Zone = None) -> str:
    return dates.month_year(dates.day_of(moment, zone)) if moment else ""


@register.filter
def short_day(moment: date | None, zone: Zone = None) -> str:
    return dates.short_day(dates.day_of(moment, zone)) if moment else ""


@register.filter
def clock(moment: datetime | None, zone: Zone = None) -> str:
    return dates.clock(moment, zone) if moment else ""


@register.filter
def in_days(moment: date | None, zone: Zone = None) -> str:
    return (
        dates.in_days(dates.day_of(moment, zone), dates.day_of(timezone.now(), zone))
        if moment
        else ""
    )


@register.filter
def ago(moment: datetime | None, zone: Zone = None) -> str:
    return dates.ago(moment, timezone.now(), zone) if moment else ""


@register.filter
def percent(share: float | None) -> str:
    return numbers.percent(share)


@register.filter
def in_words(count: int) -> str:
    return numbers.in_words(count)


@register.filter
def joined_by_and(items: Iterable[object]) -> str:
    return numbers.joined_by_and(items)


@register.filter(is_safe=True)
def letter(text: str) -> str:
    """Return an e-mail's text with runs of empty lines, left by template tags, reduced to one."""
    return re.sub(r"\n\s*\n", "\n\n", text).strip()


@register.filter("markdown")
def markdown_html(text: str) -> SafeString:
    return markdown.to_html(text)


@register.filter
def markdown_text(text: str) -> str:
    return markdown.to_text(text)


# Template tags for dates


@register.simple_tag
def half_day(starts_at: datetime | None, ends_at: datetime | None, zone: Zone = None) -> SafeString:
    if starts_at is None or ends_at is None:
        return format_html("{}", _("Date to be agreed"))
    return format_html(
        '<time datetime="{}">{}</time>',
        dates.local(starts_at, zone).isoformat(timespec="minutes"),
        dates.half_day(starts_at, ends_at, zone),
    )


@register.simple_tag
def when(moment: date, zone: Zone = None) -> SafeString:
    """Render a day above its month. No template is used, because some pages have dozens of days."""
    day = dates.day_of(moment, zone)
    return format_html(
        '<time class="when" datetime="{}"><b>{}</b><small>{}</small></time>',
        day.isoformat(),
        day.day,
        dates.short_month(day),
    )


@register.inclusion_tag("components/months.html")
def months(
    chosen: Iterable[date],
    off: Iterable[date] = (),
    unable: Mapping[date, int] | None = None,
    moves: str = "",
) -> dict[str, Any]:
    """Render small calendars of the months of a series of workshops, and a legend.

    `unable` maps days to the number of people who can't make them. If `moves` is given, each chosen
    day is a button of that name, to move its workshop, and one more month is shown.
    """
    shown = dates.months(chosen, off, unable, spare=1 if moves else 0)
    days = [day for month in shown for day in month.days()]
    return {
        "months": shown,
        "kinds": {day.kind for day in days},
        "has_unable": any(day.unable for day in days),
        "moves": moves,
        "weekdays": [(name, name[:1]) for name in map(str, WEEKDAYS.values())],
    }


# Template tags for charts and figures


@register.inclusion_tag("components/journey.html")
def journey(steps: Iterable[Any], label: str = "") -> dict[str, Any]:
    """Render the workshops of a cohort as a row of steps."""
    return {"steps": steps, "label": label or _("The workshops")}


@register.inclusion_tag("components/spread.html")
def spread(
    counts: Sequence[int] | Mapping[int, int],
    label: str = "",
    low: str = "",
    high: str = "",
    on_paper: bool = False,
) -> dict[str, Any]:
    """Render the distribution of answers from 1 to 5 as a stacked bar.

    `low` and `high` label its ends. With `on_paper` the title states the numbers, because a PDF has
    no hidden table. The parts of each bar are rendered here, because a page has up to ten charts,
    and loops in a template take several times as long.
    """
    bars = charts.spread(counts)
    sentence = _("%(count)s answered %(point)s")
    ends = (low, "", "", "", high)
    heads = (f"{n}, {end}" if end else n for n, end in zip(charts.POINTS, ends, strict=True))
    return {
        "label": label,
        "name": label or _("Answers from 1 to 5"),
        "on_paper": on_paper,
        "words": ", ".join(sentence % {"count": bar.count, "point": bar.point} for bar in bars),
        "bars": format_html_join("\n", BAR, (bar_parts(bar) for bar in bars if bar.count)),
        "heads": format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads)),
        "counts": format_html_join("", "<td>{}</td>", ((bar.count,) for bar in bars)),
    }


@register.simple_tag
def spread_key(low: str = "", high: str = "") -> SafeString:
    """Render the legend of one `spread`, or of several with the same ends.

    It is hidden from screen readers, which read the tables of the charts.
    """
    ends = {min(charts.POINTS): low, max(charts.POINTS): high}
    keys = ((point, point, ends.get(point, "")) for point in charts.POINTS)
    return format_html(
        '<p class="spread-key" aria-hidden="true">{}</p>', format_html_join("", KEY, keys)
    )


def bar_parts(bar: charts.Bar) -> dict[str, Any]:
    """Return the values for the placeholders of `BAR`."""
    return {
        "point": bar.point,
        "count": bar.count,
        "x": bar.x,
        "width": bar.width,
        "middle": bar.middle,
        "ground": bar.ground,
        "ink": bar.ink,
    }


@register.inclusion_tag("components/hours.html")
def hours(counted: Sequence[charts.Counted], label: str = "", every: int = 16) -> dict[str, Any]:
    """Render a chart of messages sent and failed by hour, with a label every `every` hours."""
    columns = charts.columns(counted)
    return {
        "columns": columns,
        "marked": columns[::every],
        "label": label,
        "sent": sum(hour.sent for hour in counted),
        "failed": sum(hour.failed for hour in counted),
    }


@register.inclusion_tag("components/trend.html")
def trend(
    points: Sequence[charts.Plotted], label: str, least: float = 1, most: float = 5
) -> dict[str, Any]:
    """Render a line chart of values between `least` and `most`."""
    return {
        "label": label,
        "dots": charts.line(points, least, most),
        "least": least,
        "most": most,
        "top": charts.TOP,
        "bottom": charts.BOTTOM,
    }


@register.inclusion_tag("components/figure.html")
def figure(value: object, label: str, note: str = "") -> dict[str, Any]:
    return {"value": value, "label": label, "note": note}


@register.inclusion_tag("components/sector_mark.html")
def sector_mark(sector: str, named: bool = False) -> dict[str, Any]:
    known = sector if sector in SECTOR_NAMES else "other"
    return {"sector": known, "name": SECTOR_NAMES[known], "named": named}


# Template tags for navigation


@register.inclusion_tag("components/stepper.html")
def stepper(current: int, *steps: str) -> dict[str, Any]:
    return {"current": current, "steps": steps}


@register.inclusion_tag("components/segments.html")
def segments(
    name: str, legend: str, options: Iterable[tuple[str, str]], value: str = ""
) -> dict[str, Any]:
    return {"name": name, "legend": legend, "options": options, "value": value}


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    return {"forms": [form for form in forms if form.errors]}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: RequestContext, page: Any) -> dict[str, Any]:
    """Render the links to the pages before and after one of a paginator, or a keyset page."""
    return {"page": page, "request": context.request}


@register.inclusion_tag("components/empty_state.html")
def empty_state(title: str, text: str, url: str = "", label: str = "") -> dict[str, Any]:
    return {"title": title, "text": text, "url": url, "label": label}


# Forms


@register.simple_tag(takes_context=True)
def input_storage(context: Context, user: Any = None) -> SafeString:
    return storage_attributes(context.get("request"), user)
