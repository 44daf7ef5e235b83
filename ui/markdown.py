"""The subset of Markdown in e-mails and reflections, as safe HTML and as plain text.

It has paragraphs, line breaks, emphasis, lists, and links to web and e-mail addresses. Everything
else, HTML included, stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, count

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

LINKED = re.compile(r"https?://|mailto:", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s<>\"“”]*[^\s<>\"“”.,:;!?'’)\]*_]", re.IGNORECASE)
SCHEME_TYPED = re.compile(r"(?<!\w)https?$", re.IGNORECASE)


def to_html(text: str) -> SafeString:
    """Return the text as HTML that is safe in any page or e-mail."""
    html: str = PARSER.render(text)
    return mark_safe(html)  # noqa: S308 (the parser escapes HTML)


def to_text(text: str) -> str:
    """Return the text without markup, with each link's URL in brackets after it."""
    return "\n".join(lines_of(PARSER.parse(text))).strip()


def addresses_in(text: str) -> list[str]:
    """Return the address of each link in the text."""
    tokens = chain.from_iterable(block.children or [] for block in PARSER.parse(text))
    return [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]


def escape(words: str) -> str:
    """Escape text so that Markdown shows it literally, on one line."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(words.split()))


def may_be_linked(url: str) -> bool:
    return LINKED.match(url) is not None


def link_bare_url(state: StateInline, silent: bool) -> bool:
    """Inline rule of the parser: turn a bare http(s) URL into a link, without final punctuation."""
    typed = SCHEME_TYPED.search(state.pending[-6:])
    if state.linkLevel or not typed:
        return False
    start = state.pos - len(typed[0])
    found = ADDRESS.match(state.src, start, state.posMax)
    if not found:
        return False
    if not silent:
        state.pending = state.pending[: -len(typed[0])]
        link = state.push("link_open", "a", 1)
        link.attrs = {"href": state.md.normalizeLink(found[0])}
        state.push("text", "", 0).content = found[0]
        state.push("link_close", "a", -1)
    state.pos = found.end()
    return True


def make_parser() -> MarkdownIt:
    """Return a parser for the subset of Markdown. Safe for concurrent threads."""
    parser = MarkdownIt("zero", {"breaks": True, "html": False, "typographer": False})
    parser.enable(["list", "newline", "escape", "emphasis", "link", "autolink"])
    # markdown-it calls this method to decide whether a URL may be a link.
    parser.validateLink = may_be_linked  # type: ignore[method-assign]
    parser.inline.ruler.after("text", "bare_address", link_bare_url)
    # Parse once now: the parser compiles its rules at first use, which is not thread-safe.
    parser.parse("*a*")
    return parser


PARSER = make_parser()


# The functions that convert Markdown to plain text


def lines_of(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the lines of all blocks, with an empty line after each paragraph and list."""
    markers: list[Iterator[str]] = []  # one for each open list
    first = ""  # the marker of a new list item
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            markers.append(markers_of(token))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            markers.pop()
            if not markers:
                yield ""
        elif token.type == "list_item_open":
            first = "  " * (len(markers) - 1) + next(markers[-1])
        elif token.type == "inline":
            indent = "  " * len(markers)
            for line in inline_text(token.children or []).split("\n"):
                yield (first or indent) + line
                first = ""
        elif token.type == "paragraph_close" and not markers:
            yield ""


def markers_of(opening: Token) -> Iterator[str]:
    if opening.type == "bullet_list_open":
        return ("- " for _ in count())
    return (f"{number}. " for number in count(int(opening.attrs.get("start", 1))))


def inline_text(tokens: Sequence[Token]) -> str:
    """Return the text of inline tokens, with each link's URL in brackets after its text."""
    words = ""
    address, begins = "", 0
    for token in tokens:
        if token.type == "link_open":
            address, begins = str(token.attrs["href"]), len(words)
        elif token.type == "link_close":
            words += url_after(words[begins:], address)
        elif token.type in ("softbreak", "hardbreak"):
            words += "\n"
        else:
            words += token.content
    return words


def url_after(shown: str, address: str) -> str:
    """Return “ (URL)” for a link, without “mailto:”; empty if the link shows its URL already."""
    bare = re.sub(r"^mailto:", "", address, flags=re.IGNORECASE)
    said = re.sub(r"^mailto:", "", shown, flags=re.IGNORECASE)
    return "" if PARSER.normalizeLink(said) == PARSER.normalizeLink(bare) else f" ({bare})"
