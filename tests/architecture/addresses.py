"""The URL patterns of the site."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse


def address(name: str, world: dict[str, dict[str, Any]]) -> str:
    """Return the URL of a route, with the arguments that `world` has for it.

    `world` maps the beginning of a route's name to arguments. The longest matching beginning is
    used.
    """
    [pattern] = {p for p in patterns(get_resolver()) if p[0] == name}
    thing = max((route for route in world if name.startswith(route)), key=len)
    return reverse(name, kwargs=world[thing] if pattern[1] else None)


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, bool]]:
    """Yield the name of each route with its namespace, and whether it takes an argument."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, f"{namespace}{one.namespace}:" if one.namespace else namespace)
        elif isinstance(one, URLPattern):
            yield f"{namespace}{one.name}", bool(one.pattern.converters)
