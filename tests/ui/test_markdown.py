"""Rendering of the Markdown subset as safe HTML and as plain text."""

import sys
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ui.markdown import escape, make_parser, to_html, to_text

TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li"}
PIECES = [*"ab1 \n\t*_-+.()[]{}<>!#`&:/\\\"'=~|@é’", "http://", "https:", "javascript:", "mailto:"]
WILD = st.lists(st.sampled_from(PIECES)).map("".join)


class ParsedHTML(HTMLParser):
    """The tags, attribute names and link addresses in a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.parametrize(
    ("typed", "html", "text"),
    [
        ("One\ntwo\n\nthree", "<p>One<br>\ntwo</p>\n<p>three</p>\n", "One\ntwo\n\nthree"),
        ("*a* **b** a_b_c", "<p><em>a</em> <strong>b</strong> a_b_c</p>\n", "a b a_b_c"),
        (
            "Bring:\n- a pen\n- lunch",
            "<p>Bring:</p>\n<ul>\n<li>a pen</li>\n<li>lunch</li>\n</ul>\n",
            "Bring:\n\n- a pen\n- lunch",
        ),
        ("4. d\n5. e", '<ol start="4">\n<li>d</li>\n<li>e</li>\n</ol>\n', "4. d\n5. e"),
        (
            "[the map](https://e.org/a?b=1&c=2)",
            '<p><a href="https://e.org/a?b=1&amp;c=2">the map</a></p>\n',
            "the map (https://e.org/a?b=1&c=2)",
        ),
        (
            "Go to https://e.org/a_b_c.",
            '<p>Go to <a href="https://e.org/a_b_c">https://e.org/a_b_c</a>.</p>\n',
            "Go to https://e.org/a_b_c.",
        ),
        ("[Ruth](mailto:r@e.org)", '<p><a href="mailto:r@e.org">Ruth</a></p>\n', "Ruth (r@e.org)"),
        ("<r@e.org>", '<p><a href="mailto:r@e.org">r@e.org</a></p>\n', "r@e.org"),
        (
            '# 1 -- "it\'s" &amp; (c)',
            "<p># 1 -- &quot;it's&quot; &amp;amp; (c)</p>\n",
            '# 1 -- "it\'s" &amp; (c)',
        ),
        ("", "", ""),
    ],
)
def test_markdown_renders_as_html_and_text(typed: str, html: str, text: str) -> None:
    assert (to_html(typed), to_text(typed)) == (html, text)


def test_nested_lists_are_indented() -> None:
    assert (
        to_text("- a\n  more\n  1. b\n  2. c\n- d\n\nEnd")
        == "- a\n  more\n  1. b\n  2. c\n- d\n\nEnd"
    )


@pytest.mark.parametrize(
    "payload",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://e.org/x.png)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\nscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](\\javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](//evil.example)",
        "[x](/accounts/sign-out/)",
        "<javascript:alert(1)>",
        '[x](https://e.org "onmouseover=alert(1)")',
        'https://e.org/"onmouseover=alert(1)',
        "[x](https://e.org/'\"><script>alert(1)</script>)",
        "[a]: javascript:alert(1)\n\n[a]",
        "<a href='javascript:alert(1)'>x</a>",
        "``<b>``\n\n    <b>\n\n> <b>",
    ],
)
def test_markdown_removes_xss_payloads(payload: str) -> None:
    parsed = ParsedHTML(to_html(payload))
    assert parsed.tags <= TAGS
    assert parsed.names <= {"href", "title", "start"}
    assert all(address.startswith("https://e.org") for address in parsed.addresses)


@given(WILD)
def test_markdown_of_any_input_is_safe(typed: str) -> None:
    parsed = ParsedHTML(to_html(typed))
    assert parsed.tags <= TAGS
    assert parsed.names <= {"href", "title", "start"}
    assert all(
        address.lower().startswith(("http://", "https://", "mailto:"))
        for address in parsed.addresses
    )
    assert to_text(typed) == to_text(typed).strip()


@given(WILD)
def test_escaped_text_is_unchanged(words: str) -> None:
    assert to_text(f"Dear {escape(words)}!") == f"Dear {' '.join(words.split())}!"
    assert ParsedHTML(to_html(f"Dear {escape(words)}!")).tags == {"p"}


def test_markdown_of_a_long_text_is_fast() -> None:
    for piece in ("*", "[", "](", "https://", "http:", "- ", "\n- ", "<a", "`"):
        assert to_text(piece * 2500) is not None


def test_rendering_is_thread_safe_on_first_use() -> None:
    """The sending loop and the web server render Markdown in several threads."""
    often, begins = sys.getswitchinterval(), Barrier(8)

    def read(little: MarkdownIt) -> str:
        begins.wait()
        return str(little.render("- *a*"))

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            read_by_all = {text for _ in range(200) for text in pool.map(read, [make_parser()] * 8)}
    finally:
        sys.setswitchinterval(often)

    assert read_by_all == {"<ul>\n<li><em>a</em></li>\n</ul>\n"}
