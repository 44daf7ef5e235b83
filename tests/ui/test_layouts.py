"""The base templates of pages and e-mails."""

import json
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template import engines
from django.template.loader import render_to_string

from ui.css_bundle import IMPORT, LAYERS, STYLES
from ui.css_inline import with_inlined_styles

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
STATIC = TEMPLATES.parent / "static"
ERROR_PAGES = ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"]


def rendered_in(layout: str, blocks: str = "", **context: object) -> str:
    source = f'{{% extends "layouts/{layout}" %}}{blocks}'
    return engines["django"].from_string(source).render(context)


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_pages_need_no_context_and_have_a_link(name: str) -> None:
    html = render_to_string(name)
    assert html.count("<h1>") == 1
    assert '<a class="button primary" href="/">' in html


def test_base_shows_the_current_page_and_sign_out() -> None:
    html = rendered_in(
        "base.html",
        navigation=[
            SimpleNamespace(label="Today", url="/", is_current=False),
            SimpleNamespace(label="Cohorts", url="/cohorts/", is_current=True),
        ],
        user=SimpleNamespace(is_authenticated=True, name="Ruth <Okafor>", public_id="ruth00000000"),
    )
    assert '<a href="/">Today</a>' in html
    assert '<a href="/cohorts/" aria-current="page">Cohorts</a>' in html
    assert "Ruth &lt;Okafor&gt;</span>" in html
    assert re.search(
        r'<form class="account"\s+method="post"\s+action="[^"]+"\s+data-sign-out="', html
    )


def test_anonymous_users_see_no_navigation_or_sign_out() -> None:
    html = rendered_in("base.html", user=SimpleNamespace(is_authenticated=False))
    assert "<nav" not in html
    assert "<form" not in html


def test_narrow_and_plain_layouts_are_narrow() -> None:
    assert '<main id="main" class="narrow" tabindex="-1">' in rendered_in("narrow.html")
    assert '<main id="main" class="narrow" tabindex="-1">' in rendered_in("plain.html")
    assert '<main id="main" class="" tabindex="-1">' in rendered_in("base.html")


def test_messages_have_the_right_aria_role() -> None:
    html = rendered_in(
        "base.html",
        messages=[
            Message(constants.SUCCESS, "Kept."),
            Message(constants.WARNING, "Two <rows> left out."),
            Message(constants.ERROR, "Not sent."),
            Message(constants.INFO, "By the way."),
        ],
    )
    found = re.findall(r'<div class="note ?(\w*)" role="(\w+)">\s*<p>(.*?)</p>', html)
    assert found == [
        ("good", "status", "Kept."),
        ("warn", "status", "Two &lt;rows&gt; left out."),
        ("warn", "alert", "Not sent."),
        ("", "status", "By the way."),
    ]


def test_htmx_is_configured_for_the_content_security_policy() -> None:
    found = re.search(r"name=\"htmx-config\" content='(.*?)'", rendered_in("base.html"))
    assert found
    config = json.loads(unescape(found[1]))
    assert (config["includeIndicatorStyles"], config["allowEval"], config["historyCacheSize"]) == (
        False,
        False,
        0,
    )
    answers = {rule["code"]: rule["swap"] for rule in config["responseHandling"]}
    assert answers == {"204": False, "[23]..": True, "422": True, "[45]..": False}
    assert list(answers).index("422") < list(answers).index("[45]..")


def test_confirm_page_has_action_and_cancel() -> None:
    html = rendered_in(
        "confirm.html",
        "{% block question %}Cancel workshop 4?{% endblock %}{% block act %}Cancel it{% endblock %}"
        "{% block back %}/w/4/{% endblock %}",
    )
    assert "<h1>Cancel workshop 4?</h1>" in html
    assert '<form method="post" novalidate class="stack">' in html
    assert '<button class="button danger">Cancel it</button>' in html
    assert '<a class="button quiet" href="/w/4/">Cancel</a>' in html


def test_stylesheets_are_imported_in_the_order_of_layers() -> None:
    linked = re.findall(r'<link rel="stylesheet" href="/static/(.*?)">', rendered_in("base.html"))
    assert linked == ["css/app.css"]
    names = imported()
    assert names[:4] == ["css/reset.css", "css/tokens.css", "css/base.css", "css/layout.css"]
    assert names[-1] == "css/utilities.css"
    assert len(names) == len(set(names))


def imported() -> list[str]:
    """Return the stylesheets that app.css imports."""
    return [f"css/{name}" for name in IMPORT.findall(LAYERS.read_text())]


@pytest.mark.parametrize("kind", ["css", "js"])
def test_every_stylesheet_and_module_is_linked(kind: str) -> None:
    """app.css imports each stylesheet, and some template links each JavaScript module."""
    linked = {
        name
        for template in TEMPLATES.glob("**/*.html")
        for name in re.findall(rf'{{% static "({kind}/.*?\.{kind})" %}}', template.read_text())
    }
    if kind == "css":
        linked = {*linked - {STYLES}, *imported(), "css/layers.css"}
    assert linked == {str(path.relative_to(STATIC)) for path in STATIC.glob(f"{kind}/**/*.{kind}")}


