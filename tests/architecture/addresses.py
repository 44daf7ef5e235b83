"""The URL patterns of the site."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.architecture.access_table import url_name


def address(name: str, world: dict[str, dict[str, Any]]) -> str:
    """Return the URL of a route, with the arguments that `world` has for it.

    `world` maps the beginning of a route's name to arguments. The longest matching beginning is
    used.
    """
    thing = max((route for route in world if name.startswith(route)), key=len)
    return reverse(
        url_name(name), kwargs=world[thing] if takes_argument()[url_name(name)] else None
    )


@cache
def takes_argument() -> dict[str, bool]:
    """Return whether the URL of each route takes an argument."""
    return dict(patterns(get_resolver()))


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, bool]]:
    """Yield the name of each route with its namespace, and whether it takes an argument."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, f"{namespace}{one.namespace}:" if one.namespace else namespace)
        elif isinstance(one, URLPattern):
            yield f"{namespace}{one.name}", bool(one.pattern.converters)
