"""Convenor's template tags and filters, builtin in every template. docs/front-end.md tells their use.

{% journey steps label="The six workshops" %}          {{ moment|long_day:zone }}   Thursday 18 March 2027
{% spread counts label="…" low="…" high="…" %}         {{ moment|day_month:zone }}  18 March
{% figure "91%" "attendance" "98 of 108 places" %}     {{ moment|short_day:zone }}  18 Mar
{% sector_mark sector named=True %}                    {{ moment|clock:zone }}      9:30am
{% half_day starts_at ends_at zone %}                  {{ moment|in_days:zone }}    in 6 days
{% when moment zone %}                                 {{ 0.907|percent }}          91%
{% months chosen off=days moves="open" %}              {{ moment|ago:zone }}        5 minutes ago
                                                       {{ 6|in_words }}                six
{% stepper 2 "Choose the file" "Check the rows" %}
{% segments name legend options value %}
{% hours counted label="…" %}
{% error_summary form %}
{% pagination page %}
{% empty_state title text url label %}
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ui import charts, dates, markdown, numbers

register = template.Library()

SECTOR_NAMES = {"public": "Public", "voluntary": "Voluntary and community", "private": "Private"}

Zone = tzinfo | str | None


# Filters


@register.filter
def long_day(moment: date | None, zone: Zone = None) -> str:
    return dates.long_day(dates.day_of(moment, zone)) if moment else ""


@register.filter
def day_month(moment: date | None, zone: Zone = None) -> str:
    return dates.day_month(dates.day_of(moment, zone)) if moment else ""


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


@register.filter(is_safe=True)
def letter(text: str) -> str:
    """Plain text with one empty line between paragraphs, whatever the template's blocks left around them."""
    return re.sub(r"\n\s*\n", "\n\n", text).strip()


@register.filter("markdown")
def markdown_html(text: str) -> SafeString:
    return markdown.to_html(text)


@register.filter
def markdown_text(text: str) -> str:
    return markdown.to_text(text)


# Dates


@register.simple_tag
def half_day(starts_at: datetime | None, ends_at: datetime | None, zone: Zone = None) -> SafeString:
    if starts_at is None or ends_at is None:
        return format_html("{}", "Date to be agreed")
    return format_html(
        '<time datetime="{}">{}</time>',
        dates.local(starts_at, zone).isoformat(timespec="minutes"),
        dates.half_day(starts_at, ends_at, zone),
    )


@register.inclusion_tag("components/when.html")
def when(moment: date, zone: Zone = None) -> dict[str, Any]:
    return {"day": dates.day_of(moment, zone)}


@register.inclusion_tag("components/months.html")
def months(chosen: Iterable[date], off: Iterable[date] = (), moves: str = "") -> dict[str, Any]:
    """`moves`: the name of the buttons that chosen days are, by which they are moved; then a spare month follows."""
    return {"months": dates.months(chosen, off, spare=1 if moves else 0), "moves": moves}


# Pictures


@register.inclusion_tag("components/journey.html")
def journey(steps: Iterable[Any], label: str = "The workshops") -> dict[str, Any]:
    return {"steps": steps, "label": label}


@register.inclusion_tag("components/spread.html")
def spread(
    counts: Sequence[int] | Mapping[int, int],
    label: str = "",
    low: str = "",
    high: str = "",
    on_paper: bool = False,
) -> dict[str, Any]:
    """`on_paper` the title tells the numbers: a PDF has no table that is only heard."""
    return {
        "bars": charts.spread(counts),
        "label": label,
        "low": low,
        "high": high,
        "on_paper": on_paper,
    }


@register.inclusion_tag("components/hours.html")
def hours(counted: Sequence[charts.Counted], label: str = "", every: int = 16) -> dict[str, Any]:
    columns = charts.columns(counted)
    return {
        "columns": columns,
        "marked": columns[::every],
        "label": label,
        "sent": sum(hour.sent for hour in counted),
        "failed": sum(hour.failed for hour in counted),
    }


@register.inclusion_tag("components/figure.html")
def figure(value: object, label: str, note: str = "") -> dict[str, Any]:
    return {"value": value, "label": label, "note": note}


@register.inclusion_tag("components/sector_mark.html")
def sector_mark(sector: str, named: bool = False) -> dict[str, Any]:
    known = sector if sector in SECTOR_NAMES else "other"
    return {"sector": known, "name": SECTOR_NAMES.get(known, "Other"), "named": named}


# Ways through


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
def pagination(context: RequestContext, page: Page[Any]) -> dict[str, Any]:
    return {"page": page, "request": context.request}


@register.inclusion_tag("components/empty_state.html")
def empty_state(title: str, text: str, url: str = "", label: str = "") -> dict[str, Any]:
    return {"title": title, "text": text, "url": url, "label": label}