def test_every_stylesheet_is_in_its_layer() -> None:
    layers = {
        path.relative_to(STATIC / "css").as_posix(): re.findall(
            r"^@layer (\w+) {", path.read_text(), re.MULTILINE
        )
        for path in (STATIC / "css").glob("**/*.css")
        if path != LAYERS
    }
    expected = {
        name: ["components"] if "/" in name else [name.removesuffix(".css")] for name in layers
    }
    assert layers == expected


def test_component_tags_have_a_stylesheet_of_the_same_name() -> None:
    templates = {path.stem for path in (TEMPLATES / "components").glob("*.html")}
    styles = {path.stem for path in (STATIC / "css" / "components").glob("*.css")}
    assert templates - styles == set()


@pytest.mark.parametrize(
    "pattern",
    [
        r"\sstyle=",
        r"<style",
        r"\son[a-z]+=",
        r"<script(?![^>]*\ssrc=)",
        r"hx-on",
        r"[\"']js:",
        r"\|safe",
    ],
)
def test_templates_comply_with_the_content_security_policy(pattern: str) -> None:
    # E-mails may contain a <style>, because the policy applies only to pages. Form fields may use
    # |safe for their help texts, which contain only HTML of our own.
    allowed = {"layouts/email.html": r"<style", "forms/field.html": r"\|safe"}
    guilty = {
        name
        for path in TEMPLATES.glob("**/*.html")
        if re.search(pattern, path.read_text())
        and allowed.get(name := path.relative_to(TEMPLATES).as_posix()) != pattern
    }
    assert guilty == set()


MAIL = {
    "heading": "Next week: Power & prejudice",
    "content": "Workshop 4 is in a week.",
    "after": "Before you come, notice who speaks first.",
    "reason": "You are in {{ cohort_name }}.",
}


def mail(extension: str, facts: str, **context: object) -> str:
    blocks = {
        name: words.replace("&", "&amp;") if extension == "html" else words
        for name, words in MAIL.items()
    }
    source = "".join(
        f"{{% block {name} %}}{words}{{% endblock %}}"
        for name, words in (blocks | {"facts": facts}).items()
    )
    return rendered_in(f"email.{extension}", source, cohort_name="North & East", **context)


def test_email_has_the_same_content_in_html_and_text() -> None:
    button = {"button_label": "Say if you’re coming", "button_url": "https://example.org/a?b=1&c=2"}
    html = mail("html", "<dl><dt>When</dt><dd>Thursday</dd></dl>", **button)
    text = mail("txt", "When: Thursday\n", **button)
    seen = unescape(
        re.sub(r"<style.*?</style>|<title.*?</title>|<[^>]+>", " ", html, flags=re.DOTALL)
    )
    said = [words.replace("{{ cohort_name }}", "North & East") for words in MAIL.values()]
    for words in (*said, "North & East", "Thursday", *button.values()):
        assert words in seen
        assert words in text


def test_text_email_is_readable() -> None:
    assert mail(
        "txt", "When: Thursday\n", button_label="Answer", button_url="https://example.org/"
    ) == (
        "North & East\n\nNext week: Power & prejudice\n\nWorkshop 4 is in a week.\n\nWhen: "
        "Thursday\n\n"
        "Answer:\nhttps://example.org/\n\nBefore you come, notice who speaks first.\n\n-- \nYou "
        "are in North & East.\n"
    )


def test_email_without_a_button_renders_none() -> None:
    assert 'class="button"' not in mail("html", "")
    assert "None" not in mail("txt", "")


def test_email_styles_are_inlined_except_dark_mode() -> None:
    html = with_inlined_styles(
        mail("html", "", button_label="Answer", button_url="https://example.org/")
    )
    assert re.search(
        r'<a class="button" href="https://example.org/" style="[^"]*background: #0d5b53', html
    )
    assert "prefers-color-scheme: dark" in html
    assert "<img" not in html


def test_no_row_of_a_list_begins_with_an_empty_element() -> None:
    """The first element of a row takes two columns, so an empty one breaks the row's layout."""
    empty = re.compile(r"<li[^>]*>\s*<(span|div)></\1>")
    found = [path.name for path in TEMPLATES.rglob("*.html") if empty.search(path.read_text())]
    assert found == []


def test_button_of_a_confirmation_says_what_it_acts_on() -> None:
    """Screen readers list buttons without the question above them."""
    act = re.compile(r'{% block act %}{% translate "(\w+)" %}{% endblock %}')
    found = {path.name: act.findall(path.read_text()) for path in TEMPLATES.rglob("*.html")}
    assert {name: words for name, words in found.items() if words} == {}
